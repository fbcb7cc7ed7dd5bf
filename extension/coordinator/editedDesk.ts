/**
 * What taking in the edits of others needs of a desk; named apart, since the desk itself calls it.
 *
 * Holds nothing: `Desk` is what stands behind it.
 */
import type { Command } from '../core/command.ts';
import type { LogRecord } from '../core/event.ts';
import type { Position } from '../core/ids.ts';
import type { Queue } from '../core/queue.ts';
import type { QueueFileForm } from '../protocol/queueFile.ts';
import type { LineSource, TaskStore } from '../store/taskStore.ts';
import type { Outcome } from './coordinator.ts';
import type { WorkspacePaths } from './workspace.ts';

export interface EditedDesk {
  readonly paths: WorkspacePaths;
  readonly store: TaskStore & LineSource;
  readonly queue: Queue;
  /** How the queue file is written here. */
  readonly queueFileForm: QueueFileForm;
  refresh(): Promise<readonly LogRecord[]>;
  execute(command: Command): Promise<Outcome>;
  /** The records after a position, in order. */
  history(after?: Position): Promise<readonly LogRecord[]>;
  /** From now on these bytes of the queue file are known to hold nothing new. */
  noteTakenIn(bytes: Uint8Array): void;
}

/** What to tell the person whose edits were taken in. */
export interface EditNote {
  readonly text: string;
  /** Where the reasons stand; null where nothing was refused. */
  readonly reasons: string | null;
}
