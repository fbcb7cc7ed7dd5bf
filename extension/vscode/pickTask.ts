/**
 * Which task a command means: the one it was called on, else the one that a person picks.
 *
 * Offers what the view shows; it never guesses.
 */
import * as vscode from 'vscode';
import type { TaskId } from '../core/ids.ts';
import { formatTaskId, parseTaskId } from '../core/ids.ts';
import type { QueueViewModel } from '../protocol/webviewModel.ts';
import type { QueueHost } from './queueHost.ts';
import { forLabel } from './text.ts';

/** What can be picked for a command: tasks that it makes sense for. */
export type Pickable = 'waiting' | 'upNext' | 'resting' | 'approval' | 'any';

interface Candidate {
  readonly id: TaskId;
  readonly title: string;
  readonly where: string;
}

/** The task that a menu of the view, or another extension, hands to a command; else undefined. */
export function taskOf(argument: unknown): TaskId | undefined {
  if (typeof argument !== 'object' || argument === null) return parseTaskId(argument);
  return 'task' in argument ? parseTaskId(argument.task) : undefined;
}

/** Undefined where the person went away, or where there is none. */
export async function pickTask(
  host: QueueHost,
  what: Pickable,
  title: string,
): Promise<TaskId | undefined> {
  const { t } = vscode.l10n;
  const { model } = await host.snapshot();
  const candidates = candidatesOf(model, what);
  if (candidates.length === 0) {
    void vscode.window.showInformationMessage(t('There is no such task now.'));
    return undefined;
  }
  const picked = await vscode.window.showQuickPick(
    candidates.map(({ id, title: name, where }) => ({
      label: `${formatTaskId(id)} ${forLabel(name)}`,
      description: where,
      id,
    })),
    { title, matchOnDescription: true },
  );
  return picked?.id;
}

function candidatesOf(model: QueueViewModel, what: Pickable): readonly Candidate[] {
  const of = (rows: readonly { id: TaskId; title: string }[], where: string) =>
    rows.map(({ id, title }) => ({ id, title, where }));
  const needing = (types: readonly string[]) =>
    model.needsYou.rows.flatMap((row) =>
      row.type !== 'health' && types.includes(row.type)
        ? [{ id: row.task, title: row.title, where: row.type }]
        : [],
    );
  const upNext = of(model.upNext.rows, 'up next');
  const waiting = [...upNext, ...of(model.waiting.rows, 'waiting')];
  const resting = needing(['failed', 'poisoned', 'interrupted']);
  switch (what) {
    case 'upNext':
      return upNext;
    case 'waiting':
      return waiting;
    case 'resting':
      return resting;
    case 'approval':
      return needing(['approval']);
    case 'any':
      return [
        ...of(model.active === null ? [] : [model.active], 'running'),
        ...waiting,
        ...resting,
        ...of(model.doneToday.rows, 'done'),
      ];
  }
}
