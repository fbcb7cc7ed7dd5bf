/**
 * The queue as a person looks at it: what runs, what needs them, what comes next, what waits and
 * why, what ended. The sidebar, the dashboard and `list` are drawn from it.
 *
 * Puts every task into one section and no words around it; live output, approvals and layout are
 * the business of whoever shows it.
 */
import type { Instant } from '../ids.ts';
import type { PickContext, WaitReason } from '../pick.ts';
import { waitReason, waitingInOrder } from '../pick.ts';
import type { Queue } from '../queue.ts';
import { tasksOf } from '../queue.ts';
import type { Claim, Task } from '../task.ts';
import { claimOf, isLaneTask } from '../task.ts';
import type { ActiveTask, LaneStatus } from './activeTask.ts';
import { laneStatus } from './activeTask.ts';
import type { AttentionItem } from './attention.ts';
import { attentionItems } from './attention.ts';

export interface QueueViewOptions {
  /** Whether nobody on this machine approved the task's program yet; asked of lane tasks only. */
  readonly needsApproval?: (task: Task) => boolean;
  /** The most ended tasks to show; 50 where not given. */
  readonly endedRows?: number;
  /** Ended tasks before this instant are left out. */
  readonly endedSince?: Instant;
}

export type ViewReason = WaitReason | { readonly type: 'approval' };

/** A task that could start now. */
export interface UpNextItem {
  readonly task: Task;
  /** A person put it at its exact place. */
  readonly moved: boolean;
  /** Whether the lane runs it. */
  readonly lane: boolean;
  /** The one agent that may take it for now; null for the lane's tasks and where any may. */
  readonly agent: string | null;
}

export interface WaitingItem {
  readonly task: Task;
  readonly reason: ViewReason;
  /** When it stops waiting by itself; null where time alone does not end it. */
  readonly dueAt: Instant | null;
}

/** A task that an outside agent holds. */
export interface HeldItem {
  readonly task: Task;
  readonly claim: Claim;
}

export interface EndedItem {
  readonly task: Task;
  readonly status: 'completed' | 'cancelled' | 'skipped';
  readonly at: Instant;
  /** Who completed it, or null. */
  readonly agent: string | null;
  /** How long its last attempt took; null where there was none. */
  readonly tookMs: number | null;
}

export interface QueueView {
  readonly lane: LaneStatus;
  readonly active: ActiveTask | null;
  /** What outside agents are working on, the oldest claim first. */
  readonly held: readonly HeldItem[];
  readonly attention: readonly AttentionItem[];
  /** What could start now, in the order of its turns. A pause does not empty it. */
  readonly upNext: readonly UpNextItem[];
  /** What cannot start now, in the order of its turns. */
  readonly waiting: readonly WaitingItem[];
  /** What ended, the newest first. */
  readonly ended: readonly EndedItem[];
}

const defaultEndedRows = 50;

export function queueView(
  queue: Queue,
  context: PickContext,
  options: QueueViewOptions = {},
): QueueView {
  const lane = laneStatus(queue);
  const upNext: UpNextItem[] = [];
  const waiting: WaitingItem[] = [];
  for (const task of waitingInOrder(queue, context)) {
    const isLanes = isLaneTask(task);
    const agent = isLanes ? null : agentFor(task, context);
    const reason = reasonToWait(queue, task, agent, context, options);
    if (reason === null) {
      upNext.push({ task, moved: task.rank !== undefined, lane: isLanes, agent });
    } else {
      waiting.push({ task, reason, dueAt: dueAt(reason) });
    }
  }
  return {
    lane,
    active: lane.active,
    held: heldItems(queue),
    attention: attentionItems(queue),
    upNext,
    waiting,
    ended: endedItems(queue, options),
  };
}

/** The agent that the task is set aside for at present. For it alone the task is no waiting one. */
function agentFor({ setAside }: Task, { now }: PickContext): string | null {
  return setAside !== undefined && setAside.until > now ? setAside.agent : null;
}

function reasonToWait(
  queue: Queue,
  task: Task,
  agent: string | null,
  context: PickContext,
  { needsApproval }: QueueViewOptions,
): ViewReason | null {
  const reason = waitReason(queue, task, agent, context);
  if (reason !== null) return reason;
  return isLaneTask(task) && needsApproval?.(task) === true ? { type: 'approval' } : null;
}

function dueAt(reason: ViewReason): Instant | null {
  switch (reason.type) {
    case 'not-before':
    case 'retry':
      return reason.at;
    case 'set-aside':
      return reason.until;
    default:
      return null;
  }
}

function heldItems(queue: Queue): readonly HeldItem[] {
  const items: HeldItem[] = [];
  for (const task of tasksOf(queue, queue.held)) {
    const claim = claimOf(task);
    if (claim !== null && !claim.lane) items.push({ task, claim });
  }
  return items.sort((a, b) => a.claim.token - b.claim.token);
}

function endedItems(
  queue: Queue,
  { endedRows = defaultEndedRows, endedSince }: QueueViewOptions,
): readonly EndedItem[] {
  const newestFirst = [...queue.ended].reverse();
  const items: EndedItem[] = [];
  for (const task of tasksOf(queue, newestFirst)) {
    if (items.length >= endedRows) break;
    const item = endedItem(task);
    if (item !== null && (endedSince === undefined || item.at >= endedSince)) items.push(item);
  }
  return items;
}

function endedItem(task: Task): EndedItem | null {
  const { state, lastClaim } = task;
  if (state.status !== 'completed' && state.status !== 'cancelled' && state.status !== 'skipped') {
    return null;
  }
  const { status, at } = state;
  const agent = status === 'completed' ? (lastClaim?.agent ?? null) : null;
  const tookMs = lastClaim === null ? null : Math.max(0, at - lastClaim.claimedAt);
  return { task, status, at, agent, tookMs };
}
