/** `signalbox audit export`: the whole trail as one JSON array. */
import { olderLines } from '../../coordinator/auditArchive.ts';
import { exit, done } from '../answer.ts';
import { writeOutput } from '../outputFile.ts';
import type { Verb } from '../verb.ts';

export const verb: Verb = {
  usage: 'audit export FILE',
  summary: 'Writes all lines of the trail, archives too, as a JSON array; - prints it.',
  positionals: ['FILE'],
  async run(invocation) {
    const name = invocation.required('FILE');
    const desk = await invocation.desk();
    const older = olderLines(desk.paths).map(({ text }) => text);
    const lines = [...older, ...desk.lineTexts(await desk.history())];
    // As they are: whoever checks a line's checksum needs its very bytes.
    const text = lines.length === 0 ? '[]\n' : `[\n${lines.join(',\n')}\n]\n`;
    if (name === '-') return { exit: exit.done, json: JSON.parse(text) as unknown, data: text };
    const file = writeOutput(invocation, desk.paths, name, text);
    const exported = lines.length;
    return done({ file, exported }, `Exported ${exported} lines to ${file}`);
  },
};
