/**
 * Text in columns of a terminal: how wide it is, cut or filled to a width, broken into lines.
 *
 * Counts what a terminal shows, not characters: wide ones take two columns, marks none. It has a
 * large table of them, so only verbs that draw import it.
 */
import stringWidth from 'string-width';
import { glyphs } from './glyphs.ts';
import { plain } from './text.ts';

/** More marks than any script puts on one letter; the rest would run over other lines. */
const tooManyMarks = /(\p{Mark}{4})\p{Mark}+/gu;

let segmenter: Intl.Segmenter | undefined;

/** Characters of one column each: Latin letters, and the signs that views are drawn with. */
const narrow =
  /^[ -~\u00a1-\u00ac\u00ae-\u024f\u2013\u2026\u00b7\u2500\u2502\u251c\u2514\u2588\u2591\u2192\u25cf\u25cb\u2713\u2717]*$/;

/** Columns that `text` takes; our own colours take none. */
export function widthOf(text: string): number {
  // The table takes longer to load than most commands to run, and few texts need it.
  return narrow.test(text) ? text.length : stringWidth(text);
}

/** `text` of a task, harmless, in `width` columns at most. */
export function cell(text: string, width: number): string {
  const shown = plain(text).replace(tooManyMarks, '$1');
  if (widthOf(shown) <= width) return shown;
  const { cut } = glyphs();
  const room = width - widthOf(cut);
  if (room < 0) return '';
  if (narrow.test(shown)) return shown.slice(0, room).trimEnd() + cut;
  segmenter ??= new Intl.Segmenter();
  let kept = '';
  let used = 0;
  for (const { segment } of segmenter.segment(shown)) {
    used += widthOf(segment);
    if (used > room) break;
    kept += segment;
  }
  return kept.trimEnd() + cut;
}

/** `text` with spaces after it, up to `width` columns. Text may carry our own colours. */
export function padEnd(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)));
}

export function padStart(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - widthOf(text))) + text;
}

/** Lines of `width` columns at most, broken between words, and within those that are longer. */
export function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ').flatMap((each) => pieces(each, width))) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (widthOf(longer) <= width) {
      line = longer;
      continue;
    }
    lines.push(line);
    line = word;
  }
  return [...lines, line];
}

/** A word in pieces that fit a line each. */
function pieces(word: string, width: number): readonly string[] {
  if (widthOf(word) <= width) return [word];
  segmenter ??= new Intl.Segmenter();
  const found: string[] = [];
  let piece = '';
  for (const { segment } of segmenter.segment(word)) {
    if (piece !== '' && widthOf(piece + segment) > width) {
      found.push(piece);
      piece = '';
    }
    piece += segment;
  }
  return [...found, piece];
}
