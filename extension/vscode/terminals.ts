/**
 * Puts the `signalbox` command on the PATH of this editor's terminals, in trusted workspaces.
 *
 * Changes nothing outside the editor, and nothing after it is gone.
 */
import path from 'node:path';
import * as vscode from 'vscode';

export function offerCommandInTerminals(context: vscode.ExtensionContext): vscode.Disposable {
  const { environmentVariableCollection: variables } = context;
  const offer = (): void => {
    if (!vscode.workspace.isTrusted) return;
    // Not kept: a window that is not trusted must not find it there.
    variables.persistent = false;
    variables.description = vscode.l10n.t('Adds the `signalbox` command of this extension.');
    const bin = vscode.Uri.joinPath(context.extensionUri, 'dist', 'bin').fsPath;
    variables.prepend('PATH', bin + path.delimiter);
    // For machines without a Node of their own: the editor is one.
    variables.replace('SIGNALBOX_EDITOR_NODE', process.execPath);
  };
  offer();
  return vscode.workspace.onDidGrantWorkspaceTrust(offer);
}
