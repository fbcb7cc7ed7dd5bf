/**
 * Questions of the running program that wait for a person.
 *
 * A question stays open until it is answered, withdrawn, or its attempt is stopped: putting it off
 * is no answer.
 */
import type { Position } from '../../core/ids.ts';
import type { Claim, Task } from '../../core/task.ts';
import type { Outcome, Params } from '../../protocol/webview.ts';
import type { PermissionAnswer, PermissionQuestion } from '../../runner/program.ts';
import type { PermissionRow } from '../../view/viewInput.ts';
import { long, short, workerName } from '../../view/words.ts';

/** As many as the protocol with the webview lets through. */
const maxOptions = 12;

interface Open {
  readonly token: Position;
  readonly question: PermissionQuestion;
  readonly row: PermissionRow;
  readonly resolve: (answer: PermissionAnswer) => void;
}

export class Questions {
  readonly #open = new Map<string, Open>();
  readonly #now: () => number;
  readonly #onChange: () => void;

  constructor(now: () => number, onChange: () => void) {
    this.#now = now;
    this.#onChange = onChange;
  }

  /** In the order in which they were asked. */
  get rows(): readonly PermissionRow[] {
    return [...this.#open.values()].map(({ row }) => row);
  }

  /** Resolves with a person's answer, or `cancelled` where it is not needed any more. */
  ask(
    task: Task,
    claim: Claim,
    question: PermissionQuestion,
    withdrawn?: AbortSignal,
  ): Promise<PermissionAnswer> {
    const id = short(`${claim.token}:${question.questionId}`);
    if (this.#open.has(id) || withdrawn?.aborted === true) {
      return Promise.resolve({ outcome: 'cancelled' });
    }
    return new Promise((resolve) => {
      const row = rowOf(id, task, claim, question, this.#now());
      this.#open.set(id, { token: claim.token, question, row, resolve });
      withdrawn?.addEventListener('abort', () => this.#close(id, { outcome: 'cancelled' }), {
        once: true,
      });
      this.#onChange();
    });
  }

  answer({ questionId, answer }: Params<'answerQuestion'>): Outcome {
    const open = this.#open.get(questionId);
    if (open === undefined) {
      const message = 'This question is not open any more: it was answered, or its task ended.';
      return { ok: false, reason: 'not-waiting', message };
    }
    if (answer.outcome === 'later') {
      this.#open.set(questionId, { ...open, row: { ...open.row, later: true } });
      this.#onChange();
      return { ok: true };
    }
    const option = open.question.options.find(({ optionId }) => optionId === answer.optionId);
    if (option === undefined) {
      return { ok: false, reason: 'invalid-value', message: 'The program offers no such answer.' };
    }
    this.#close(questionId, { outcome: 'selected', optionId: option.optionId });
    return { ok: true };
  }

  /** Answers `cancelled` to all that is open of the attempt, or of any. */
  cancel(token?: Position): void {
    for (const [id, open] of this.#open) {
      if (token === undefined || open.token === token) this.#close(id, { outcome: 'cancelled' });
    }
  }

  #close(id: string, answer: PermissionAnswer): void {
    const open = this.#open.get(id);
    if (open === undefined) return;
    this.#open.delete(id);
    open.resolve(answer);
    this.#onChange();
  }
}

function rowOf(
  questionId: string,
  task: Task,
  claim: Claim,
  { title, detail, options }: PermissionQuestion,
  askedAt: number,
): PermissionRow {
  const saysMore = detail.trim() !== '' && detail.trim() !== title.trim();
  return {
    type: 'permission',
    questionId,
    task: task.id,
    title: long(task.content.title),
    agent: short(workerName(task, claim.agent)),
    wants: long(`asks: ${title}`),
    subject: saysMore ? long(detail) : null,
    options: options
      .filter(({ optionId }) => optionId.length <= 500)
      .slice(0, maxOptions)
      .map(({ optionId, label, kind }) => ({ optionId, label: short(label), kind })),
    askedAt,
    later: false,
  };
}
