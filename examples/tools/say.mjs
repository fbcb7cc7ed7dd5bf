/** Prints text as an agent would: word by word. */
import { setTimeout as pause } from 'node:timers/promises';

const betweenWordsMs = Number(process.env.EXAMPLE_PACE_MS ?? 60);

export async function say(text) {
  for (const word of text.split(/(?<=\s)/)) {
    process.stdout.write(word);
    await pause(betweenWordsMs);
  }
  process.stdout.write('\n');
}
