/** What whoever shows a queue hears of it, in the order in which things happened. */
import type { Notification } from '../protocol/webview.ts';

export type ViewEvent =
  | ({ readonly type: 'update' } & Notification<'update'>)
  | ({ readonly type: 'output' } & Notification<'output'>)
  | ({ readonly type: 'activity' } & Notification<'activity'>)
  /** What became of an edit of the queue file; `reasons` is a file that says what was refused. */
  | { readonly type: 'edit'; readonly message: string; readonly reasons: string | null }
  /** For whoever keeps a log. */
  | { readonly type: 'log'; readonly level: 'info' | 'warn' | 'error'; readonly message: string };
