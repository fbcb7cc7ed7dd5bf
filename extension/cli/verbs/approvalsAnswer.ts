/** `signalbox approvals answer`: a person's answer to what an agent of the lane asks. */
import { createInterface } from 'node:readline/promises';
import { homeFolder } from '../../coordinator/approvals.ts';
import { LaneQuestions } from '../../coordinator/laneQuestions.ts';
import type { OpenQuestion } from '../../coordinator/laneQuestions.ts';
import { done, refused, UsageError } from '../answer.ts';
import { printError } from '../output.ts';
import { requirePerson } from '../person.ts';
import { renderQuestion } from '../render/questions.ts';
import { plain } from '../render/text.ts';
import type { Verb } from '../verb.ts';

type Option = OpenQuestion['question']['options'][number];

export const verb: Verb = {
  usage: 'approvals answer ID [OPTION]',
  summary: 'Answers a question of the agent that runs in the lane.',
  details: `OPTION is one of the numbers shown, the name of an option, allow or reject. Without it the
question is shown and asked; an empty line leaves it open. The first answer counts.`,
  positionals: ['ID', 'OPTION?'],
  async run(invocation) {
    requirePerson(invocation.env, 'Answering');
    const id = invocation.required('ID');
    const desk = await invocation.desk();
    const questions = new LaneQuestions(homeFolder(invocation.env), desk.paths.root);
    const open = questions.list().find((each) => each.id === id);
    if (open === undefined) return notOpen(id);
    const given = invocation.positional('OPTION') ?? (await ask(open));
    if (given === '') return done({ id, answer: null }, 'It stays open');
    const option = optionOf(open, given);
    switch (questions.answer(id, option.optionId)) {
      case 'answered':
        return done(
          { id, task: open.task, answer: option.optionId },
          `Answered: ${plain(option.label)}`,
        );
      case 'not-open':
      case 'no-such-option':
        return notOpen(id);
    }
  },
};

function notOpen(id: string) {
  return refused(
    'not-waiting',
    `No question ${id} is open: it was answered, or its task ended. \`signalbox approvals list\` shows what is.`,
  );
}

async function ask(open: OpenQuestion): Promise<string> {
  printError(`${renderQuestion(open)}\n`);
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const reply = await terminal.question(`Which one? [1-${open.question.options.length}] `);
  terminal.close();
  return reply.trim();
}

function optionOf({ question: { options } }: OpenQuestion, given: string): Option {
  const found =
    options.find(({ optionId }) => optionId === given) ??
    (/^\d{1,3}$/.test(given) ? options[Number(given) - 1] : undefined) ??
    ofKind(options, given);
  if (found !== undefined) return found;
  const names = options.map(({ label }, n) => `${n + 1} (${plain(label)})`).join(', ');
  throw new UsageError(`${JSON.stringify(given)} is none of its answers: ${names}.`);
}

/** The narrowest that means it: once before always. */
function ofKind(options: readonly Option[], word: string): Option | undefined {
  const of = (kind: string) => options.find((option) => option.kind === kind);
  return of(`${word}_once`) ?? of(`${word}_always`);
}
