/**
 * What holds of the queue whatever its clients do and whenever they crash: each law over simulated
 * histories, and beside it a faulty core that the law must notice.
 *
 * A failure prints its seed and the shortest history that breaks the law; `SIGNALBOX_LONG=1`
 * searches longer.
 */
import { AssertionError } from 'node:assert';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Command } from '../../extension/core/command.ts';
import type { DecideContext } from '../../extension/core/decision.ts';
import type { LogRecord } from '../../extension/core/event.ts';
import type { TaskKey } from '../../extension/core/ids.ts';
import { instant, position, taskKey } from '../../extension/core/ids.ts';
import type { Queue, QueueDraft } from '../../extension/core/queue.ts';
import type { Task, TaskContent } from '../../extension/core/task.ts';
import * as agreement from '../support/coreAgreement.ts';
import * as laws from '../support/coreLaws.ts';
import type { Law } from '../support/coreLaws.ts';
import type { Core, Move, Run } from '../support/coreSimulation.ts';
import { moves, realCore, simulate } from '../support/coreSimulation.ts';

const long = process.env['SIGNALBOX_LONG'] === '1';
const numRuns = long ? 1_000 : 100;
/** A mutant that lives this long was not noticed. The same histories each time: no law by luck. */
const mutantRuns = 2_000;
const mutantSeed = 4711;

/** One seed for all laws, so that each history is simulated once and judged by all of them. */
const seed = Date.now() & 0x7fff_ffff;
const simulated = new Map<string, Run>();

function simulateOnce(history: readonly Move[]): Run {
  const key = JSON.stringify(history);
  const run = simulated.get(key) ?? simulate(history);
  simulated.set(key, run);
  return run;
}

function holds(law: Law): void {
  fc.assert(
    fc.property(moves, (history) => law(simulateOnce(history), realCore)),
    { numRuns, seed },
  );
}

function notices(law: Law, mutant: Core, number = 1): void {
  const found = fc.check(
    fc.property(moves, (history) => law(simulate(history, mutant), mutant)),
    { numRuns: mutantRuns, endOnFailure: true, seed: mutantSeed },
  );
  expect(found.failed, `mutant ${number} was not noticed`).toBe(true);
  // Noticed by the law, and not because the simulation fell over it.
  expect(found.errorInstance).toBeInstanceOf(AssertionError);
}

// --- Faults. Each changes what a decision is told, or what a fold leaves.

/** Decides on a changed queue, command or context. */
function deciding(
  change: (
    queue: Queue,
    command: Command,
    context: DecideContext,
  ) => [Queue, Command, DecideContext],
): Core {
  return { ...realCore, decide: (...asked) => realCore.decide(...change(...asked)) };
}

/** Folds as it should, and then does harm. */
function folding(harm: (draft: QueueDraft, record: LogRecord) => void): Core {
  return {
    ...realCore,
    evolve: (draft, record) => {
      realCore.evolve(draft, record);
      harm(draft, record);
    },
  };
}

/** Does harm after events of these names only. */
function harming(
  harm: (draft: QueueDraft, key: TaskKey) => unknown,
  ...events: readonly string[]
): Core {
  return folding((draft, { event, task }) => {
    if (events.includes(event) && task !== null) harm(draft, taskKey(task));
  });
}

function withTasks(queue: Queue, change: (task: Task) => Task): Queue {
  return { ...queue, tasks: new Map([...queue.tasks].map(([key, task]) => [key, change(task)])) };
}

function changingTask(event: string, change: (task: Task, draft: QueueDraft) => Task): Core {
  return folding((draft, record) => {
    if (record.event !== event || record.task === null) return;
    const key = taskKey(record.task);
    const task = draft.tasks.get(key);
    if (task !== undefined) draft.tasks.set(key, change(task, draft));
  });
}

function withContent(task: Task, content: Partial<TaskContent>): Task {
  return { ...task, content: { ...task.content, ...content } };
}

