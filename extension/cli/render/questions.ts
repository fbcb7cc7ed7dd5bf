/** Questions of the running program, as a person reads them before answering. */
import type { OpenQuestion } from '../../coordinator/laneQuestions.ts';
import { formatTaskId } from '../../core/ids.ts';
import { plain, styled } from './text.ts';

/** The question with what can be answered, numbered from 1. */
export function renderQuestion({ id, task, title, agent, question }: OpenQuestion): string {
  const subject = question.detail.trim();
  const details = subject === '' || subject === question.title ? [] : subject.split('\n');
  return [
    `${styled('yellow', id)}  ${plain(agent)} asks: ${plain(question.title)}`,
    `  for ${formatTaskId(task)} "${plain(title)}"`,
    ...details.map((line) => `    ${plain(line)}`),
    ...question.options.map(({ label }, n) => `  ${n + 1}) ${plain(label)}`),
  ].join('\n');
}

/** For programs. */
export function questionJson({ id, task, token, title, agent, question, askedAt }: OpenQuestion) {
  const options = question.options.map(({ optionId, label, kind }) => ({
    option: optionId,
    label,
    kind,
  }));
  const { title: asks, detail } = question;
  return { id, task, token, title, agent, asks, detail, options, asked_at: askedAt };
}
