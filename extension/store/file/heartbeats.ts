/**
 * Signs of life of held claims: a file in the claim's lock directory that its holder rewrites.
 *
 * Makes no lock directories, and decides nothing by a heartbeat's age.
 */
import { closeSync, constants, fstatSync, ftruncateSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { instant, parseTaskId } from '../../core/ids.ts';
import type { Position, TaskId } from '../../core/ids.ts';
import type { Beat } from '../taskStore.ts';
import {
  checkDirectory,
  openFile,
  readAt,
  readOnly,
  readSmallFile,
  storeError,
  unsafePath,
} from './paths.ts';

const maxBytes = 200;

export class Heartbeats {
  readonly #root: string;
  readonly #locksDir: string;

  constructor(root: string, locksDir: string) {
    this.#root = root;
    this.#locksDir = locksDir;
  }

  /** Nothing happens where the claim's lock directory is missing or another claim's. */
  beat(task: TaskId, token: Position): void {
    const lock = this.#lockOf(task, token);
    if (lock === null) return;
    const path = join(lock, 'heartbeat');
    const file = openFile(path, constants.O_WRONLY | constants.O_CREAT);
    if (file === null) return;
    try {
      // Two beats may fall into one tick of the file's own time, and must still differ.
      const text = `${new Date().toISOString()} ${process.hrtime.bigint()}\n`;
      const written = writeSync(file.fd, text, 0);
      ftruncateSync(file.fd, written);
    } catch (error) {
      throw storeError(error, 'write the heartbeat', path);
    } finally {
      closeSync(file.fd);
    }
  }

  last(task: TaskId, token: Position): Beat | null {
    const lock = this.#lockOf(task, token);
    if (lock === null) return null;
    const path = join(lock, 'heartbeat');
    const file = openFile(path, readOnly);
    if (file === null) return null;
    try {
      // A script may touch the file instead of writing it, so its time is part of the mark.
      const { mtimeNs } = fstatSync(file.fd, { bigint: true });
      const text = readAt(file.fd, 0, Math.min(file.sizeBytes, maxBytes)).toString('latin1').trim();
      const at = instant(Number(mtimeNs / 1_000_000n));
      return { token, mark: `${mtimeNs} ${text}`, at };
    } catch (error) {
      throw storeError(error, 'read the heartbeat', path);
    } finally {
      closeSync(file.fd);
    }
  }

  #lockOf(task: TaskId, token: Position): string | null {
    const lock = join(this.#locksDir, `task_${task}.lock`);
    // A name from outside was parsed long ago; a path is the last place to notice that it was not.
    if (parseTaskId(task) === undefined) throw unsafePath(lock, 'its name is no task id');
    if (!checkDirectory(this.#root, lock)) return null;
    const named = readSmallFile(join(lock, 'token'), maxBytes)?.toString('latin1').trim();
    return named === String(token) ? lock : null;
  }
}
