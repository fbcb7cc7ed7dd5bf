/**
 * Brings everything on disk that is computed from the log past a change: the audit file, the failed
 * list, the visible locks and the queue file.
 *
 * Holds no truth. Whatever of it is deleted, torn or changed by others is made again from the log,
 * and what others wrote is kept. The queue file comes last, so that its position says of all.
 */
import { lstatSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { Position, TaskKey } from '../../core/ids.ts';
import { position, taskKey } from '../../core/ids.ts';
import type { Queue } from '../../core/queue.ts';
import type { QueueFileForm, QueueFileHead } from '../../protocol/queueFile.ts';
import { encodeQueue, encodeQueueHead } from '../../protocol/queueFile.ts';
import { noHash, parseLine } from '../../protocol/record.ts';
import { NotAtHand, withLines } from '../../store/taskStore.ts';
import type { LineSource } from '../../store/taskStore.ts';
import { makeFolder } from '../prepareWorkspace.ts';
import type { WorkspacePaths } from '../workspace.ts';
import { projectAudit } from './auditFile.ts';
import { projectFailedTasks } from './failedTasks.ts';
import { leftoversIn } from './files.ts';
import type { LockDirs } from './lockDirs.ts';
import { withProjectorLock } from './projectorLock.ts';
import type { OlderFile, Standing } from './queueFileOnDisk.ts';
import { bodyOf, hashOf, replaceQueueFile } from './queueFileOnDisk.ts';
import { patchQueue } from './queueFilePatch.ts';
import { notedAgeMs, writtenAs } from './queueFileStamp.ts';

export interface ProjectorOptions {
  readonly paths: WorkspacePaths;
  /** Must know the log as far as any queue that is projected. */
  readonly lines: LineSource;
  readonly locks: LockDirs;
  /** How the queue file is to be written, asked each time. */
  readonly form: () => QueueFileForm;
}

export interface Projected {
  /** What could not be projected, and why; the log has it all the same. */
  readonly warnings: readonly string[];
  /** Where files were put that others had written in a projection's place. */
  readonly kept: readonly string[];
}

const nothingDone: Projected = { warnings: [], kept: [] };

export interface ProjectOptions {
  /**
   * Compares every byte with the log, as healing does; else only what a projection's size and end
   * show is noticed.
   */
  readonly thorough?: boolean;
  /** Whether a queue file of others holds nothing that is not in the log, and need not be kept. */
  readonly isTakenIn?: (bytes: Buffer) => boolean;
}

/** How old the queue file is before a process that is in no hurry replaces it. */
const restMs = 100;

/** Lines beyond which a queue file is made anew: to look up each costs more than that. */
const maxPatches = 500;

/** Where the log stands at the end of the queue that is projected. */
interface End {
  readonly seq: Position;
  readonly hash: string;
  readonly logId: string;
  readonly epoch: number;
}

export class Projector {
  readonly #paths: WorkspacePaths;
  readonly #lines: LineSource;
  readonly #locks: LockDirs;
  readonly #form: () => QueueFileForm;

  constructor({ paths, lines, locks, form }: ProjectorOptions) {
    this.#paths = paths;
    this.#lines = lines;
    this.#locks = locks;
    this.#form = form;
  }

  /**
   * Resolves when every projection shows at least `queue`, by this process or by another.
   *
   * Never fails: a change that is recorded stays recorded, whatever the disk says to its copies.
   */
  async project(queue: Queue, options: ProjectOptions = {}): Promise<Projected> {
    const { end } = queue;
    const isDone = () => options.thorough !== true && this.#isPast(end);
    return (await this.#underLock(queue, options, { isDone, isPatient: true })) ?? nothingDone;
  }

  /**
   * As `project`, for a process that goes on anyway: leaves the work to whoever is at it, and to
   * whoever was at it just now, so that many processes together do not project all the time.
   *
   * @returns null where someone else is or was at it, and this is to be called again
   */
  async projectUnlessBusy(queue: Queue, options: ProjectOptions = {}): Promise<Projected | null> {
    if (this.#isJustWritten()) return null;
    if (this.#isPast(queue.end)) return nothingDone;
    return this.#underLock(queue, options, { isDone: () => false, isPatient: false });
  }

  async #underLock(
    queue: Queue,
    options: ProjectOptions,
    waiting: { readonly isDone: () => boolean; readonly isPatient: boolean },
  ): Promise<Projected | null> {
    try {
      makeFolder(this.#paths.state, 0o755);
      makeFolder(this.#paths.locks, 0o700);
      return await withLines(() =>
        withProjectorLock(path.join(this.#paths.locks, '.projector'), {
          ...waiting,
          project: () => this.#projectAll(queue, options),
        }),
      );
    } catch (error) {
      return { ...nothingDone, warnings: [warning('The projections', error)] };
    }
  }

  #isJustWritten(): boolean {
    const stats = lstatSync(this.#paths.queueFile, { throwIfNoEntry: false });
    const writtenMs = stats === undefined ? Infinity : Date.now() - stats.mtimeMs;
    // A tracked file stays as it is while only claims come and go.
    const ageMs = this.#form() === 'live' ? writtenMs : notedAgeMs(this.#paths);
    // A time to come says nothing.
    return ageMs >= 0 && ageMs < restMs;
  }

  /** Whether another process has projected position `end` or more of this log. */
  #isPast(end: Position): boolean {
    const shown = writtenAs(this.#paths);
    if (shown === null || shown.seq < end || shown.form !== this.#form()) return false;
    const hash = this.#lines.hashAt(shown.seq);
    return hash === undefined ? shown.seq > end : hash === shown.hash;
  }

  /** The queue is read here and not before: it may have grown while the lock was awaited. */
  #projectAll(
    queue: Queue,
    { thorough = false, isTakenIn = () => false }: ProjectOptions,
  ): Projected {
    const warnings: string[] = [];
    const kept: string[] = [];
    const attempt = <Result>(what: string, work: () => Result): Result | null => {
      try {
        return work();
      } catch (error) {
        if (error instanceof NotAtHand) throw error;
        warnings.push(warning(what, error));
        return null;
      }
    };
    const at = new Date();
    const end = this.#endOf(queue.end);
    const audited = attempt(this.#paths.auditFile, () =>
      projectAudit({
        paths: this.#paths,
        lines: this.#lines,
        end: end.seq,
        rotations: queue.auditRotations,
        at,
        thorough,
      }),
    );
    if (audited?.kept != null) kept.push(audited.kept);
    // These two say nothing of how far they are. The audit file does, and is always written first.
    if (audited?.isNewer !== true) {
      attempt(this.#paths.failedTasks, () => projectFailedTasks(this.#paths, queue));
      attempt(this.#paths.locks, () => this.#locks.sync(queue));
    }
    attempt(this.#paths.state, () => this.#sweep());
    const form = this.#form();
    const replaced = attempt(this.#paths.queueFile, () =>
      replaceQueueFile({
        paths: this.#paths,
        at,
        text: (older) => this.#encodeQueueFile(queue, { ...end, form }, older),
        standing: (head) => this.#standing(head, end),
        shown: { seq: end.seq, hash: end.hash, form },
        isTakenIn,
        thorough,
      }),
    );
    kept.push(...(replaced?.kept ?? []));
    return { warnings, kept };
  }

  /** Removes what killed processes did not come to put in place; the queue file sees to its own. */
  #sweep(): void {
    const { auditFile, failedTasks } = this.#paths;
    for (const target of [auditFile, failedTasks]) {
      for (const { file, kind } of leftoversIn(path.dirname(target))) {
        if (kind === path.basename(target)) rmSync(file, { force: true });
      }
    }
  }

  #endOf(seq: Position): End {
    const [line] = this.#lines.lines(position(seq - 1));
    const frame =
      line === undefined
        ? undefined
        : parseLine(Buffer.from(line).toString('utf8').trimEnd())?.frame;
    const hash = this.#lines.hashAt(seq) ?? noHash;
    return { seq, hash, logId: frame?.log ?? '', epoch: frame?.epoch ?? 0 };
  }

  #standing(head: QueueFileHead, end: End): Standing {
    if (head.logId !== end.logId) return 'foreign';
    const hash = this.#lines.hashAt(head.seq);
    // A position that we do not know: of a newer end, or of lines that a recovery left out.
    if (hash === undefined) return head.seq > end.seq ? 'newer' : 'foreign';
    if (hash !== head.hash) return 'foreign';
    if (head.seq === end.seq) return 'same';
    return head.seq > end.seq ? 'newer' : 'older';
  }

  /** Null where the older file shows the same and need not name a later position. */
  #encodeQueueFile(
    queue: Queue,
    end: End & { readonly form: QueueFileForm },
    older: OlderFile | null,
  ): readonly Buffer[] | null {
    const isOfForm = older?.head.form === end.form;
    const patched = isOfForm ? this.#patched(queue, older) : null;
    const body = patched ?? [Buffer.from(encodeQueue(queue, end.form))];
    const mayBeSame = isOfForm && end.form === 'tracked';
    if (mayBeSame && bodyOf(older.bytes).equals(Buffer.concat(body))) return null;
    const head = encodeQueueHead({ ...end, docHash: hashOf(body), at: queue.lastAt });
    return [Buffer.from(head), ...body];
  }

  /** The older file with what changed since; null where it must be made anew. */
  #patched(queue: Queue, { head, bytes, shownSeq }: OlderFile): readonly Buffer[] | null {
    const lines = this.#lines.lines(shownSeq);
    if (lines.length > maxPatches) return null;
    const changed = new Set<TaskKey>();
    for (const line of lines) {
      const record = parseLine(Buffer.from(line).toString('utf8').trimEnd())?.record;
      if (!record) return null;
      if (record.task !== null) changed.add(taskKey(record.task));
    }
    return patchQueue(bodyOf(bytes), queue, changed, head.form);
  }
}

function warning(what: string, error: unknown): string {
  const why = error instanceof Error ? error.message : String(error);
  return `${what} could not be brought up to date: ${why}. The change itself is recorded; the next command tries again.`;
}
