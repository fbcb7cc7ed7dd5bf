/**
 * Text of an agent made fit for a person's eyes: bounded, and without terminal sequences.
 *
 * For titles, details and results; what an agent says in its messages is handed on as it is.
 */

/** Longest title, in UTF-16 units. */
export const maxTitleChars = 200;

/** One line of at most `max` units. */
export function oneLine(text: string, max = maxTitleChars): string {
  return cut(
    bounded(text, max)
      .replace(/[\p{Cc}\s]+/gu, ' ')
      .trim(),
    max,
  );
}

/** Several lines of at most `max` units in all. */
export function someLines(text: string, max: number): string {
  return cut(bounded(text, max).replace(unprintable, ' ').trim(), max);
}

/** The last whole lines of at most `max` units in all; of a longer last line its end. */
export function lastLines(text: string, max: number): string | null {
  const lines = text.replace(unprintable, ' ').trim().split(/\r?\n/);
  const kept: string[] = [];
  for (let line = lines.pop(), left = max; line !== undefined; line = lines.pop()) {
    left -= line.length + 1;
    if (left < -1) break;
    kept.unshift(line);
  }
  const last = kept.join('\n').trim();
  if (last !== '') return last;
  // The cut may go through a character.
  const end = text
    .trim()
    .slice(1 - max)
    .replace(/^[\uDC00-\uDFFF]/, '');
  return end === '' ? null : `…${end}`;
}

function cut(text: string, max: number): string {
  if (text.length <= max) return text;
  return `${text.slice(0, max - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}

/** Spares the regular expressions what would be cut off anyway. */
function bounded(text: string, max: number): string {
  return text.slice(0, max * 4);
}

/** Control characters but for the ends of lines and tabs. */
const unprintable = /(?![\n\r\t])\p{Cc}/gu;
