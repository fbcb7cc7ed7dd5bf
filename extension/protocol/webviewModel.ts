/**
 * What the queue view shows, as data: built by the host, drawn by the webview, parsed by both.
 *
 * Holds no rules of the queue and no layout. Sentences for people (`why`, `message`, `text`) are
 * written by the host; the webview formats only times and counts. Every text is data: it may hold
 * markup, escape sequences or bidirectional controls, and is never more than text.
 */
import * as z from 'zod';
import type { TaskId } from '../core/ids.ts';

/** The longest tail of live text that crosses at once or is kept by the webview, in characters. */
export const outputTailChars = 8_000;
/** How many rows of one list cross while nobody asked for more: updates are whole, and stay cheap. */
export const usualListRows = 100;
/** The most rows of one list that cross at once, whatever was asked for. */
export const maxListRows = 2_000;

const shortText = z.string().max(500);
const longText = z.string().max(4_000);
const count = z.int().nonnegative();
/** Milliseconds since the Unix epoch, by the host's clock. */
const instant = z.number();
const durationMs = z.number().nonnegative();

/** An integer from 1, or a name given by the creator. */
export const taskId: z.ZodType<TaskId> = z.union([
  z.int().positive(),
  z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/),
]);
export const priority = z.enum(['CRITICAL', 'HIGH', 'NORMAL', 'LOW']);

/** Rows that crossed, and how many more there are: their sum is what a header counts. */
function listOf<Row extends z.ZodType>(row: Row) {
  return z.object({ rows: z.array(row).max(maxListRows), more: count });
}

/** A status kind and its word, as in `AI: Working`. `error` stays until a start or a dismissal. */
export const kindStatus = z.object({
  kind: shortText,
  label: shortText,
  word: shortText,
  state: z.enum(['working', 'ready', 'error']),
  /** What the word does not say, for the tooltip: the error, or the running task's title. */
  detail: longText.nullable(),
});

/**
 * The lane as this window sees it.
 *
 * - `stopped`: nobody started it in this window, and no other process owns it.
 * - `idle`: started, and nothing can run now.
 * - `running`: `active` is at work.
 * - `stopping`: `active` was interrupted and is not quiet yet.
 * - `paused`: a person paused it; `active`, if any, still runs to its end.
 * - `held`: something keeps it from starting more; `message` says what.
 */
export const laneState = z.object({
  phase: z.enum(['stopped', 'idle', 'running', 'stopping', 'paused', 'held']),
  /** Who runs the lane when it is not this window, such as `another window`; null when it is. */
  owner: shortText.nullable(),
  since: instant.nullable(),
  /** One sentence on why the lane is paused, held or stopping; null where the phase says it all. */
  message: longText.nullable(),
  /** When the lane goes on by itself, such as the end of a provider's rate limit. */
  resumesAt: instant.nullable(),
});

export const toolCall = z.object({
  /** Identifies the call within the attempt. */
  toolId: shortText,
  /** One line for a person, such as `Edit story/scene-07.md`. */
  title: longText,
  status: z.enum(['pending', 'running', 'done', 'failed']),
});

/** The newest live text of an attempt. */
export const outputTail = z.object({
  /** Sequence of the last chunk in `text`, from 1; 0 before the first. Counts within the attempt. */
  seq: count,
  text: z.string().max(outputTailChars),
  /** Whether earlier text exists that is not in `text`. */
  cut: z.boolean(),
});

export const activeTask = z.object({
  id: taskId,
  /** Fencing token of the attempt: an interrupt that names it cannot hit a later attempt. */
  token: count,
  title: longText,
  kind: shortText,
  kindLabel: shortText,
  /** Who works on it, as a person would say it: an agent's or a program's name. */
  agent: shortText,
  session: shortText.nullable(),
  /** From 1. */
  attempt: z.int().positive(),
  maxAttempts: z.int().positive().nullable(),
  startedAt: instant,
  /** How long the whole attempt is expected to take; null where nobody knows. */
  estimateMs: durationMs.nullable(),
  /** 0 to 100 as the program reported it; null where it reports none. */
  percent: z.number().min(0).max(100).nullable(),
  /** What the program last said about its progress. */
  progress: longText.nullable(),
  output: outputTail,
  /** The newest tool calls, oldest first; the host sends at most 8. */
  tools: z.array(toolCall).max(8),
  /** Whether there is a difference to look at. */
  hasDiff: z.boolean(),
});

