/** A log in a workspace of its own, and ways to look at and spoil its files. */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { position } from '../../extension/core/ids.ts';
import type { Position } from '../../extension/core/ids.ts';
import type { FileStore } from '../../extension/store/file/fileStore.ts';
import { openFileStore } from '../../extension/store/openStore.ts';
import type { OpenOptions } from '../../extension/store/openStore.ts';
import type { Batch, TaskStore } from '../../extension/store/taskStore.ts';
import { note, notes } from './storeNotes.ts';
import { newWorkspace } from './workspace.ts';

export interface FileLog {
  readonly workspaceDir: string;
  readonly logDir: string;
  /** Where the second witness is kept. */
  readonly gitCopyPath: string;
  /** Path of segment `number`, the first unless given. */
  readonly segment: (number?: number) => string;
  readonly bytes: (number?: number) => Buffer;
  readonly open: (options?: Partial<OpenOptions>) => FileStore;
}

/** Nothing exists yet but the workspace and its git directory. */
export function fileLog(): FileLog {
  const workspaceDir = newWorkspace();
  const logDir = join(workspaceDir, 'AI', 'log');
  const gitCopyPath = join(workspaceDir, '.git', 'signalbox-witness.json');
  mkdirSync(join(workspaceDir, '.git'));
  const segment = (number = 1) => join(logDir, `seg-${number}.jsonl`);
  return {
    workspaceDir,
    logDir,
    gitCopyPath,
    segment,
    bytes: (number) => readFileSync(segment(number)),
    open: (options) => {
      const store = openFileStore({
        workspaceDir,
        gitCopyPath,
        create: true,
        writer: 'test',
        ...options,
      });
      onTestFinished(async () => store[Symbol.asyncDispose]());
      return store;
    },
  };
}

/** A note during whose writing, after the log was read and before anything is written, `act` runs. */
export function interruptedNote(message: string, act: () => void): Batch {
  let done = false;
  const event = note(message);
  Object.defineProperty(event, 'message', {
    enumerable: true,
    get: () => {
      if (!done) {
        done = true;
        act();
      }
      return message;
    },
  });
  return { ...notes(), events: [event] };
}

/** Appends at the end as it is now. */
export async function add(store: TaskStore, ...messages: readonly string[]): Promise<Position> {
  const end = await endOf(store);
  const appended = await store.append(notes(...messages), end);
  if (!appended.ok) throw new Error('Lost a race that nobody else ran');
  return position(end + messages.length);
}

export async function endOf(store: TaskStore): Promise<Position> {
  return (await store.read(position(0))).at(-1)?.seq ?? position(0);
}

export async function messagesOf(store: TaskStore): Promise<readonly string[]> {
  const records = await store.read(position(0));
  return records.filter(({ event }) => event === 'NOTE').map(({ message }) => message);
}
