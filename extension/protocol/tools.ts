/**
 * The tools by which an agent uses the queue: their names, what they take, what they answer.
 *
 * Texts are written for a model to read. What a tool does is its front end's business.
 */
import { z } from 'zod';
import { dependencyPolicies, priorities } from '../core/task.ts';

const taskId = z
  .union([z.int().positive(), z.string().min(1).max(64)])
  .describe('The id of the task: a number, or a name.');
const token = z
  .int()
  .positive()
  .optional()
  .describe('The fencing token of your claim. May be left out: this session remembers its own.');
const message = z.string().max(4_000);
const word = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/);
const shortText = z.string().min(1).max(200);
const instant = z.string().regex(/^\d{4}-\d{2}-\d{2}/);
const paths = z
  .array(z.string().min(1).max(500))
  .min(1)
  .max(100)
  .describe('Paths or globs, from the root of the workspace.');
const priority = z.enum(priorities);

/** A task as in `TASK_QUEUE.json`. */
const task = z.looseObject({ id: taskId, title: z.string(), status: z.string() });

/** Of every answer: a refusal has `ok: false` and the reason word of the command line. */
const answer = {
  ok: z.boolean(),
  reason: z.string().optional(),
  message: z.string().optional(),
};
const changed = {
  ...answer,
  id: taskId.optional(),
  seq: z.int().nullable().optional().describe('Position of the change in the log.'),
};
const claimed = {
  ...answer,
  task: task.nullable().optional(),
  token: z.int().optional(),
  lease_expires: z.string().optional(),
  warning: z.string().optional(),
};

export interface Tool {
  readonly title: string;
  readonly description: string;
  readonly input: z.ZodObject;
  readonly output: z.ZodObject;
  /** Changes nothing. */
  readonly readOnly?: true;
  /** Ends something that cannot be had back. */
  readonly destructive?: true;
  /** Doing it twice is doing it once. */
  readonly idempotent?: true;
}

const takes = <Shape extends z.ZodRawShape>(shape: Shape) => z.strictObject(shape);
const answers = <Shape extends z.ZodRawShape>(shape: Shape) => z.looseObject(shape);

