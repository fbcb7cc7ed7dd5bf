/**
 * Everything that crosses between the host and the webview, in both directions.
 *
 * Both sides import this file (and the model beside it) and nothing else of each other. A message
 * that is not here, or does not parse, does not exist: it is logged and dropped.
 *
 * The conversation: the webview says `ready`; the host answers with a `snapshot` and then tells
 * `update`s. An update holds for whoever stands at its `from`; `from` equals `end` when something
 * outside the log changed (trust, the lane's phase, a due time). Live text comes as `output` with a
 * sequence of its own per attempt. Whoever sees a gap in either asks to `resync` and is answered
 * with a `snapshot`; nothing is ever guessed. All else is a request with an id and an answer.
 */
// As a namespace, so that the view's bundle leaves out what it does not use.
import * as z from 'zod';
import {
  maxListRows,
  outputTailChars,
  priority,
  queueViewModel,
  taskId,
  toolCall,
} from './webviewModel.ts';

/** Raised when a webview of the one version and a host of the other would misread each other. */
export const webviewProtocol = 1;

const position = z.int().nonnegative();
const token = z.int().nonnegative();
const nothing = z.object({});

/** What a change of the queue is answered with; a refusal is an answer, and says why. */
export const outcome = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true) }),
  /** `reason` is the word of the contract (`stale-token`, …), `message` the sentence for people. */
  z.object({ ok: z.literal(false), reason: z.string().max(100), message: z.string().max(4_000) }),
]);

const place = z.discriminatedUnion('at', [
  z.object({ at: z.literal('first') }),
  z.object({ at: z.literal('last') }),
  z.object({ at: z.literal('before'), task: taskId }),
  z.object({ at: z.literal('after'), task: taskId }),
]);

const sections = ['needsYou', 'upNext', 'waiting', 'workload', 'doneToday'] as const;

/** Webview asks, host answers. */
export const requests = {
  /** Opens the host's own input for a new task. */
  addTask: { params: nothing, result: outcome },
  /** Adds what was written in the view itself, where the host has no input of its own. */
  submitTask: {
    params: z.object({
      title: z.string().trim().min(1).max(500),
      description: z.string().max(100_000),
      priority,
      /** `shell:COMMAND LINE` or `acp:AGENT`; empty for agents. It waits for an approval. */
      program: z.string().max(4_000),
    }),
    result: outcome,
  },
  /** Every waiting task of the lane ends as skipped. */
  clearWaiting: { params: nothing, result: outcome },
  /** Starts the lane in this window. */
  startLane: { params: nothing, result: outcome },
  /** Ends this window's start; what runs goes on to its end. */
  stopLane: { params: nothing, result: outcome },
  pauseLane: { params: nothing, result: outcome },
  resumeLane: { params: nothing, result: outcome },
  /** Stops the attempt that holds `token`; a later attempt is left alone. */
  interruptTask: { params: z.object({ task: taskId, token }), result: outcome },
  /** Final. The webview sends it only after its time to undo has passed. */
  cancelTask: { params: z.object({ task: taskId }), result: outcome },
  moveTask: { params: z.object({ task: taskId, place }), result: outcome },
  prioritizeTask: { params: z.object({ task: taskId, priority }), result: outcome },
  /** Makes a failed or interrupted task pending now. */
  retryTask: { params: z.object({ task: taskId }), result: outcome },
  /** Puts it first and starts the lane. */
  runTaskNow: { params: z.object({ task: taskId }), result: outcome },
  /** Approves exactly what was shown: refused if its digest is another by now. */
  approveTask: { params: z.object({ task: taskId, digest: z.string().max(500) }), result: outcome },
  answerQuestion: {
    params: z.object({
      questionId: z.string().max(500),
      answer: z.discriminatedUnion('outcome', [
        z.object({ outcome: z.literal('selected'), optionId: z.string().max(500) }),
        z.object({ outcome: z.literal('later') }),
      ]),
    }),
    result: outcome,
  },
  /** Empties the failure record of a task; revives a poisoned one. */
  clearRecovery: { params: z.object({ task: taskId }), result: outcome },
  openTask: {
    params: z.object({ task: taskId, show: z.enum(['details', 'transcript', 'diff']) }),
    result: outcome,
  },
  copyTaskId: { params: z.object({ task: taskId }), result: outcome },
  /** Says which session the person looks at; null for none. */
  focusSession: { params: z.object({ session: z.string().max(500).nullable() }), result: outcome },
  /** Puts a kind's error word away. */
  dismissKindError: { params: z.object({ kind: z.string().max(500) }), result: outcome },
  /** Asks for at least so many rows of a list from now on; they come with the next update. */
  showMore: {
    params: z.object({ section: z.enum(sections), rows: z.int().positive().max(maxListRows) }),
    result: outcome,
  },
  openHealth: { params: nothing, result: outcome },
  /** Opens the editor's own dialogue on workspace trust. */
  manageTrust: { params: nothing, result: outcome },
} satisfies Record<string, { readonly params: z.ZodType; readonly result: z.ZodType }>;

export type Requests = typeof requests;
export type RequestName = keyof Requests;
export type Params<Name extends RequestName> = z.infer<Requests[Name]['params']>;
export type Result<Name extends RequestName> = z.infer<Requests[Name]['result']>;
export type Outcome = z.infer<typeof outcome>;

