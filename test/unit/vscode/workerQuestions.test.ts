/** A question of a program stays open until it is answered or not needed any more. */
import { describe, expect, test, vi } from 'vitest';
import type { PermissionQuestion } from '../../../extension/runner/program.ts';
import { Questions } from '../../../extension/vscode/worker/questions.ts';
import { claimOf } from '../../../extension/core/task.ts';
import { position } from '../../../extension/core/ids.ts';
import { addProgram, given, laneClaim, takeLane } from '../../support/core.ts';

const world = given(addProgram('Move sessions'), takeLane, laneClaim(1));
const task = world.task(1);
const claim = claimOf(task)!;

const question: PermissionQuestion = {
  questionId: 'permission-1',
  title: 'Run a command',
  detail: 'npm run migrate',
  options: [
    { optionId: 'yes', label: 'Yes', kind: 'allow_once' },
    { optionId: 'no', label: 'No', kind: 'reject_once' },
  ],
};

function ask(changed: Partial<PermissionQuestion> = {}, withdrawn?: AbortSignal) {
  const onChange = vi.fn();
  const questions = new Questions(() => 5_000, onChange);
  const answered = questions.ask(task, claim, { ...question, ...changed }, withdrawn);
  return { questions, answered, onChange, id: questions.rows[0]?.questionId ?? '' };
}

describe('a question', () => {
  test('is shown with what the program would do', () => {
    expect(ask().questions.rows).toMatchObject([
      {
        task: 1,
        title: 'Move sessions',
        agent: 'shell',
        wants: 'asks: Run a command',
        subject: 'npm run migrate',
        askedAt: 5_000,
        later: false,
      },
    ]);
  });

  test('is answered with what a person chose, and is gone', async () => {
    const { questions, answered, id, onChange } = ask();
    const answer = { outcome: 'selected', optionId: 'no' } as const;
    expect(questions.answer({ questionId: id, answer })).toEqual({ ok: true });
    expect(await answered).toEqual(answer);
    expect(questions.rows).toEqual([]);
    expect(onChange).toHaveBeenCalledTimes(2);
    expect(questions.answer({ questionId: id, answer })).toMatchObject({ ok: false });
  });

  test('that is put off stays open, and can be answered later', async () => {
    const { questions, answered, id } = ask();
    questions.answer({ questionId: id, answer: { outcome: 'later' } });
    expect(questions.rows).toMatchObject([{ questionId: id, later: true }]);
    const answer = { outcome: 'selected', optionId: 'yes' } as const;
    questions.answer({ questionId: id, answer });
    expect(await answered).toEqual(answer);
  });

  test('takes no answer that the program did not offer', () => {
    const { questions, id } = ask();
    const answer = { outcome: 'selected', optionId: 'always' } as const;
    expect(questions.answer({ questionId: id, answer })).toMatchObject({ ok: false });
    expect(questions.rows).toHaveLength(1);
  });

  test('of a stopped attempt is answered as cancelled, that of another stays', async () => {
    const { questions, answered } = ask();
    questions.cancel(position(claim.token + 1));
    expect(questions.rows).toHaveLength(1);
    questions.cancel(claim.token);
    expect(await answered).toEqual({ outcome: 'cancelled' });
    expect(questions.rows).toEqual([]);
  });

  test('that the program withdraws is gone', async () => {
    const withdrawn = new AbortController();
    const { questions, answered } = ask({}, withdrawn.signal);
    withdrawn.abort();
    expect(await answered).toEqual({ outcome: 'cancelled' });
    expect(questions.rows).toEqual([]);
  });

  test('of one attempt is not mixed up with that of another', () => {
    const { questions } = ask();
    void questions.ask(task, { ...claim, token: position(claim.token + 9) }, question);
    expect(new Set(questions.rows.map(({ questionId }) => questionId)).size).toBe(2);
  });
});
