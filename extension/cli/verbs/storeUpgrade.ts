/** `signalbox store upgrade`: lets this log use what newer builds know. */
import { logFormat } from '../../protocol/record.ts';
import type { Verb } from '../verb.ts';
import { done } from '../answer.ts';

export const verb: Verb = {
  usage: 'store upgrade',
  summary: 'Raises the format of the log to the newest that this build knows.',
  details: `Until then every build writes the format that the log has, so that an older one beside it goes on
working. Afterwards older builds can still read what they know, and no longer write.`,
  async run(invocation) {
    const desk = await invocation.desk();
    const before = desk.store.level;
    if (before >= logFormat) return done({ format: before }, `The log is of format ${before}.`);
    const command = { id: invocation.commandId, by: invocation.agent };
    await desk.rotate(command, 'upgrade', logFormat);
    const text = `Raised the log from format ${before} to ${logFormat}`;
    return done({ format: logFormat, before }, text);
  },
};