/** One thing that waits for a person. */
export const attention = z.discriminatedUnion('type', [
  /** A running agent asks before it does something. */
  z.object({
    type: z.literal('permission'),
    questionId: shortText,
    task: taskId,
    title: longText,
    agent: shortText,
    /** Follows the agent's name in a sentence, such as `wants to run`. */
    wants: longText,
    /** What it wants to run or touch, shown as code; null where `wants` says it all. */
    subject: longText.nullable(),
    options: z
      .array(
        z.object({
          optionId: shortText,
          label: shortText,
          kind: z.enum(['allow_once', 'allow_always', 'reject_once', 'reject_always']),
        }),
      )
      .max(12),
    askedAt: instant,
    /** A person said `later`: it stays open, and stands behind the others. */
    later: z.boolean(),
  }),
  /** A task names a program that nobody on this machine approved yet. */
  z.object({
    type: z.literal('approval'),
    task: taskId,
    title: longText,
    /** Hash of exactly what is shown here; an approval names it, so it covers nothing else. */
    digest: shortText,
    commandLine: longText,
    workingDirectory: longText,
    /** Names of environment variables that the program would get beyond the usual. */
    environment: z.array(shortText).max(50),
    /** Where the task came from, such as `added by the command line`. */
    why: longText,
    at: instant,
  }),
  /** It failed and no retry will come by itself. */
  z.object({
    type: z.literal('failed'),
    task: taskId,
    title: longText,
    agent: shortText.nullable(),
    errorClass: shortText,
    message: longText,
    failures: count,
    at: instant,
  }),
  /** It failed too often: only a person revives it. */
  z.object({
    type: z.literal('poisoned'),
    task: taskId,
    title: longText,
    agent: shortText.nullable(),
    errorClass: shortText,
    message: longText,
    failures: count,
    at: instant,
  }),
  /** A person stopped it: it rests until retry, run now or cancel. */
  z.object({
    type: z.literal('interrupted'),
    task: taskId,
    title: longText,
    by: shortText.nullable(),
    at: instant,
  }),
  /** Something is wrong with the queue itself. */
  z.object({
    type: z.literal('health'),
    /** Which check: stable, so that the row keeps its place and focus. */
    check: shortText,
    severity: z.enum(['warning', 'error']),
    /** What is wrong and what to do about it, in one sentence. */
    text: longText,
  }),
]);

const rowBase = {
  id: taskId,
  title: longText,
  kind: shortText,
  kindLabel: shortText,
  priority,
  background: z.boolean(),
  session: shortText.nullable(),
  estimateMs: durationMs.nullable(),
};

/** A task that could start now; the list is in the order in which they will. */
export const upNextRow = z.object({
  ...rowBase,
  /** A person put it at its exact place. */
  moved: z.boolean(),
  /** The outside agent that it is for; null for the lane's own tasks. */
  agent: shortText.nullable(),
  /** Why it stands where it stands, for the tooltip. */
  why: longText,
});

export const waitingRow = z.object({
  ...rowBase,
  reason: z.enum([
    'dependency',
    'retry',
    'schedule',
    'paths',
    'approval',
    'agent',
    'group',
    'limit',
    'paused',
    'other',
  ]),
  /** What it waits for, in words a person would use: `after #12 Narrate the harbour scene`. */
  why: longText,
  /** When it stops waiting by itself; null where time alone does not end it. */
  dueAt: instant.nullable(),
});

export const workloadRow = z.object({
  agent: shortText,
  /** Whether this is the lane's own program. */
  lane: z.boolean(),
  state: z.enum(['working', 'asks', 'idle', 'paused', 'gone']),
  /** Tasks at work now. */
  running: count,
  /** Tasks held but not at work now, such as those that wait for an answer. */
  held: count,
  capacity: count,
  /** What it holds and when it was last seen, for the tooltip. */
  detail: longText.nullable(),
});

export const doneRow = z.object({
  id: taskId,
  title: longText,
  kindLabel: shortText,
  status: z.enum(['completed', 'failed', 'poisoned', 'interrupted', 'cancelled', 'skipped']),
  agent: shortText.nullable(),
  endedAt: instant,
  tookMs: durationMs.nullable(),
  /** The result, or for anything but `completed` the reason. */
  result: longText.nullable(),
});

/** Everything that the queue view shows at one position of the log. */
export const queueViewModel = z.object({
  /** The host's clock when this was built: elapsed times run on from here without messages. */
  generatedAt: instant,
  trusted: z.boolean(),
  /** `none`: there is no queue here yet. `halted`: it is read, but not written. */
  store: z.object({
    state: z.enum(['loading', 'none', 'open', 'halted']),
    /** What to do about `halted`. */
    message: longText.nullable(),
  }),
  /** The session that the person looks at. */
  session: shortText.nullable(),
  kinds: z.array(kindStatus).max(50),
  lane: laneState,
  active: activeTask.nullable(),
  needsYou: listOf(attention),
  /** `estimateMs`: until all of it is done, or null where too little is known. */
  upNext: listOf(upNextRow).extend({ estimateMs: durationMs.nullable() }),
  waiting: listOf(waitingRow),
  workload: listOf(workloadRow),
  doneToday: listOf(doneRow),
});

export type Priority = z.infer<typeof priority>;
export type KindStatus = z.infer<typeof kindStatus>;
export type LaneState = z.infer<typeof laneState>;
export type ToolCall = z.infer<typeof toolCall>;
export type OutputTail = z.infer<typeof outputTail>;
export type ActiveTask = z.infer<typeof activeTask>;
export type Attention = z.infer<typeof attention>;
export type UpNextRow = z.infer<typeof upNextRow>;
export type WaitingRow = z.infer<typeof waitingRow>;
export type WorkloadRow = z.infer<typeof workloadRow>;
export type DoneRow = z.infer<typeof doneRow>;
export type QueueViewModel = z.infer<typeof queueViewModel>;
