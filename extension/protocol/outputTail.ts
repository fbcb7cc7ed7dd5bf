/** The newest live text of an attempt, kept alike by whoever sends it and whoever shows it. */
import type { OutputTail } from './webviewModel.ts';
import { outputTailChars } from './webviewModel.ts';

/** Appends live text and keeps the newest of it, cut at a line's start where one is near. */
export function appendOutput(tail: OutputTail, seq: number, text: string): OutputTail {
  const whole = tail.text + text;
  if (whole.length <= outputTailChars) return { seq, text: whole, cut: tail.cut };
  let start = whole.length - outputTailChars;
  const lineEnd = whole.indexOf('\n', start);
  if (lineEnd !== -1 && lineEnd - start < outputTailChars / 8) start = lineEnd + 1;
  else if (isLowSurrogate(whole.charCodeAt(start))) start += 1;
  return { seq, text: whole.slice(start), cut: true };
}

function isLowSurrogate(code: number): boolean {
  return code >= 0xdc00 && code <= 0xdfff;
}
