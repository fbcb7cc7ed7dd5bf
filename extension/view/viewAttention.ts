/**
 * What waits for a person: questions of a running program, programs that nobody approved yet, tasks
 * that gave up or were stopped, and what is wrong with the queue itself. Pure.
 */
import { waitingInOrder } from '../core/pick.ts';
import type { AttentionItem } from '../core/projections/attention.ts';
import { isLaneTask } from '../core/task.ts';
import type { Task } from '../core/task.ts';
import type { Attention } from '../protocol/webviewModel.ts';
import type { ViewInput } from './viewInput.ts';
import { actorName, long, short } from './words.ts';

/**
 * Questions first, since a program waits; those that were put off stand behind all others. Each row
 * is made only when it is shown: of an import, thousands may wait for approval.
 */
export function attentionRows(
  input: ViewInput,
  items: readonly AttentionItem[],
): readonly (() => Attention)[] {
  const { questions, health } = input;
  const known = (rows: readonly Attention[]) => rows.map((row) => () => row);
  return [
    ...known(questions.filter(({ later }) => !later)),
    ...unapproved(input).map((task) => () => approvalRow(input, task)),
    ...items.map((item) => () => itemRow(input, item)),
    ...known(health),
    ...known(questions.filter(({ later }) => later)),
  ];
}

/** Approval is asked for whatever else a task waits for, so that it need not wait twice. */
function unapproved({ queue, context, isApproved }: ViewInput): readonly Task[] {
  return waitingInOrder(queue, context).filter((task) => isLaneTask(task) && !isApproved(task));
}

function approvalRow({ digestOf, originOf, workspaceDir }: ViewInput, task: Task): Attention {
  const { title } = task.content;
  const commands = commandLines(task);
  const shown = long(commands);
  return {
    type: 'approval',
    task: task.id,
    title: long(title),
    // What cannot be shown as a whole cannot be approved here: its end could hide anything.
    digest: shown === commands ? digestOf(task) : '',
    commandLine: shown,
    workingDirectory: long(workspaceDir),
    environment: [],
    why: long(originOf(task)),
    at: task.createdAt,
  };
}

/** Everything of a task that becomes a command: exactly what an approval covers. */
function commandLines({ content }: Task): string {
  const { program = '', accept, validIf } = content;
  const lines = [program.replace(/^shell:/, '')];
  if (accept !== undefined) lines.push(`then accepted if: ${accept}`);
  if (validIf?.startsWith('cmd:') === true) lines.push(`only if: ${validIf.slice('cmd:'.length)}`);
  return lines.join('\n');
}

function itemRow({ self }: ViewInput, item: AttentionItem): Attention {
  const { task, at } = item;
  const title = long(item.title);
  if (item.type === 'interrupted') {
    const { by } = item;
    return {
      type: 'interrupted',
      task,
      title,
      by: by === null ? null : short(actorName(by, self)),
      at,
    };
  }
  const { agent, errorClass, message, failures } = item;
  return {
    type: 'poisoned',
    task,
    title,
    agent: agent === null ? null : short(actorName(agent, self)),
    errorClass: short(errorClass),
    message: long(message),
    failures,
    at,
  };
}
