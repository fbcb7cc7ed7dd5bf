/**
 * Draws commands for the simulated clients, biased toward those that may matter in their state:
 * claims of waiting tasks, ends of held ones, tokens that were good once.
 */
import type { Caller, Dedupe, MovePlace, Settlement } from '../../extension/core/command.ts';
import type { Instant, TaskId } from '../../extension/core/ids.ts';
import { instant, position } from '../../extension/core/ids.ts';
import type { Queue } from '../../extension/core/queue.ts';
import type { DependencyPolicy, Holder, Task, TaskContent } from '../../extension/core/task.ts';
import type { Request } from './core.ts';
import { content, ms } from './core.ts';

/** What a client knows when it draws a command. */
export interface Client {
  readonly agent: string;
  readonly process: Holder | null;
  readonly place: Caller['place'];
  /** The process that owns the lane, where this client does. */
  readonly laneHolder: Holder;
  /** Its own copy, as old as its last look. */
  readonly queue: Queue;
  /** Tokens that it was ever given, newest last. */
  readonly tokens: readonly number[];
}

type Draw = (who: Client, lot: Lot, now: Instant) => Request;

/** A stream of draws from one number, so that no two of them hang together. */
export class Lot {
  #state: number;

  constructor(seed: number) {
    // Spreads small seeds over all bits; zero would stay zero for ever.
    this.#state = Math.imul(seed + 1, 0x9e37_79b1) | 1;
  }

