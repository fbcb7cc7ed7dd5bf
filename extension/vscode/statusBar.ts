/**
 * The one status item: the active task with its time, or the ready word and the number waiting.
 *
 * What it says is `statusText`'s; this only shows it, and ticks without asking anyone.
 */
import * as vscode from 'vscode';
import type { Disposable } from './disposable.ts';
import type { QueueHost } from './queueHost.ts';
import { statusOf } from './statusText.ts';
import type { StatusLook } from './statusText.ts';

const tickMs = 1_000;
/** Right of the editor's own items on the left side. */
const priority = 40;

const backgrounds: Record<StatusLook['tone'], string | undefined> = {
  plain: undefined,
  warning: 'statusBarItem.warningBackground',
  error: 'statusBarItem.errorBackground',
};

export interface StatusBar extends Disposable {
  /** What the item reads now; empty while it is hidden. */
  readonly text: string;
}

export function createStatusBar(host: QueueHost): StatusBar {
  const item = vscode.window.createStatusBarItem('queue', vscode.StatusBarAlignment.Left, priority);
  item.name = vscode.l10n.t('Signalbox');
  let timer: NodeJS.Timeout | undefined;
  let lastKind: string | null = null;
  let shown = '';

  const draw = (): void => {
    const { model, failure } = host;
    lastKind = model.active?.kind ?? lastKind;
    const isWanted =
      show() && (host.isAwake || failure !== null || (!model.trusted && host.hasQueue()));
    const look = isWanted ? statusOf({ model, failure, lastKind, now: Date.now() }) : null;
    if (look?.ticks !== true) {
      clearInterval(timer);
      timer = undefined;
    } else {
      timer ??= setInterval(draw, tickMs);
    }
    shown = look?.text ?? '';
    if (look === null) {
      item.hide();
      return;
    }
    item.text = look.text;
    const background = backgrounds[look.tone];
    item.backgroundColor = background === undefined ? undefined : new vscode.ThemeColor(background);
    item.command = look.click === 'restart' ? 'signalbox.restart' : 'signalbox.queue.focus';
    item.tooltip = tooltip(look.tooltip);
    item.show();
  };
  const subscriptions = [
    host.onDidChange(draw),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration('signalbox.statusBar')) draw();
    }),
    vscode.workspace.onDidGrantWorkspaceTrust(draw),
  ];
  draw();
  return {
    get text() {
      return shown;
    },
    dispose: () => {
      clearInterval(timer);
      for (const subscription of subscriptions) subscription.dispose();
      item.dispose();
    },
  };
}

function show(): boolean {
  return vscode.workspace.getConfiguration('signalbox').get('statusBar.show', true);
}

/** Of several lines; each is text, whatever stands in it. */
function tooltip(lines: readonly string[]): vscode.MarkdownString {
  const markdown = new vscode.MarkdownString();
  for (const [n, line] of lines.entries()) {
    if (n > 0) markdown.appendMarkdown('\n\n');
    markdown.appendText(line);
  }
  return markdown;
}
