/**
 * Questions of the running program, for a person at another terminal: the lane writes each into a
 * file, the answer comes in a file beside it.
 *
 * Both lie in this person's own folder, never in a workspace, so that nothing in a repository can
 * answer. Shows nothing and asks nobody itself.
 */
import { chmodSync, linkSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Position, TaskId } from '../core/ids.ts';
import type { Claim, Task } from '../core/task.ts';
import type { KnownProcess } from '../platform/processIdentity.ts';
import { isAlive, ownIdentity } from '../platform/processIdentity.ts';
import type { PermissionAnswer, PermissionQuestion } from '../runner/program.ts';
import { workspaceKey } from './approvals.ts';

const pollMs = 200;
const namePattern = /^(\d+-\d+)\.json$/;

/** A question as it lies there. */
export interface OpenQuestion {
  /** Token of the attempt, and a number. */
  readonly id: string;
  readonly task: TaskId;
  readonly token: Position;
  /** Of the task. */
  readonly title: string;
  readonly agent: string;
  readonly question: Omit<PermissionQuestion, 'questionId'>;
  /** ISO 8601. */
  readonly askedAt: string;
  /** The lane that waits for the answer. */
  readonly lane: KnownProcess;
}

export type Answered = 'answered' | 'not-open' | 'no-such-option';

export class LaneQuestions {
  readonly #folder: string;
  #asked = 0;

  constructor(home: string, workspaceRoot: string) {
    this.#folder = path.join(home, 'questions', workspaceKey(workspaceRoot));
  }

  /**
   * Puts a question and resolves with the answer, however long it takes; `cancelled` once
   * `withdrawn` aborts. `onOpen` hears of it when it can be answered.
   */
  async ask(
    task: Task,
    claim: Claim,
    { title, detail, options }: PermissionQuestion,
    withdrawn: AbortSignal | undefined,
    onOpen: (open: OpenQuestion) => void,
  ): Promise<PermissionAnswer> {
    if (withdrawn?.aborted === true) return { outcome: 'cancelled' };
    const open: OpenQuestion = {
      id: `${claim.token}-${++this.#asked}`,
      task: task.id,
      token: claim.token,
      title: task.content.title,
      agent: claim.agent,
      question: { title, detail, options },
      askedAt: new Date().toISOString(),
      lane: ownIdentity(),
    };
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    chmodSync(this.#folder, 0o700);
    rmSync(this.#answerFile(open.id), { force: true });
    this.#write(this.#file(open.id), open);
    onOpen(open);
    try {
      return await this.#answerOf(open, withdrawn);
    } finally {
      rmSync(this.#file(open.id), { force: true });
      rmSync(this.#answerFile(open.id), { force: true });
    }
  }

  /** What waits for an answer, in the order in which it was asked; what nobody waits for goes. */
  list(): readonly OpenQuestion[] {
    const open = readNames(this.#folder).flatMap((name): readonly OpenQuestion[] => {
      const id = namePattern.exec(name)?.[1];
      if (id === undefined) return [];
      const question = readJson(this.#file(id)) as OpenQuestion | null;
      if (question !== null && isAlive(question.lane)) return [question];
      rmSync(this.#file(id), { force: true });
      rmSync(this.#answerFile(id), { force: true });
      return [];
    });
    return open.sort((a, b) => (a.askedAt < b.askedAt ? -1 : 1));
  }

  /** Answers a question with one of its options. The first answer counts. */
  answer(id: string, optionId: string): Answered {
    const open = this.list().find((each) => each.id === id);
    if (open === undefined) return 'not-open';
    if (!open.question.options.some((option) => option.optionId === optionId)) {
      return 'no-such-option';
    }
    const made = path.join(this.#folder, `${id}.${process.pid}.tmp`);
    writeFileSync(made, JSON.stringify({ optionId }), { mode: 0o600 });
    try {
      linkSync(made, this.#answerFile(id));
      return 'answered';
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      return 'not-open';
    } finally {
      rmSync(made, { force: true });
    }
  }

  async #answerOf(
    { id, question }: OpenQuestion,
    withdrawn: AbortSignal | undefined,
  ): Promise<PermissionAnswer> {
    for (;;) {
      if (withdrawn?.aborted === true) return { outcome: 'cancelled' };
      const answer = readJson(this.#answerFile(id)) as { readonly optionId?: unknown } | null;
      const chosen = question.options.find(({ optionId }) => optionId === answer?.optionId);
      if (chosen !== undefined) return { outcome: 'selected', optionId: chosen.optionId };
      await pauseUntil(withdrawn);
    }
  }

  #file(id: string): string {
    return path.join(this.#folder, `${id}.json`);
  }

  #answerFile(id: string): string {
    return path.join(this.#folder, `${id}.answer`);
  }

  #write(file: string, value: unknown): void {
    const made = `${file}.${process.pid}.tmp`;
    writeFileSync(made, JSON.stringify(value), { mode: 0o600 });
    renameSync(made, file);
  }
}

/** A while, or until the answer is not needed any more. */
function pauseUntil(withdrawn: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      withdrawn?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, pollMs);
    withdrawn?.addEventListener('abort', done);
  });
}

function readNames(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    // Nothing was ever asked in this workspace.
    return [];
  }
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    // Not there, or gone since it was listed.
    return null;
  }
}
