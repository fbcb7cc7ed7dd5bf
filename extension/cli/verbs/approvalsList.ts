/** `signalbox approvals list`: what agents of the lane ask. */
import { homeFolder } from '../../coordinator/approvals.ts';
import { LaneQuestions } from '../../coordinator/laneQuestions.ts';
import { items } from '../answer.ts';
import { requirePerson } from '../person.ts';
import { questionJson, renderQuestion } from '../render/questions.ts';
import type { Verb } from '../verb.ts';

export const verb: Verb = {
  usage: 'approvals list',
  summary: 'What agents that run in the lane ask, and may not do until a person answers.',
  details: `Of a lane that \`signalbox run\` runs; the editor shows the questions of its own.
Needs a terminal, as answering does.`,
  async run(invocation) {
    requirePerson(invocation.env, 'Looking at what agents ask');
    const desk = await invocation.desk();
    const open = new LaneQuestions(homeFolder(invocation.env), desk.paths.root).list();
    const text = open.map(renderQuestion).join('\n\n');
    return items(open.map(questionJson), text || 'Nothing waits for an answer');
  },
};
