/** `signalbox status`: the lane at a glance. */
import { renderStatus, statusOf } from '../render/status.ts';
import type { Verb } from '../verb.ts';
import { exit } from '../answer.ts';

export const verb: Verb = {
  usage: 'status',
  summary: 'What the lane does, how much waits, what needs a person.',
  async run(invocation) {
    const desk = await invocation.desk();
    const status = statusOf(desk);
    return { exit: exit.done, json: status, text: renderStatus(desk, status) };
  },
};