export const tools = {
  task_add: {
    title: 'Add a task',
    description:
      'Adds a task to the shared queue, for any agent to claim. With a program it is for the lane, and waits until a person has approved that program on this machine.',
    input: takes({
      title: z.string().min(1).max(500),
      description: z.string().max(1_000_000).optional().describe('The prompt: what is to be done.'),
      id: word.optional().describe('A name of your own instead of the next number.'),
      type: word.optional().describe('technical, content, creative, any, or a configured word.'),
      priority: priority.optional(),
      depends: z.array(taskId).max(200).optional().describe('Tasks to be completed before it.'),
      on_dependency_failure: z.enum(dependencyPolicies).optional(),
      key: shortText.optional().describe('While a task with this key waits, no second is added.'),
      dedupe: z.enum(['keep', 'replace']).optional().describe('What a second one with it does.'),
      session: shortText.optional(),
      group: shortText.optional(),
      labels: z.array(shortText).max(50).optional(),
      estimate_minutes: z.number().positive().max(1_000_000).optional(),
      deadline: instant.optional().describe('ISO 8601; past it the task is skipped.'),
      not_before: instant.optional().describe('ISO 8601; before it the task does not start.'),
      paths: paths.optional(),
      background: z.boolean().optional().describe('Yields to everything a person asked for.'),
      program: z
        .string()
        .max(10_000)
        .optional()
        .describe('acp:AGENT (a configured agent), external, or shell:COMMAND LINE.'),
    }),
    output: answers({
      ...changed,
      created: z.boolean().optional(),
      needs_approval: z.boolean().optional(),
      warnings: z.array(z.string()).optional(),
    }),
  },
  task_list: {
    title: 'List tasks',
    description:
      'Lists tasks in order of creation, or with `ready` those that you could claim now, best first.',
    input: takes({
      status: z
        .enum([
          'pending',
          'in_progress',
          'completed',
          'failed',
          'poisoned',
          'interrupted',
          'cancelled',
          'skipped',
        ])
        .optional(),
      agent: z.string().max(64).optional().describe('Only what this agent holds.'),
      ready: z.boolean().optional(),
      limit: z.int().min(1).max(500).optional().describe('At most so many; default 50.'),
    }),
    output: answers({
      ...answer,
      tasks: z.array(task).optional(),
      total: z.int().optional().describe('How many there are without the limit.'),
    }),
    readOnly: true,
  },
  task_get: {
    title: 'Show a task',
    description: 'One task with its whole description, its checkpoint and its recent history.',
    input: takes({ id: taskId }),
    output: answers({
      ...answer,
      task: task.optional(),
      history: z.array(z.looseObject({ seq: z.int(), event: z.string() })).optional(),
    }),
    readOnly: true,
  },
  task_next: {
    title: 'Next task',
    description:
      'The best task that you could start now, of that priority or higher, and why. With `claim` you get it in the same step. `task: null` means that there is nothing for you at present.',
    input: takes({
      priority: priority.optional().describe('Not below this one.'),
      claim: z.boolean().optional().describe('Claims it for you.'),
    }),
    output: answers({ ...claimed, why: z.array(z.string()).optional() }),
  },
  task_claim: {
    title: 'Claim a task',
    description:
      'Takes a task for you alone. Refused at once where another holds it. Hold it only while you work on it, and end it by task_complete, task_fail or task_release.',
    input: takes({ id: taskId, token }),
    output: answers(claimed),
    idempotent: true,
  },
  task_heartbeat: {
    title: 'Heartbeat',
    description:
      'Shows that you still work on a task, and tells whether you still hold it. This server sends heartbeats by itself while it runs.',
    input: takes({ id: taskId, token }),
    output: answers({
      ...answer,
      id: taskId.optional(),
      token: z.int().optional(),
      lease_expires: z.string().optional(),
    }),
    idempotent: true,
  },
  task_progress: {
    title: 'Report progress',
    description: 'Says how far a task that you hold is.',
    input: takes({
      id: taskId,
      percent: z.number().min(0).max(100),
      message: message.optional().describe('What was done.'),
      token,
    }),
    output: answers(changed),
    idempotent: true,
  },
  task_checkpoint: {
    title: 'Save a checkpoint',
    description:
      'Keeps where you are in a task that you hold, for whoever goes on after an interruption.',
    input: takes({ id: taskId, data: z.unknown().describe('Any JSON.'), token }),
    output: answers(changed),
    idempotent: true,
  },
  task_complete: {
    title: 'Complete a task',
    description:
      'Ends a task that you hold and have finished and checked. Answers with what became available.',
    input: takes({
      id: taskId,
      result: z.string().max(1_000_000).optional().describe('What was done, in short.'),
      token,
    }),
    output: answers({
      ...changed,
      actual_minutes: z.number().nullable().optional(),
      available: z.array(taskId).optional(),
      progress: z.object({ completed: z.int(), total: z.int() }).optional(),
    }),
    idempotent: true,
  },
  task_fail: {
    title: 'Fail a task',
    description:
      'Ends your attempt at a task that did not work. The queue decides whether and when it is tried again.',
    input: takes({
      id: taskId,
      error_class: word.describe('One word, such as BUILD_ERROR or TIMEOUT.'),
      message: message.describe('What went wrong.'),
      token,
    }),
    output: answers({
      ...changed,
      status: z.string().optional(),
      failures: z.int().optional(),
      not_before: z.string().nullable().optional(),
    }),
  },
  task_release: {
    title: 'Release a task',
    description: 'Gives a task that you hold back unfinished, for another agent to take.',
    input: takes({ id: taskId, reason: message.optional(), token }),
    output: answers(changed),
    idempotent: true,
  },
  task_cancel: {
    title: 'Cancel a task',
    description: 'Ends a task for good, undone. What depends on it will not start.',
    input: takes({ id: taskId, reason: message.optional(), token }),
    output: answers(changed),
    destructive: true,
    idempotent: true,
  },
  task_retry: {
    title: 'Retry a task',
    description:
      'Makes a failed or interrupted task pending now, whatever delay is left. Does not claim it.',
    input: takes({
      id: taskId,
      agent: z
        .string()
        .max(64)
        .optional()
        .describe('Sets it aside for this agent for ten minutes; auto: another capable one.'),
    }),
    output: answers({ ...changed, set_aside: z.string().nullable().optional() }),
    idempotent: true,
  },
  queue_status: {
    title: 'Status of the queue',
    description: 'Counts, who works on what, what the lane does, and what you hold.',
    input: takes({}),
    output: answers({
      ...answer,
      agent: z.string().optional().describe('Your name in this queue.'),
      held: z.array(z.object({ id: taskId, token: z.int() })).optional(),
    }),
    readOnly: true,
  },
  audit_query: {
    title: 'Query the audit trail',
    description: 'Lines of the log, newest last: all, of a task, of an agent, errors, or counts.',
    input: takes({
      what: z.enum(['recent', 'task', 'agent', 'errors', 'stats']).optional(),
      id: taskId.optional().describe('With what: task.'),
      agent: z.string().max(64).optional().describe('With what: agent.'),
      limit: z.int().min(1).max(500).optional().describe('At most so many lines; default 20.'),
    }),
    output: answers({
      ...answer,
      items: z.array(z.looseObject({ seq: z.int(), event: z.string() })).optional(),
    }),
    readOnly: true,
  },
  paths_reserve: {
    title: 'Reserve paths',
    description:
      'Says which files a task that you hold will touch, so that tasks for the same files wait for it.',
    input: takes({
      paths,
      id: taskId.optional().describe('Which of the tasks that you hold; needed if several.'),
      token,
    }),
    output: answers({ ...changed, paths: z.array(z.string()).optional() }),
    idempotent: true,
  },
  paths_release: {
    title: 'Release paths',
    description: 'Gives reserved paths of a task that you hold back: those named, or all.',
    input: takes({
      paths: paths.optional(),
      id: taskId.optional().describe('Which of the tasks that you hold; needed if several.'),
      token,
    }),
    output: answers({ ...changed, paths: z.array(z.string()).optional() }),
    idempotent: true,
  },
} as const satisfies Readonly<Record<string, Tool>>;

export type ToolName = keyof typeof tools;

export type ToolInput<Name extends ToolName> = z.infer<(typeof tools)[Name]['input']>;

/** What a tool answers, before it is put into the form that its front end speaks. */
export type ToolAnswer = Readonly<Record<string, unknown>> & { readonly ok: boolean };

/** One handler for each tool: a tool without one, or with a wrong input, does not compile. */
export type ToolHandlers = {
  readonly [Name in ToolName]: (input: ToolInput<Name>) => Promise<ToolAnswer>;
};
