/** Small pieces of terminal text: colours where they are wanted, times, cells. Data stays data. */
import type { Instant } from '../../core/ids.ts';
import { isTerminal } from '../output.ts';

const codes = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, blue: 34, magenta: 35 } as const;
export type Style = keyof typeof codes;

/** Whether standard output is a terminal that shows colours. */
function hasColour(): boolean {
  if (process.env['NO_COLOR']) return false;
  if (process.env['FORCE_COLOR']) return true;
  return isTerminal() && process.env['TERM'] !== 'dumb';
}

export function styled(style: Style, text: string): string {
  return hasColour() ? `\u001b[${codes[style]}m${text}\u001b[0m` : text;
}

/** Text of a task or an agent, made harmless for a terminal: no control and no bidi characters. */
export function plain(text: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for here
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]+/g, ' ');
}

/**
 * A whole answer made harmless for a terminal, whatever texts of tasks are in it: lines and our own
 * colours stay, every other control and bidi character goes.
 */
export function harmless(text: string): string {
  // eslint-disable-next-line no-control-regex -- our own colours begin with an escape
  const kept = hasColour() ? /(\n|\u001b\[(?:[0-2]|3[1-5])m)/ : /(\n)/;
  return text
    .split(kept)
    .map((part, n) => (n % 2 === 1 ? part : plain(part)))
    .join('');
}

/** `plain` text, cut to `width` characters. */
export function cell(text: string, width: number): string {
  const characters = [...plain(text)];
  if (characters.length <= width) return characters.join('');
  return `${characters.slice(0, Math.max(0, width - 1)).join('')}…`;
}

export function terminalWidth(): number {
  const columns = isTerminal() ? process.stdout.columns : Number(process.env['COLUMNS']);
  return Math.max(40, columns || 100);
}

/** Today `14:32`, else `11-21 14:32`, and in another year `2027-11-21 14:32`; the reader's time. */
export function formatTime(at: Instant): string {
  const date = new Date(at);
  const two = (value: number) => String(value).padStart(2, '0');
  const time = `${two(date.getHours())}:${two(date.getMinutes())}`;
  const now = new Date();
  if (date.toDateString() === now.toDateString()) return time;
  const day = `${two(date.getMonth() + 1)}-${two(date.getDate())} ${time}`;
  return date.getFullYear() === now.getFullYear() ? day : `${date.getFullYear()}-${day}`;
}

/** `42 s`, `3 min`, `2 h 5 min`. */
export function formatDuration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
