/** What a person points at in the editor or the explorer, as it is at that moment. */
import * as vscode from 'vscode';
import type { Captured } from './newTask.ts';

/** More than this is named, not carried: the agent can read the file. */
const maxChars = 100_000;

/** The selection of the active editor, or its whole lines; undefined without an editor. */
export function capturedSelection(): Captured | undefined {
  const editor = vscode.window.activeTextEditor;
  if (editor === undefined) return undefined;
  const { document, selection } = editor;
  const file = vscode.workspace.asRelativePath(document.uri, false).replaceAll('\\', '/');
  if (selection.isEmpty) return { file };
  // A selection that ends at the start of a line ends for a person in the line before.
  const last =
    selection.end.character === 0 && selection.end.line > selection.start.line
      ? selection.end.line - 1
      : selection.end.line;
  const lines = { start: selection.start.line + 1, end: last + 1 };
  const text = document.getText(selection);
  return text.length > maxChars ? { file, lines } : { file, lines, text };
}

/** What the explorer hands to a command; without that, the file of the active editor. */
export function capturedFiles(uri: unknown, selected: unknown): readonly Captured[] {
  const uris = (Array.isArray(selected) ? selected : [uri]).filter(
    (item): item is vscode.Uri => item instanceof vscode.Uri,
  );
  const active = vscode.window.activeTextEditor?.document.uri;
  return (uris.length > 0 || active === undefined ? uris : [active]).map((item) => ({
    file: vscode.workspace.asRelativePath(item, false).replaceAll('\\', '/'),
  }));
}
