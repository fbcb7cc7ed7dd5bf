/**
 * The queue once more, in the most obvious way: arrays, plain scans, no indexes, nothing clever.
 *
 * The laws compare the core with it, so it shares no code with the core, only types. It says what a
 * command answers (`ok`, or the reason) and which events it leaves, and keeps the state itself.
 */
import type { Caller } from '../../extension/core/command.ts';
import type { TaskId } from '../../extension/core/ids.ts';
import type { Rules } from '../../extension/core/rules.ts';
import type { Holder, TaskContent, TaskStatus } from '../../extension/core/task.ts';

export interface NaiveClaim {
  readonly agent: string;
  readonly token: number;
  readonly process: Holder | null;
  readonly lane: boolean;
}

export interface NaiveTask {
  readonly id: TaskId;
  content: TaskContent;
  status: TaskStatus;
  readonly createdAt: number;
  attempts: number;
  failures: number;
  failedLast: { readonly agent: string; readonly at: number } | null;
  expirations: number;
  /** Who holds it now. */
  claim: NaiveClaim | null;
  lastClaim: NaiveClaim | null;
  claims: number;
  retryAt: number;
  setAside: { readonly agent: string; readonly until: number; readonly balanced?: true } | null;
  blockedBy: string;
}

/** One claim and how it ended. */
export interface NaiveAttempt {
  readonly task: TaskId;
  readonly agent: string;
  readonly token: number;
  end: string | null;
}

export interface NaiveContext {
  readonly now: number;
  readonly rules: Rules;
  readonly random: number;
}

const classes = ['LOW', 'NORMAL', 'HIGH', 'CRITICAL'];

export class NaiveModel {
  /** Names of all events ever, so that the next one's position is its length plus one. */
  readonly log: string[] = [];
  /** In order of creation. */
  readonly tasks: NaiveTask[] = [];
  readonly attempts: NaiveAttempt[] = [];
  /** Open tasks that a person moved, in their order. */
  moved: TaskId[] = [];
  /** Commands that left something, and the position of their last event. */
  readonly done: { readonly id: string; readonly task: TaskId | null; seq: number }[] = [];
  owner: { readonly token: number; readonly holder: Holder } | null = null;
  stop: { readonly token: number; readonly then: string } | null = null;
  pausedLane = false;
  pausedQueue = false;

  find(id: TaskId): NaiveTask | undefined {
    return this.tasks.find((task) => same(task.id, id));
  }

  record(event: string): number {
    this.log.push(event);
    return this.log.length;
  }

  // --- Questions.

  isOpen(task: NaiveTask): boolean {
    return !['completed', 'cancelled', 'skipped'].includes(task.status);
  }

  isWaiting(task: NaiveTask): boolean {
    return task.status === 'pending' || task.status === 'failed';
  }

  waiting(): NaiveTask[] {
    return this.tasks.filter((task) => this.isWaiting(task));
  }

  laneAttempt(): NaiveTask | undefined {
    return this.tasks.find((task) => task.claim?.lane === true);
  }

  openDependencies(task: NaiveTask): TaskId[] {
    return task.content.dependencies.filter((id) => {
      const status = this.find(id)?.status ?? 'missing';
      if (status === 'completed') return false;
      const isOver = ['cancelled', 'skipped', 'poisoned'].includes(status);
      return !(isOver && task.content.onDependencyFailure === 'ignore');
    });
  }

  /** All open tasks in the order of their turns; those that are held keep their place among them. */
  order({ now, rules }: NaiveContext, agent: string | null = null): NaiveTask[] {
    const isOwnFailure = (task: NaiveTask): boolean => {
      if (agent === null || task.failures === 0 || task.failedLast?.agent !== agent) return false;
      if (task.setAside?.agent === agent && task.setAside.until > now) return false;
      const dueAt = task.status === 'failed' ? task.retryAt : task.failedLast.at;
      return rules.retry.autoReassign && now - dueAt < 600_000;
    };
    const effective = ({ content, createdAt }: NaiveTask): number => {
      let index = classes.indexOf(content.priority);
      const period: number = rules.agingMs;
      for (let waited = period; waited <= now - createdAt; waited += period) index++;
      return Math.min(index, content.background === true ? 1 : 3);
    };
    const moved = this.moved.map((id) => this.find(id)!);
    const rest: NaiveTask[] = [];
    for (const index of [3, 2, 1, 0]) {
      for (const background of [false, true]) {
        const even: NaiveTask[] = [];
        for (const task of this.tasks) {
          const isHere =
            effective(task) === index && (task.content.background === true) === background;
          if (isHere && !moved.includes(task)) even.push(task);
        }
        for (const own of [false, true]) {
          const part = even.filter((task) => isOwnFailure(task) === own);
          rest.push(...this.byUrgency(part, now, rules.agingMs));
        }
      }
    }
    return [...moved, ...rest].filter((task) => this.isOpen(task));
  }

