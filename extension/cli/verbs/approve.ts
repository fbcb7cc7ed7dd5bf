/** `signalbox approve`: lets the programs of waiting tasks run on this machine. */
import { createInterface } from 'node:readline/promises';
import { formatTaskId } from '../../core/ids.ts';
import { describeTask } from '../../core/queue.ts';
import type { Task } from '../../core/task.ts';
import type { Desk } from '../../coordinator/desk.ts';
import type { Invocation } from '../invocation.ts';
import { unapproved } from '../render/status.ts';
import { printError } from '../output.ts';
import { requirePerson } from '../person.ts';
import { plain } from '../render/text.ts';
import { knownTask } from '../knownTask.ts';
import type { Verb } from '../verb.ts';
import { done, Refused, UsageError } from '../answer.ts';

export const verb: Verb = {
  usage: 'approve [ID|--all]',
  summary: 'Lets the named programs run on this machine, after showing them.',
  details: `An approval covers exactly the command as it is now, in this workspace; any change asks again.
It is kept outside the workspace and needs a terminal: nothing in a repository can approve anything.`,
  positionals: ['ID?'],
  options: { all: { type: 'boolean', help: 'Everything that waits for approval.' } },
  async run(invocation) {
    requirePerson(invocation.env, 'Approving');
    const desk = await invocation.desk();
    const tasks = tasksMeant(invocation, desk);
    if (tasks.length === 0) return done({ approved: [] }, 'Nothing waits for approval');
    for (const { content } of tasks) {
      const { program = '', accept, validIf } = content;
      const more = [accept, validIf?.startsWith('cmd:') === true ? validIf : undefined];
      printError(`${plain(content.title)}\n  ${plain(program)}\n`);
      for (const each of more) if (each !== undefined) printError(`  ${plain(each)}\n`);
    }
    const terminal = createInterface({ input: process.stdin, output: process.stderr });
    const reply = await terminal.question(
      `Let ${tasks.length === 1 ? 'it' : 'them'} run in ${desk.paths.root}? [y/N] `,
    );
    terminal.close();
    if (!/^y(es)?$/i.test(reply.trim())) return done({ approved: [] }, 'Nothing was approved');
    for (const task of tasks) desk.approvals.approve(task, 'person');
    const approved = tasks.map(({ id }) => id);
    return done({ approved }, `Approved ${approved.map(formatTaskId).join(', ')}`);
  },
};

function tasksMeant(invocation: Invocation, desk: Desk): readonly Task[] {
  const id = invocation.positional('ID');
  if ((id === undefined) !== invocation.flag('all')) {
    throw new UsageError('Give one of ID and --all.');
  }
  const ids = id === undefined ? unapproved(desk) : [invocation.taskId()];
  return ids.map((each) => {
    const task = knownTask(desk.queue, each);
    if (task.content.program === undefined) {
      throw new Refused('needs-approval', `${describeTask(task)} has no program to approve.`);
    }
    return task;
  });
}