/** One handler for each request: a request without one, or with a wrong shape, does not compile. */
export type RequestHandlers = {
  readonly [Name in RequestName]: (params: Params<Name>) => Promise<Result<Name>>;
};

/** Host tells, webview does not answer. */
export const notifications = {
  /** The whole truth at `end`, in answer to `ready` and `resync`. */
  snapshot: z.object({ protocol: z.int(), end: position, model: queueViewModel }),
  /** The whole model at `end`, for whoever stands at `from`. */
  update: z.object({ from: position, end: position, model: queueViewModel }),
  /** The next live text of an attempt: `seq` is one more than that of the chunk before. */
  output: z.object({
    task: taskId,
    token,
    seq: z.int().positive(),
    text: z.string().max(outputTailChars),
  }),
  /** What the active attempt does, whole each time, so one may be lost without harm. */
  activity: z.object({
    task: taskId,
    token,
    percent: z.number().min(0).max(100).nullable(),
    progress: z.string().max(4_000).nullable(),
    tools: z.array(toolCall).max(8),
  }),
  /** Puts the focus on a task's row, or on the lane's card. */
  reveal: z.object({ task: taskId }),
  /** Something to read, for a view whose host has no documents of its own to open. */
  page: z.object({
    title: z.string().max(4_000),
    facts: z.array(z.object({ name: z.string().max(500), value: z.string().max(4_000) })).max(50),
    texts: z
      .array(z.object({ heading: z.string().max(500), text: z.string().max(200_000) }))
      .max(9),
  }),
} satisfies Record<string, z.ZodType>;

export type NotificationName = keyof typeof notifications;
export type Notification<Name extends NotificationName> = z.infer<(typeof notifications)[Name]>;

const requestNames = Object.keys(requests) as [RequestName, ...RequestName[]];

const webviewEnvelope = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready'), protocol: z.int() }),
  /** The webview stands at `have` and saw something that does not follow. */
  z.object({
    type: z.literal('resync'),
    have: position,
    reason: z.enum(['gap', 'output-gap', 'unreadable']),
  }),
  z.object({
    type: z.literal('request'),
    /** Unique within the life of one webview. */
    id: z.int().positive(),
    name: z.enum(requestNames),
    params: z.unknown(),
  }),
]);

const hostEnvelope = z.discriminatedUnion('type', [
  notifications.snapshot.extend({ type: z.literal('snapshot') }),
  notifications.update.extend({ type: z.literal('update') }),
  notifications.output.extend({ type: z.literal('output') }),
  notifications.activity.extend({ type: z.literal('activity') }),
  notifications.reveal.extend({ type: z.literal('reveal') }),
  notifications.page.extend({ type: z.literal('page') }),
  /** The answer to request `id`; without `result` the handler threw, and `error` is for people. */
  z.object({ type: z.literal('response'), id: z.int().positive(), result: z.unknown() }),
  z.object({ type: z.literal('failure'), id: z.int().positive(), error: z.string().max(4_000) }),
]);

export type RequestMessage = {
  [Name in RequestName]: {
    readonly type: 'request';
    readonly id: number;
    readonly name: Name;
    readonly params: Params<Name>;
  };
}[RequestName];

export type WebviewMessage =
  Exclude<z.infer<typeof webviewEnvelope>, { type: 'request' }> | RequestMessage;
export type HostMessage = z.infer<typeof hostEnvelope>;
export type ResponseMessage = Extract<HostMessage, { type: 'response' | 'failure' }>;

export type Parsed<Message> =
  | { readonly ok: true; readonly message: Message }
  | { readonly ok: false; readonly problem: string };

/** What the webview said, as read by the host. */
export function parseWebviewMessage(value: unknown): Parsed<WebviewMessage> {
  const envelope = webviewEnvelope.safeParse(value);
  if (!envelope.success) return unreadable(envelope.error);
  if (envelope.data.type !== 'request') return { ok: true, message: envelope.data };
  const { id, name } = envelope.data;
  const params = requests[name].params.safeParse(envelope.data.params);
  if (!params.success) return unreadable(params.error);
  return {
    ok: true,
    message: { type: 'request', id, name, params: params.data } as RequestMessage,
  };
}

/** What the host said, as read by the webview. */
export function parseHostMessage(value: unknown): Parsed<HostMessage> {
  const envelope = hostEnvelope.safeParse(value);
  return envelope.success ? { ok: true, message: envelope.data } : unreadable(envelope.error);
}

/** Lets the one right handler answer `request`; what it throws becomes a `failure`. Never rejects. */
export async function answerRequest(
  handlers: RequestHandlers,
  request: RequestMessage,
): Promise<ResponseMessage> {
  // The union over names cannot be followed through the index; the two types are built in step.
  const handle = handlers[request.name] as (params: unknown) => Promise<unknown>;
  try {
    return { type: 'response', id: request.id, result: await handle(request.params) };
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    return { type: 'failure', id: request.id, error: text.slice(0, 4_000) };
  }
}

function unreadable(error: z.ZodError): { readonly ok: false; readonly problem: string } {
  return { ok: false, problem: z.prettifyError(error).slice(0, 2_000) };
}