  /** Tasks of one class: FIFO, unless an estimate or a deadline of an open task says otherwise. */
  byUrgency(tasks: readonly NaiveTask[], now: number, agingMs: number): NaiveTask[] {
    const open = this.tasks.filter((task) => this.isOpen(task));
    const speaks = open.some(
      ({ content }) => content.estimateMinutes !== undefined || content.deadlineAt !== undefined,
    );
    if (!speaks) return [...tasks];
    const behind = (task: NaiveTask) =>
      open.filter(({ content }) => content.dependencies.some((id) => same(id, task.id)));
    const ownMs = ({ content }: NaiveTask) => (content.estimateMinutes ?? 0) * 60_000;
    const beside = (task: NaiveTask): number =>
      this.waiting()
        .filter((other) => other !== task && this.isWaiting(task) && sharesPaths(task, other))
        .reduce((sum, other) => sum + ownMs(other), 0);
    const chain = (task: NaiveTask): number =>
      ownMs(task) + beside(task) + Math.max(0, ...behind(task).map(chain));
    const startBy = (task: NaiveTask): number =>
      Math.min(task.content.deadlineAt ?? Infinity, ...behind(task).map(startBy)) - ownMs(task);
    const waited = ({ createdAt }: NaiveTask) =>
      Math.max(0, Math.floor((now - createdAt) / agingMs));
    const facts = tasks.map((task, index) => {
      const by = startBy(task);
      const pressing = by < now + 3_600_000 ? by : Infinity;
      return { task, waited: waited(task), pressing, chain: chain(task), by, index };
    });
    const differ = (a: number, b: number) => (a === b ? 0 : a < b ? -1 : 1);
    facts.sort(
      (a, b) =>
        differ(b.waited, a.waited) ||
        differ(a.pressing, b.pressing) ||
        differ(b.chain, a.chain) ||
        differ(a.by, b.by) ||
        a.index - b.index,
    );
    return facts.map(({ task }) => task);
  }

  /** Whether someone works on a path of `task`. */
  isReserved(task: NaiveTask): boolean {
    return this.tasks.some(
      (other) => other !== task && other.claim !== null && sharesPaths(task, other),
    );
  }

  /** Whether `task` could be started by `agent` (null: by anyone) if nobody else were there. */
  isStartable(task: NaiveTask, agent: string | null, { now }: NaiveContext): boolean {
    if (!this.isWaiting(task)) return false;
    if (task.status === 'failed' && task.retryAt > now) return false;
    if (this.openDependencies(task).length > 0) return false;
    if ((task.content.notBeforeAt ?? 0) > now) return false;
    if (this.isReserved(task)) return false;
    return task.setAside === null || task.setAside.until <= now || task.setAside.agent === agent;
  }

  next(agent: string, context: NaiveContext): NaiveTask | undefined {
    if (this.pausedQueue) return undefined;
    return this.order(context, agent).find((task) => {
      if (task.content.program !== undefined) return false;
      return (
        isAble(context.rules, agent, task.content.type) && this.isStartable(task, agent, context)
      );
    });
  }

  /** Null where the caller may act for the holder. */
  refusalOf(task: NaiveTask, caller: Caller): string | null {
    const { claim } = task;
    if (claim === null) {
      if (caller.token !== undefined) return 'stale-token';
      return this.isOpen(task) ? 'not-claimed' : 'already-ended';
    }
    if (isHolder(claim, caller)) return null;
    if (caller.token !== undefined) return 'stale-token';
    const mayBeIt = !claim.lane && (caller.agent === null || caller.agent === claim.agent);
    return mayBeIt && task.claims === 1 ? null : 'identity-needed';
  }

