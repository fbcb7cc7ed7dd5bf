/** `signalbox run`: the lane without an editor. */
import { fileURLToPath } from 'node:url';
import { explainWait, isWaiting, waitReason } from '../../core/pick.ts';
import { describeTask, tasksOf } from '../../core/queue.ts';
import { isLaneTask } from '../../core/task.ts';
import type { Task } from '../../core/task.ts';
import { homeFolder } from '../../coordinator/approvals.ts';
import type { Desk } from '../../coordinator/desk.ts';
import { findFarewell } from '../../coordinator/farewells.ts';
import { LaneQuestions } from '../../coordinator/laneQuestions.ts';
import { ownHolder } from '../../platform/holder.ts';
import { findAgentCommand } from '../../runner/agentCommands.ts';
import { Lane } from '../../runner/lane.ts';
import type { LaneEvent } from '../../runner/lane.ts';
import { laneSetup } from '../../runner/laneSetup.ts';
import { printError } from '../output.ts';
import { formatTime } from '../render/text.ts';
import { renderLaneEvent } from '../render/lane.ts';
import { renderQuestion } from '../render/questions.ts';
import type { Verb } from '../verb.ts';
import type { Answer } from '../answer.ts';
import { done, exit, refused } from '../answer.ts';

export const verb: Verb = {
  usage: 'run [--once] [--until-empty]',
  summary: "Runs the lane's tasks, one at a time.",
  details: `Prints each command line before it runs. Ends with Ctrl-C, which gives the running task back.
--until-empty ends when nothing can start now: 0, or 3 naming what stays.
Tasks that were added on this machine's command line may run; what came by a file or an agent waits
for \`signalbox approve\`. What a running agent asks waits for \`signalbox approvals answer\`; with
--until-empty or --once and no terminal it hears that nobody answered.`,
  options: {
    once: { type: 'boolean', help: 'Ends after one task.' },
    'until-empty': { type: 'boolean', help: 'Ends when nothing can start now.' },
  },
  async run(invocation) {
    const desk = await invocation.desk();
    const done_: { task: Task; outcome: string }[] = [];
    const report = (event: LaneEvent) => {
      if (event.type === 'ended') done_.push({ task: event.task, outcome: event.end.outcome });
      if (event.type === 'ended' && invocation.flag('once')) lane.close();
      printError(`${renderLaneEvent(event, desk.current.kinds)}\n`);
    };
    const untilEmpty = invocation.flag('until-empty') || invocation.flag('once');
    // A batch that nobody watches must end; everything else waits for a person.
    const lane = makeLane(desk, report, !untilEmpty || process.stdin.isTTY);
    const rejection = await lane.open((holder) => desk.isGone(holder));
    if (rejection !== null) return refused(rejection.reason, rejection.message);

    await runUntilClosed(desk, lane, untilEmpty);
    // Says so where the log has halted meanwhile.
    await desk.refresh();
    if (lane.attempt !== null) return unsettled(lane.attempt.task);
    const ran = done_.map(({ task, outcome }) => ({ id: task.id, outcome }));
    return untilEmpty ? answerWhenEmpty(desk, ran) : done({ ran }, `Ran ${tasksIn(ran)}`);
  },
};

/** The lane was closed while the end of its attempt could not be recorded. */
function unsettled(task: Task): Answer {
  const message = `The program of ${describeTask(task)} was stopped, and the log could not be written to record it. The next \`signalbox run\` settles it.`;
  const json = { ok: false, reason: 'store-unavailable', message };
  return { exit: exit.store, json, note: message };
}

function makeLane(desk: Desk, report: (event: LaneEvent) => void, canWait: boolean): Lane {
  const { paths, env } = desk;
  const questions = new LaneQuestions(homeFolder(env), paths.root);
  return new Lane({
    queue: desk,
    holder: ownHolder(),
    label: 'signalbox run',
    // Read for each choice, so that an approval counts as soon as it is given.
    mayRun: (task) => desk.approvals.read(['cli', 'person'])(task),
    ladder: () => desk.ladder,
    report,
    setUp: laneSetup({
      workspaceDir: paths.root,
      outputDir: paths.output,
      supervisorPath: fileURLToPath(new URL(/* beside the bundle */ 'supervise.js', bundleUrl())),
      env,
      now: () => desk.now(),
      textOf: (text) => desk.textOf(text),
      ask: async (task, claim, question, withdrawn) => {
        // Without anyone to ask, an agent hears that nobody answered; it may go on without.
        if (!canWait) return { outcome: 'cancelled' };
        return questions.ask(task, claim, question, withdrawn, (open) =>
          printError(
            `${renderQuestion(open)}\n  Answer in another terminal: signalbox approvals answer ${open.id}\n`,
          ),
        );
      },
      agentOf: (name) => findAgentCommand(name, { home: homeFolder(env), env }),
      farewellOf: (name) => findFarewell(name, env),
    }),
  });
}

async function runUntilClosed(desk: Desk, lane: Lane, untilEmpty: boolean): Promise<void> {
  const close = () => lane.close();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, close);
  using _follower = desk.store.follow(() => lane.nudge());
  desk.keepProjecting();
  try {
    await lane.run({ untilEmpty });
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(signal, close);
  }
}

function tasksIn({ length }: readonly unknown[]): string {
  return length === 1 ? '1 task' : `${length} tasks`;
}

/** What is left for the lane that could not start, each with its reason. */
function answerWhenEmpty(desk: Desk, ran: readonly unknown[]): Answer {
  const isApproved = desk.approvals.read(['cli', 'person']);
  const stays = [...tasksOf(desk.queue, desk.queue.open)]
    .filter(isLaneTask)
    .map((task) => ({ id: task.id, why: whyItStays(desk, task, isApproved(task)), task }));
  const text = `Ran ${tasksIn(ran)}; nothing is left for the lane`;
  if (stays.length === 0) return done({ ran, stays: [] }, text);
  const lines = stays.map(({ task, why }) => `  ${describeTask(task)}: ${why}`);
  const message = [
    `Ran ${tasksIn(ran)}. ${stays.length === 1 ? 'This stays' : 'These stay'}:`,
    ...lines,
  ].join('\n');
  const left = stays.map(({ id, why }) => ({ id, why }));
  return {
    exit: exit.refused,
    json: { ok: false, reason: 'not-empty', message, ran, stays: left },
    note: message,
  };
}

function whyItStays(desk: Desk, task: Task, isApproved: boolean): string {
  const { status } = task.state;
  if (status === 'in_progress') return 'is being run by another lane';
  if (!isWaiting(task)) return `${status}: ${task.lastFailure?.message ?? 'needs a person'}`;
  const reason = waitReason(desk.queue, task, null, desk.pickContext());
  if (reason !== null) return explainWait(reason, formatTime);
  if (!isApproved) return `needs-approval: \`signalbox approve ${String(task.id)}\``;
  const { paused } = desk.queue;
  return paused.lane || paused.queue ? 'the lane is paused' : 'ready: run again';
}

/** Chunks lie in a folder beside the entry; the supervisor lies beside the entry itself. */
function bundleUrl(): string {
  return new URL('../', import.meta.url).href;
}