  /** An integer from 0 to below `limit`. */
  below(limit: number): number {
    // Xorshift: Marsaglia, "Xorshift RNGs", 2003.
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    return (this.#state >>> 0) % limit;
  }

  /** True once in `times`. */
  once(times: number): boolean {
    return this.below(times) === 0;
  }

  of<Item>(items: readonly Item[]): Item {
    return items[this.below(items.length)]!;
  }
}

const kinds: readonly (readonly [weight: number, draw: Draw])[] = [
  [7, drawAdd],
  [7, drawClaim],
  [4, drawClaimNext],
  [2, drawAssign],
  [1, drawBalance],
  [6, drawComplete],
  [7, drawFail],
  [3, drawRelease],
  [2, drawCancel],
  [1, drawProgress],
  [3, drawEdit],
  [1, drawPrioritize],
  [3, drawMove],
  [2, drawRetry],
  [4, drawExpire],
  [2, drawClearFailures],
  [1, drawClearWaiting],
  [1, drawPause],
  [2, drawLaneAcquire],
  [1, drawLaneEnd],
  [5, drawLaneClaim],
  [4, drawSettle],
  [4, drawInterrupt],
];
const table = kinds.flatMap(([weight, draw]) => Array.from({ length: weight }, () => draw));

export function drawRequest(who: Client, lot: Lot, now: Instant): Request {
  return lot.of(table)(who, lot, now);
}

function tasksWith(queue: Queue, ...statuses: readonly Task['state']['status'][]): readonly Task[] {
  const all = [...queue.tasks.values()];
  return statuses.length === 0 ? all : all.filter(({ state }) => statuses.includes(state.status));
}

/** Mostly one of `preferred`, now and then any task, or one that does not exist. */
function anId(queue: Queue, preferred: readonly Task[], lot: Lot): TaskId {
  const pool = preferred.length > 0 && !lot.once(7) ? preferred : tasksWith(queue);
  return pool.length === 0 || lot.once(60) ? 99 : lot.of(pool).id;
}

const callers = [
  'newest',
  'newest',
  'old',
  'true',
  'name',
  'standing',
  'standing',
  'none',
] as const;

/** Different ways to say who calls: truly, by an old token, by name, by nothing at all. */
function drawCaller(
  who: Client,
  task: TaskId,
  lot: Lot,
  ways: readonly (typeof callers)[number][] = callers,
): Caller {
  const { process, place, agent } = who;
  const state = who.queue.tasks.get(String(task).toLowerCase() as never)?.state;
  const claim = state?.status === 'in_progress' ? state.claim : null;
  const base = { agent: null, process: null, place };
  switch (lot.of(ways)) {
    case 'newest':
      return { ...base, token: position(who.tokens.at(-1) ?? 1) };
    case 'old':
      return { ...base, token: position(lot.of([...who.tokens, 1])) };
    case 'true':
      return { agent, process, place };
    case 'name':
      return { ...base, agent: claim?.agent ?? agent };
    case 'standing':
      return claim === null ? base : { ...base, token: claim.token };
    case 'none':
      return base;
  }
}

function drawAdd({ queue }: Client, lot: Lot, now: Instant): Request {
  const known = tasksWith(queue);
  const isAfter = known.length > 0 && lot.once(3);
  const dependencies = isAfter ? [lot.of(known).id, lot.of(known).id] : [];
  const dedupe = lot.of<Dedupe>([
    { mode: 'keep' },
    { mode: 'replace' },
    { mode: 'debounce', ms: ms(15_000) },
  ]);
  const policy = lot.of<DependencyPolicy>(['block', 'fail', 'ignore']);
  const body: TaskContent = {
    ...content(`task ${lot.below(1_000)}`, { type: lot.of(['any', 'technical', 'creative']) }),
    priority: lot.of(['NORMAL', 'NORMAL', 'LOW', 'HIGH', 'CRITICAL']),
    dependencies: [...new Set(dependencies)],
    ...(lot.once(3) && { key: lot.of(['k1', 'k2']) }),
    ...(lot.once(4) && { session: lot.of(['s1', 's2']) }),
    ...(lot.once(6) && { background: true }),
    ...(lot.below(5) < 2 && { program: 'shell:true' }),
    ...(lot.once(8) && { notBeforeAt: instant(now + lot.below(40_000)) }),
    ...(lot.once(2) && { onDependencyFailure: policy }),
    ...(lot.once(3) && { paths: [lot.of(['src/**', 'src/a.ts', 'docs/**', 'docs/b/c.md'])] }),
    ...(lot.once(3) && { estimateMinutes: lot.of([5, 20, 90]) }),
    ...(lot.once(5) && { deadlineAt: instant(now + lot.below(9_000_000)) }),
  };
  const named = lot.once(11) ? { task: lot.of<TaskId>(['x', 'X', 'y', 3, 12]) } : {};
  return { type: 'add', content: body, dedupe, ...named };
}

function drawAssign({ queue, process, place }: Client, lot: Lot): Request {
  const task = anId(queue, tasksWith(queue, 'pending', 'failed'), lot);
  const agent = lot.of([null, null, 'Copilot', 'Claude-1', 'Zed']);
  return { type: 'assign', task, agent, caller: { agent: null, process, place } };
}

function drawBalance(): Request {
  return { type: 'balance' };
}

function drawClaim(who: Client, lot: Lot): Request {
  const task = anId(who.queue, tasksWith(who.queue, 'pending', 'failed'), lot);
  const { agent, process, place } = who;
  const token = lot.once(6) ? { token: position(who.tokens.at(-1) ?? 1) } : {};
  return { type: 'claim', task, agent, caller: { agent, process, place, ...token } };
}

function drawClaimNext({ agent, process, place }: Client): Request {
  return { type: 'claimNext', agent, caller: { agent, process, place } };
}

function heldId({ queue }: Client, lot: Lot): TaskId {
  return anId(queue, tasksWith(queue, 'in_progress'), lot);
}

function drawComplete(who: Client, lot: Lot): Request {
  const completed = tasksWith(who.queue, 'completed');
  const task = lot.once(6) ? anId(who.queue, completed, lot) : heldId(who, lot);
  return { type: 'complete', task, result: 'done', caller: drawCaller(who, task, lot) };
}

function drawFail(who: Client, lot: Lot): Request {
  const task = heldId(who, lot);
  const errorClass = lot.of(['BUILD_ERROR', 'BUILD_ERROR', 'BUILD_ERROR', 'TIMEOUT', 'FATAL']);
  const caller = drawCaller(who, task, lot);
  return { type: 'fail', task, errorClass, message: 'broke', caller };
}

function drawRelease(who: Client, lot: Lot): Request {
  const task = heldId(who, lot);
  const caller = drawCaller(who, task, lot);
  return { type: 'release', task, reason: '', forced: lot.once(3), caller };
}

function drawCancel(who: Client, lot: Lot): Request {
  const task = anId(who.queue, [], lot);
  return { type: 'cancel', task, reason: '', caller: drawCaller(who, task, lot) };
}

function drawProgress(who: Client, lot: Lot): Request {
  const task = heldId(who, lot);
  const caller = drawCaller(who, task, lot);
  return { type: 'progress', task, percent: lot.below(101), message: 'on', caller };
}

function drawEdit({ queue }: Client, lot: Lot): Request {
  const task = anId(queue, tasksWith(queue, 'pending', 'failed', 'interrupted'), lot);
  const changes: readonly Partial<TaskContent>[] = [
    { title: `edited ${lot.below(1_000)}` },
    { dependencies: [anId(queue, tasksWith(queue, 'pending'), lot)] },
    { dependencies: [anId(queue, tasksWith(queue, 'pending'), lot)] },
    { dependencies: [] },
    { onDependencyFailure: lot.of<DependencyPolicy>(['block', 'fail', 'ignore']) },
    { key: lot.of(['k1', 'k2']), session: lot.of(['s1', 's2']) },
  ];
  return { type: 'edit', task, content: lot.of(changes) };
}

function drawPrioritize({ queue }: Client, lot: Lot): Request {
  const priority = lot.of(['LOW', 'NORMAL', 'HIGH', 'CRITICAL'] as const);
  return { type: 'prioritize', task: anId(queue, tasksWith(queue, 'pending'), lot), priority };
}

function drawMove({ queue }: Client, lot: Lot): Request {
  const waiting = tasksWith(queue, 'pending', 'failed');
  const other = anId(queue, waiting, lot);
  const place = lot.of<MovePlace>([
    { to: 'first' },
    { to: 'before', other },
    { to: 'after', other },
    { to: 'last' },
  ]);
  return { type: 'move', task: anId(queue, waiting, lot), place };
}

function drawRetry({ queue }: Client, lot: Lot): Request {
  const task = anId(queue, tasksWith(queue, 'failed', 'interrupted'), lot);
  return { type: 'retry', task, setAsideFor: lot.of([null, 'Copilot', 'Zed']) };
}

function drawExpire(who: Client, lot: Lot): Request {
  const task = heldId(who, lot);
  const { token = position(1) } = drawCaller(who, task, lot, ['standing', 'standing', 'old']);
  return { type: 'expire', task, token, evidence: 'gone' };
}

function drawClearFailures({ queue }: Client, lot: Lot): Request {
  return { type: 'clearFailures', task: anId(queue, tasksWith(queue, 'poisoned'), lot) };
}

function drawClearWaiting(_: Client, lot: Lot): Request {
  return { type: 'clearWaiting', session: lot.of(['s1', 's2', 's1', null]), all: lot.once(2) };
}

function drawPause({ queue }: Client, lot: Lot): Request {
  const scope = lot.of(['lane', 'queue'] as const);
  // Seldom, and soon over: little happens in a paused queue.
  const { lane, queue: whole } = queue.paused;
  if (lane || whole) return { type: 'resume', scope: lane ? 'lane' : 'queue' };
  return { type: lot.once(3) ? 'pause' : 'resume', scope };
}

function drawLaneAcquire({ laneHolder }: Client): Request {
  return { type: 'laneAcquire', holder: laneHolder, label: 'lane' };
}

function drawLaneEnd({ queue }: Client, lot: Lot): Request {
  const lane = queue.lane.owner?.token ?? position(1);
  if (lot.once(2)) return { type: 'laneRelease', lane };
  return { type: 'laneExpire', lane, evidence: 'gone' };
}

function drawLaneClaim(who: Client, lot: Lot): Request {
  const { queue, laneHolder } = who;
  const mine = tasksWith(queue, 'pending', 'failed').filter(
    ({ content: { program } }) => program !== undefined,
  );
  const owned = queue.lane.owner?.token ?? position(1);
  const lane = lot.once(6) ? position(lot.of([...who.tokens, 1])) : owned;
  const task = anId(queue, mine, lot);
  return { type: 'laneClaim', task, agent: 'shell', lane, holder: laneHolder };
}

function runningId({ queue }: Client, lot: Lot): TaskId {
  const held = tasksWith(queue, 'in_progress');
  return anId(
    queue,
    held.filter(({ lastClaim }) => lastClaim?.lane === true),
    lot,
  );
}

function drawSettle(who: Client, lot: Lot): Request {
  const task = runningId(who, lot);
  const { token = position(1) } = drawCaller(who, task, lot, ['standing', 'standing', 'old']);
  const as = lot.of<Settlement>(['interrupt', 'preempt', 'cancel', 'release', 'skip']);
  const owner = who.queue.lane.owner?.token ?? position(1);
  const lane = lot.once(5) ? position(lot.of([...who.tokens, 1])) : owner;
  const owned = lot.once(2) ? { lane } : {};
  return { type: 'laneSettle', task, token, as, reason: 'settled', ...owned };
}

function drawInterrupt(who: Client, lot: Lot): Request {
  const then = lot.of(['interrupt', 'cancel', 'preempt'] as const);
  const asked = { type: 'interrupt', then, reason: 'stop' } as const;
  return lot.once(3) ? { ...asked, task: runningId(who, lot) } : asked;
}