  /** Whether a way along dependencies leads from one of `from` to `goal`. */
  reaches(from: readonly TaskId[], goal: TaskId): boolean {
    const seen: TaskId[] = [];
    const look = (id: TaskId): boolean => {
      if (same(id, goal)) return true;
      if (seen.some((each) => same(each, id))) return false;
      seen.push(id);
      return (this.find(id)?.content.dependencies ?? []).some(look);
    };
    return from.some(look);
  }

  // --- Changes that several commands share.

  claim(task: NaiveTask, agent: string, process: Holder | null, lane: boolean): void {
    if (task.status === 'failed') {
      this.record('RETRY');
      task.claims = 0;
    }
    const token = this.record('CLAIMED');
    task.status = 'in_progress';
    task.claim = { agent, token, process, lane };
    task.lastClaim = task.claim;
    task.attempts++;
    task.claims++;
    task.setAside = null;
    task.blockedBy = '';
    this.attempts.push({ task: task.id, agent, token, end: null });
  }

  /** Ends the attempt that holds `task`, if there is one, and gives it its new status. */
  leave(task: NaiveTask, status: TaskStatus, end: string): void {
    const attempt = this.attempts.find(({ token }) => token === task.claim?.token);
    if (attempt !== undefined) attempt.end = end;
    if (task.claim?.lane === true) this.stop = null;
    task.claim = null;
    task.status = status;
    if (!this.isOpen(task)) this.moved = this.moved.filter((id) => !same(id, task.id));
  }

  poison(task: NaiveTask): void {
    this.record('POISON_PILL');
    task.status = 'poisoned';
  }

  /** Poisons all that should fail with the tasks that ended badly, until nothing more is to do. */
  failDependents(...ended: readonly NaiveTask[]): void {
    const lost = [...ended];
    for (let more = true; more;) {
      more = false;
      for (const task of this.waiting()) {
        if (task.content.onDependencyFailure !== 'fail') continue;
        const depends = (on: NaiveTask) => task.content.dependencies.some((id) => same(id, on.id));
        if (!lost.some(depends)) continue;
        this.poison(task);
        lost.push(task);
        more = true;
      }
    }
  }

  /** Poisons a waiting task that should fail with a dependency that ended badly before. */
  failIfHopeless(task: NaiveTask): void {
    const { onDependencyFailure, dependencies } = task.content;
    const isLost = dependencies.some((id) =>
      ['cancelled', 'skipped', 'poisoned'].includes(this.find(id)?.status ?? ''),
    );
    if (onDependencyFailure !== 'fail' || !isLost || !this.isWaiting(task)) return;
    this.poison(task);
    this.failDependents(task);
  }
}

/** Paths of the simulation are whole or end in two stars. */
function sharesPaths(a: NaiveTask, b: NaiveTask): boolean {
  const covers = (glob: string, path: string) =>
    glob === path || (glob.endsWith('/**') && path.startsWith(glob.slice(0, -2)));
  return (a.content.paths ?? []).some((x) =>
    (b.content.paths ?? []).some((y) => covers(x, y) || covers(y, x)),
  );
}

export function same(a: TaskId, b: TaskId): boolean {
  return String(a).toLowerCase() === String(b).toLowerCase();
}

export function isHolder(claim: NaiveClaim, caller: Caller): boolean {
  if (caller.token !== undefined) return caller.token === claim.token;
  if (claim.process !== null && equal(claim.process, caller.process)) return true;
  if (claim.lane || caller.agent !== claim.agent) return false;
  const { host, bootId, pidNamespace } = claim.process ?? {};
  return !equal({ host, bootId, pidNamespace }, caller.place);
}

function equal(a: object, b: object | null): boolean {
  return JSON.stringify(sorted(a)) === JSON.stringify(sorted(b ?? {}));
}

function sorted(object: object): unknown {
  return Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1));
}

export function isAble(rules: Rules, agent: string, type: string): boolean {
  const known = rules.agents.get(agent) ?? rules.agents.get(agent.replace(/-\d+$/, ''));
  return known === undefined || known.capabilities.includes(type);
}
