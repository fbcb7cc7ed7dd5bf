/**
 * Writes a transcript as told on standard input: a number of kilobytes to say, `flush`, `close`.
 *
 * Arguments: the output directory and the limit of the transcript in bytes. Each answer is a line.
 */
import { createInterface } from 'node:readline';
import { openTranscript } from '../../extension/runner/transcript.ts';

const [outputDir = '', maxBytes] = process.argv.slice(2);
const transcript = await openTranscript({
  outputDir,
  task: 3,
  attempt: 1,
  session: null,
  now: Date.now,
  maxBytes: Number(maxBytes),
});
let said = 0;
for await (const line of createInterface({ input: process.stdin })) {
  if (line === 'flush' || line === 'close') {
    const saved = await transcript[line]();
    process.stdout.write(
      `${JSON.stringify({ ...saved, ...('error' in saved && { error: saved.error.message }) })}\n`,
    );
    continue;
  }
  for (let kilobyte = 0; kilobyte < Number(line); kilobyte++) {
    transcript.append({ type: 'progress', message: `${said++} ${'x'.repeat(900)}` });
  }
  process.stdout.write('{}\n');
}
