/** Prints what a command line answers, in one of its two shapes. What it says is the verb's. */
import type { Answer } from './answer.ts';
import { printError, printOut } from './output.ts';
import { harmless } from './render/text.ts';

/** With `wantsJson` one value and nothing else; without it, text, and notes on standard error. */
export function printAnswer({ json, text, data, note }: Answer, wantsJson: boolean): void {
  if (wantsJson) {
    if (json !== undefined) printOut(`${JSON.stringify(json)}\n`);
    else if (text !== undefined) printOut(`${JSON.stringify({ ok: true, text })}\n`);
    return;
  }
  const shown = data ?? (text === undefined ? '' : harmless(text));
  if (shown !== '') printOut(shown.endsWith('\n') ? shown : `${shown}\n`);
  if (note !== undefined) printError(`${harmless(note)}\n`);
}
