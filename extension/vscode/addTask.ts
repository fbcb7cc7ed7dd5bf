/**
 * How a person adds a task: a line in a quick input, several in an editor of their own, or what
 * they point at.
 *
 * The input empties as soon as its text is queued; what is refused comes back into it.
 */
import * as vscode from 'vscode';
import { splitCommandLine } from '../core/commandLine.ts';
import type { Draft } from './draft.ts';
import { contentOf } from './newTask.ts';
import type { Captured } from './newTask.ts';
import type { QueueHost } from './queueHost.ts';
import { forMessage } from './text.ts';
import { askWhoRuns, whoRuns } from './whoRuns.ts';

export interface AddTask {
  /** Asks what is to be done, and queues it. `text` is what the input begins with. */
  readonly ask: (captured?: readonly Captured[], text?: string) => Promise<void>;
  /** Queues a text that is written. Whether it was queued. */
  readonly queue: (text: string, captured?: readonly Captured[]) => Promise<boolean>;
}

export interface AddTaskOrder {
  readonly host: QueueHost;
  readonly log: vscode.LogOutputChannel;
  readonly draft: Pick<Draft, 'open'>;
}

export function createAddTask({ host, log, draft }: AddTaskOrder): AddTask {
  const { t } = vscode.l10n;

  const queue = async (text: string, captured: readonly Captured[] = []): Promise<boolean> => {
    const runs = whoRuns() ?? (await askWhoRuns(log));
    if (runs === undefined) return false;
    const program = runs === 'shell' ? await askCommandLine() : runs;
    if (program === undefined) return false;
    const wanted = { text, captured, ...(program === 'outside' ? {} : { program }) };
    const content = contentOf(wanted);
    if (content === null) return false;
    const added = await host.ask('add', content);
    if (!added.ok) {
      void vscode.window.showErrorMessage(forMessage(added.message));
      return false;
    }
    for (const warning of added.warnings) {
      void vscode.window.showWarningMessage(forMessage(warning));
    }
    log.info(`Queued ${String(added.task)}: ${added.title}`);
    if (added.queued && isTold()) {
      void vscode.window.showInformationMessage(t('Queued: {0}', forMessage(added.title)));
    }
    return true;
  };

  const ask = async (captured: readonly Captured[] = [], text = ''): Promise<void> => {
    const answer = await askText(captured, text);
    if (answer === undefined) return;
    if (answer.how === 'editor') {
      await draft.open(answer.text, captured);
      return;
    }
    // Whatever keeps it from being queued, the words are not lost.
    let queued = false;
    try {
      queued = await queue(answer.text, captured);
    } finally {
      if (!queued) void ask(captured, answer.text);
    }
  };
  return { ask, queue };
}

interface Answer {
  readonly how: 'line' | 'editor';
  readonly text: string;
}

/** Undefined where the person went away. */
async function askText(captured: readonly Captured[], text: string): Promise<Answer | undefined> {
  const { t } = vscode.l10n;
  const input = vscode.window.createInputBox();
  const editor = {
    iconPath: new vscode.ThemeIcon('edit'),
    tooltip: t('Write it in an editor, with several lines'),
  };
  input.title = titleOf(captured);
  input.placeholder = t('What is to be done?');
  input.prompt = t('Enter queues it. The pencil opens an editor for several lines.');
  input.value = text;
  input.valueSelection = [text.length, text.length];
  input.buttons = [editor];
  input.ignoreFocusOut = text !== '';
  try {
    return await new Promise<Answer | undefined>((resolve) => {
      input.onDidAccept(() => {
        const { value } = input;
        if (value.trim() === '') {
          input.validationMessage = t('Say what is to be done.');
          return;
        }
        input.value = '';
        resolve({ how: 'line', text: value });
      });
      input.onDidChangeValue(() => (input.validationMessage = undefined));
      input.onDidTriggerButton(() => resolve({ how: 'editor', text: input.value }));
      input.onDidHide(() => resolve(undefined));
      input.show();
    });
  } finally {
    input.dispose();
  }
}

function titleOf(captured: readonly Captured[]): string {
  const { t } = vscode.l10n;
  const [first] = captured;
  if (first === undefined) return t('Add a task');
  if (captured.length > 1) return t('Add a task about {0} files', captured.length);
  const { file, lines } = first;
  return lines === undefined
    ? t('Add a task about {0}', file)
    : t('Add a task about {0}, lines {1} to {2}', file, lines.start, lines.end);
}

/** `shell:COMMAND LINE`; undefined where the person went away. */
async function askCommandLine(): Promise<string | undefined> {
  const { t } = vscode.l10n;
  const line = await vscode.window.showInputBox({
    title: t('The command that does it'),
    placeHolder: 'npm test',
    prompt: t(
      'Run without a shell, in the workspace folder. The task itself is in its environment.',
    ),
    ignoreFocusOut: true,
    validateInput: (value) => {
      if (value.trim() === '') return null;
      const words = splitCommandLine(value);
      return 'error' in words ? words.error : null;
    },
  });
  return line === undefined || line.trim() === '' ? undefined : `shell:${line.trim()}`;
}

function isTold(): boolean {
  return vscode.workspace.getConfiguration('signalbox').get('notifications.queued', true);
}
