/**
 * A task that is written in an editor: an unsaved document of its own language, queued by
 * Ctrl+Enter or the lens above it, and gone once it is queued.
 *
 * Queues nothing itself; what is pointed at is remembered beside the document.
 */
import * as vscode from 'vscode';
import type { Disposable } from './disposable.ts';
import type { Captured } from './newTask.ts';

export interface Draft extends Disposable {
  open(text: string, captured: readonly Captured[]): Promise<void>;
  /** Queues the draft in the active editor with `queue`, and closes it if that was done. */
  submit(queue: (text: string, captured: readonly Captured[]) => Promise<boolean>): Promise<void>;
}

const draftLanguage = 'signalbox-task';
const selector = { language: draftLanguage, scheme: 'untitled' };

export function registerDraft(): Draft {
  const { t } = vscode.l10n;
  const about = new Map<string, readonly Captured[]>();
  const subscriptions = [
    vscode.languages.registerCodeLensProvider(selector, {
      provideCodeLenses: () => [
        new vscode.CodeLens(new vscode.Range(0, 0, 0, 0), {
          title: `$(add) ${t('Queue this task')} (${process.platform === 'darwin' ? '⌘' : 'Ctrl'}+Enter)`,
          command: 'signalbox.submitDraft',
        }),
      ],
    }),
    vscode.workspace.onDidCloseTextDocument(({ uri }) => void about.delete(uri.toString())),
  ];
  return {
    open: async (text, captured) => {
      const content = text === '' ? '' : `${text}\n`;
      const document = await vscode.workspace.openTextDocument({
        language: draftLanguage,
        content,
      });
      about.set(document.uri.toString(), captured);
      const editor = await vscode.window.showTextDocument(document);
      const end = document.lineAt(document.lineCount - 1).range.end;
      editor.selection = new vscode.Selection(end, end);
    },
    submit: async (queue) => {
      const document = vscode.window.activeTextEditor?.document;
      if (document?.languageId !== draftLanguage) return;
      if (!(await queue(document.getText(), about.get(document.uri.toString()) ?? []))) return;
      await vscode.window.showTextDocument(document);
      // The only way to close an unsaved document without a question.
      await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
    },
    dispose: () => {
      for (const subscription of subscriptions) subscription.dispose();
    },
  };
}