const claimsWhatIsHeld = deciding((queue, command, context) => [
  command.type === 'claim'
    ? withTasks(queue, (task) => ({ ...task, state: { status: 'pending' } }))
    : queue,
  command,
  context,
]);
const reusesTokens = changingTask('CLAIMED', (task) =>
  task.state.status !== 'in_progress'
    ? task
    : { ...task, state: { ...task.state, claim: { ...task.state.claim, token: position(1) } } },
);
const completesTwice: Core = {
  ...realCore,
  decide: (queue, command, context) => {
    const ended = command.type === 'complete' && [...queue.ended].length > 0;
    if (!ended) return realCore.decide(queue, command, context);
    const open = withTasks(queue, (task) =>
      task.lastClaim === null
        ? task
        : { ...task, state: { status: 'in_progress', claim: task.lastClaim } },
    );
    return realCore.decide(open, command, context);
  },
};
const ignoresTokens = deciding((queue, command, context) => {
  if (!('caller' in command)) return [queue, command, context];
  const { token: _token, ...caller } = command.caller;
  return [queue, { ...command, caller }, context];
});
const forgetsCommands = deciding((queue, command, context) => [
  { ...queue, commands: new Map() },
  command,
  context,
]);
const laneSeesNothing = deciding((queue, command, context) => [
  command.type === 'laneClaim' ? { ...queue, held: new Set() } : queue,
  command,
  context,
]);
const trustsAnyLane = deciding((queue, command, context) => {
  if (command.type !== 'laneClaim' || queue.lane.owner === null) return [queue, command, context];
  return [queue, { ...command, lane: queue.lane.owner.token }, context];
});
const forgetsTheDead = folding((draft) => {
  for (const key of draft.ended) draft.tasks.delete(key);
  draft.nextId = draft.tasks.size + 1;
});
const forgetsDependencies = deciding((queue, command, context) => [
  command.type === 'claim' || command.type === 'claimNext'
    ? withTasks(queue, (task) => withContent(task, { dependencies: [] }))
    : queue,
  command,
  context,
]);
const livesInTheFuture = deciding((queue, command, context) => [
  queue,
  command,
  command.type === 'claim' ? { ...context, now: instant(context.now + 30_000) } : context,
]);
const seesNoPaths = deciding((queue, command, context) => [
  command.type === 'claim' || command.type === 'assign'
    ? withTasks(queue, (task) => withContent(task, { paths: [] }))
    : queue,
  command,
  context,
]);
const seesNoWay = deciding((queue, command, context) => [
  command.type === 'edit'
    ? withTasks(queue, (task) => withContent(task, { dependencies: [] }))
    : queue,
  command,
  context,
]);
const replacesBlindly = deciding((queue, command, context) => [
  command.type === 'add'
    ? withTasks(queue, (task) => withContent(task, { dependencies: [] }))
    : queue,
  command,
  context,
]);
const hasMoreRoom = deciding((queue, command, context) => [
  queue,
  command,
  { ...context, rules: { ...context.rules, maxWaiting: 8 } },
]);
const hasMoreRoomBySession = deciding((queue, command, context) => [
  queue,
  command,
  { ...context, rules: { ...context.rules, maxWaitingPerSession: 5 } },
]);
const keepsFailures = changingTask('CLEARED', (task) => ({ ...task, failures: 1 }));
const countsReleases = changingTask('RELEASED', (task) => ({
  ...task,
  expirations: task.expirations + 1,
}));
const isTooPatient = deciding((queue, command, context) => [
  queue,
  command,
  {
    ...context,
    rules: { ...context.rules, retry: { ...context.rules.retry, maxRetries: 3 } },
  },
]);
const weakensStops = deciding((queue, command, context) => [
  command.type === 'interrupt' ? { ...queue, lane: { ...queue.lane, stop: null } } : queue,
  command,
  context,
]);
const keepsStops = folding((draft, record) => {
  if (record.event !== 'PREEMPTED' && record.event !== 'INTERRUPTED') return;
  const { token } = record.data;
  draft.lane = { ...draft.lane, stop: { token, then: 'cancel', reason: '', by: null } };
});
const backsOffLess = deciding((queue, command, context) => [
  queue,
  command,
  { ...context, random: 0 },
]);
const forgivesForgetting = changingTask('LEASE_EXPIRED', (task) => ({
  ...task,
  claimsSincePending: 0,
}));
const losesPlaces = changingTask('EDITED', (task, { end }) => ({ ...task, createdSeq: end }));
const losesMoves = folding((draft, record) => {
  if (record.event !== 'CLAIMED' || record.task === null) return;
  const key = taskKey(record.task);
  const { rank: _rank, ...unmoved } = draft.tasks.get(key)!;
  draft.tasks.set(key, unmoved);
});
const forgetsHolders = changingTask('COMPLETED', (task) => ({ ...task, lastClaim: null }));

