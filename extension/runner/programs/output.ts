/**
 * What a program writes, as text: decoded without splitting a character, read no faster than it is
 * taken, and its last line kept.
 *
 * Stores nothing else of it.
 */
import type { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';

/** How long output may stay silent after all is quiet before its pipe is given up. */
const drainMs = 1_000;

/** Longest line that is kept of a program, in UTF-16 units. */
export const maxLineChars = 500;

/**
 * Hands on all text of `stream`, waiting for `take` before it reads on; invalid UTF-8 becomes U+FFFD.
 *
 * Resolves at the end of the stream, or once it was silent for a second after `ended`: a process
 * that escaped its tree may hold the pipe for ever.
 */
export async function readText(
  stream: Readable,
  ended: Promise<unknown>,
  take: (text: string) => Promise<void> | void,
): Promise<void> {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  let turns = 0;
  let isTaking = false;
  let isOver = false;
  const giveUp = async () => {
    await ended;
    for (let before = -1; !isOver && (isTaking || before !== turns);) {
      before = turns;
      await pause(drainMs, undefined, { ref: false });
    }
    stream.destroy();
  };
  void giveUp();
  const hand = async (text: string) => {
    if (text === '') return;
    isTaking = true;
    await take(text);
    isTaking = false;
    turns++;
  };
  try {
    for await (const bytes of stream as AsyncIterable<Uint8Array>) {
      await hand(decoder.decode(bytes, { stream: true }));
    }
  } catch (error) {
    // Given up above, or the other end was killed: what was read is all there is.
    if (!(error instanceof Error && 'code' in error)) throw error;
  } finally {
    isOver = true;
  }
  await hand(decoder.decode());
}

/** Keeps the last line that says anything, whatever the size of what is pushed. */
export class LastLine {
  #line = '';
  #last: string | null = null;

  push(text: string): void {
    // A carriage return starts the line over, which is how progress bars are drawn.
    const lines = text.split(/[\r\n]/);
    const open = lines.pop() ?? '';
    for (const line of lines) {
      this.#add(line);
      this.#close();
    }
    this.#add(open);
  }

  /** At most `maxLineChars` long, without control characters; null where nothing was said. */
  get value(): string | null {
    return clean(this.#line) ?? this.#last;
  }

  #add(text: string): void {
    // Twice the size, since colours and other escapes are taken out of it later.
    this.#line = (this.#line + text).slice(0, maxLineChars * 2);
  }

  #close(): void {
    this.#last = clean(this.#line) ?? this.#last;
    this.#line = '';
  }
}

/** The text of a line without terminal escapes; null where that leaves nothing. */
function clean(line: string): string | null {
  const text = line
    .replace(escapes, '')
    .replace(/\p{Cc}/gu, ' ')
    .trim()
    .slice(0, maxLineChars)
    // The cut may have gone through a character.
    .replace(/[\uD800-\uDBFF]$/, '');
  return text === '' ? null : text;
}

/** Terminal sequences: with parameters (colours, cursor), titles and links, and the short ones. */
// eslint-disable-next-line no-control-regex -- control characters are what it is about.
const escapes = /\u001B(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001B]*(?:\u0007|\u001B\\)?|[@-Z\\^_])/g;
