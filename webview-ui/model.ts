/**
 * What the webview knows, as a fold over what the host said.
 *
 * Holds no truth of its own and guesses nothing: whatever does not follow from what came before is
 * dropped, and the whole is asked for again. Knows neither DOM nor clock nor who shows it.
 */
import { appendOutput } from '../extension/protocol/outputTail.ts';
import type { ActiveTask, QueueViewModel } from '../extension/protocol/webviewModel.ts';
import type { HostMessage, WebviewMessage } from '../extension/protocol/webview.ts';
import { webviewProtocol } from '../extension/protocol/webview.ts';
import { taskKey } from '../extension/core/ids.ts';

/**
 * - `waiting`: said `ready`, or saw a gap and asked for the whole again; everything but a snapshot
 *   is dropped.
 * - `live`: stands at `end` and follows.
 * - `mismatch`: the host speaks another version; only a reload of the window helps.
 */
export interface ViewState {
  readonly connection: 'waiting' | 'live' | 'mismatch';
  /** Position of the log that `model` shows. */
  readonly end: number;
  /** Null before the first snapshot; kept, though stale, while waiting for the next one. */
  readonly model: QueueViewModel | null;
  /** What to add to the local clock to have the host's, in milliseconds. */
  readonly clockOffsetMs: number;
}

export const initialState: ViewState = {
  connection: 'waiting',
  end: 0,
  model: null,
  clockOffsetMs: 0,
};

export interface Step {
  readonly state: ViewState;
  /** What to tell the host because of it. */
  readonly say: Extract<WebviewMessage, { type: 'resync' }> | null;
}

/** Folds what the host said at `localNow`, by the webview's own clock, into the state. */
export function receive(state: ViewState, message: HostMessage, localNow: number): Step {
  if (state.connection === 'mismatch') return stay(state);
  switch (message.type) {
    case 'snapshot':
      if (message.protocol !== webviewProtocol) {
        return stay({ ...state, connection: 'mismatch' });
      }
      return stay(standAt(message.end, message.model, localNow));
    case 'update': {
      if (state.connection === 'waiting' || state.model === null) return stay(state);
      if (message.from !== state.end || message.end < message.from) return resync(state, 'gap');
      const active = mergeActive(state.model.active, message.model.active);
      return stay(standAt(message.end, { ...message.model, active }, localNow));
    }
    case 'output': {
      const active = activeFor(state, message);
      if (active === null || message.seq <= active.output.seq) return stay(state);
      if (message.seq !== active.output.seq + 1) return resync(state, 'output-gap');
      const output = appendOutput(active.output, message.seq, message.text);
      return stay(withActive(state, { ...active, output }));
    }
    case 'activity': {
      const active = activeFor(state, message);
      if (active === null) return stay(state);
      const { percent, progress, tools } = message;
      return stay(withActive(state, { ...active, percent, progress, tools }));
    }
    case 'reveal':
    case 'page':
    case 'response':
    case 'failure':
      return stay(state);
  }
}

/** Folds something unreadable: it may have been an update, so the whole is asked for again. */
export function receiveUnreadable(state: ViewState): Step {
  return state.connection === 'live' ? resync(state, 'unreadable') : stay(state);
}

function standAt(end: number, model: QueueViewModel, localNow: number): ViewState {
  return { connection: 'live', end, model, clockOffsetMs: model.generatedAt - localNow };
}

/** An update may have been built before live text that overtook it; what was shown stays. */
function mergeActive(before: ActiveTask | null, after: ActiveTask | null): ActiveTask | null {
  if (before === null || after === null || !sameAttempt(before, after)) return after;
  return before.output.seq > after.output.seq ? { ...after, output: before.output } : after;
}

/** The active task if `attempt` means it. Text of an attempt not shown yet comes with its model. */
function activeFor(
  state: ViewState,
  attempt: Pick<Extract<HostMessage, { type: 'output' }>, 'task' | 'token'>,
): ActiveTask | null {
  const active = state.connection === 'live' ? (state.model?.active ?? null) : null;
  if (active === null) return null;
  return sameAttempt(active, { id: attempt.task, token: attempt.token }) ? active : null;
}

function sameAttempt(
  one: Pick<ActiveTask, 'id' | 'token'>,
  other: Pick<ActiveTask, 'id' | 'token'>,
): boolean {
  return one.token === other.token && taskKey(one.id) === taskKey(other.id);
}

function withActive(state: ViewState, active: ActiveTask): ViewState {
  return state.model === null ? state : { ...state, model: { ...state.model, active } };
}

function resync(state: ViewState, reason: 'gap' | 'output-gap' | 'unreadable'): Step {
  return {
    state: { ...state, connection: 'waiting' },
    say: { type: 'resync', have: state.end, reason },
  };
}

function stay(state: ViewState): Step {
  return { state, say: null };
}