let evolved = 0;
const countsAlong = folding((draft) => {
  if (++evolved % 11 === 0) draft.focus = `at ${draft.end}`;
});
const known = new WeakSet<LogRecord>();
/** Folds what it holds in memory, and not what only looks like it. */
const knowsItsRecords = folding((draft, record) => {
  if (draft.end > 1 && !known.has(record)) draft.focus = 'unknown';
  known.add(record);
});

describe('whatever happens', () => {
  test.each<[string, Law, readonly Core[]]>([
    ['a task has one holder at most', laws.oneHolder, [claimsWhatIsHeld]],
    ['tokens grow, and are positions of their claims', laws.tokensGrow, [reusesTokens]],
    ['an attempt has one end, and a task one final outcome', laws.oneOutcome, [completesTwice]],
    ['a stale token changes nothing', laws.staleTokensDoNothing, [ignoresTokens]],
    ['a repeated command adds nothing', laws.repetitionsAddNothing, [forgetsCommands]],
    ['the lane runs one task at most', laws.laneRunsOne, [laneSeesNothing]],
    ['only the owner of the lane starts tasks', laws.onlyTheOwnerStarts, [trustsAnyLane]],
    [
      'a stop is never weakened, and never outlives its attempt',
      laws.stopsOnlyGrow,
      [weakensStops, keepsStops],
    ],
    ['an id is never used again', laws.idsAreNeverReused, [forgetsTheDead]],
    ['dependencies come first', laws.dependenciesComeFirst, [forgetsDependencies]],
    ['nothing is claimed before its time', laws.neverBeforeItsTime, [livesInTheFuture]],
    ['no two held tasks share a path', laws.pathsAreNeverShared, [seesNoPaths]],
    ['there is no cycle', laws.noCycleEver, [seesNoWay, replacesBlindly]],
    ['what waits is bounded', laws.waitingIsBounded, [hasMoreRoom, hasMoreRoomBySession]],
    [
      'failures are counted, and poison when they should',
      laws.failuresAreCounted,
      [keepsFailures, countsReleases, isTooPatient],
    ],
    [
      'every answer is that of the naive model',
      agreement.answersAgree,
      [ignoresTokens, forgivesForgetting],
    ],
    ['every state is that of the naive model', agreement.statesAgree, [isTooPatient, backsOffLess]],
    [
      'the order is that of the naive sort',
      agreement.orderIsTheNaiveSort,
      [losesPlaces, losesMoves],
    ],
    ['the projections agree with the naive model', agreement.projectionsAgree, [forgetsHolders]],
    ['every way to fold the log ends in the same queue', agreement.everyFoldAgrees, [countsAlong]],
    [
      'a log read back from text folds to the same queue',
      agreement.recordsSurviveText,
      [knowsItsRecords],
    ],
    ['ended tasks stand in the order of their ends', agreement.endedInOrder, [endsUnordered()]],
  ])('%s', (_, law, mutants) => {
    holds(law);
    mutants.forEach((mutant, index) => {
      notices(law, mutant, index + 1);
    });
  });

  test.each<[keyof typeof agreement.indexes, Core]>([
    ['open', harming(({ open }, key) => open.add(key), 'CANCELLED', 'COMPLETED', 'SKIPPED')],
    ['held', harming(({ held }, key) => held.add(key), 'LEASE_EXPIRED')],
    ['ended', harming(({ ended }, key) => ended.add(key), 'CLEARED')],
    ['dependents', harming(({ dependents }) => dependents.clear(), 'EDITED')],
    ['byDedupeKey', harming(({ byDedupeKey }) => byDedupeKey.clear(), 'CLAIMED')],
    ['sessionSizes', harming(({ sessionSizes }) => sessionSizes.set('s1', 1), 'SKIPPED')],
    ['completedCount', harming((draft) => draft.completedCount++, 'CANCELLED')],
  ])('the index `%s` equals its recount', (name, mutant) => {
    holds(agreement.indexIsTrue(name));
    notices(agreement.indexIsTrue(name), mutant);
  });
});

function endsUnordered(): Core {
  return folding(({ ended }, { event }) => {
    if (event !== 'CANCELLED') return;
    const keys = [...ended].reverse();
    ended.clear();
    for (const key of keys) ended.add(key);
  });
}
