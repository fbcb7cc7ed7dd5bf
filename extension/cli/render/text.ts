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

/** Control and bidi characters, each run of which becomes a space. */
// eslint-disable-next-line no-control-regex -- control characters are what is looked for here
const commanding = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]+/g;
/** Characters that show nothing, and tags that only machines read. */
const invisible =
  /[\u00ad\u115f\u1160\u180e\u200b\u2060-\u2065\u206a-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb]|\udb40[\udc00-\udc7f]/g;
/** Joiners that join nothing: scripts beyond Latin and emoji need theirs, as nobody else does. */
const idleJoiner =
  /(?<![\u0250-\u1fff\u2070-\uffff])[\u200c\u200d]|[\u200c\u200d](?![\u0250-\u1fff\u2070-\uffff])/g;

/** Text of a task or an agent, made harmless for a terminal: it can only be read. */
export function plain(text: string): string {
  if (/^[\u0020-\u007e]*$/.test(text)) return text;
  return text.replace(commanding, ' ').replace(invisible, '').replace(idleJoiner, '');
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

/** Columns to write into: of the terminal, else of `$COLUMNS`, else 100; from 40 to 400. */
export function terminalWidth(): number {
  const columns = isTerminal() ? process.stdout.columns : Number(process.env['COLUMNS']);
  return Math.min(400, Math.max(40, columns || 100));
}

const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

/** Today `14:32`, else `Nov 21 14:32`, and in another year `2027-11-21 14:32`; the reader's time. */
export function formatTime(at: Instant): string {
  const date = new Date(at);
  const two = (value: number) => String(value).padStart(2, '0');
  const time = `${two(date.getHours())}:${two(date.getMinutes())}`;
  const now = new Date();
  if (date.toDateString() === now.toDateString()) return time;
  const month = date.getMonth();
  const day = two(date.getDate());
  return date.getFullYear() === now.getFullYear()
    ? `${months[month] ?? ''} ${day} ${time}`
    : `${date.getFullYear()}-${two(month + 1)}-${day} ${time}`;
}

/** `2026-11-21 14:32:05 UTC`: for documents, since whoever reads them may be anywhere. */
export function formatUtc(at: Instant): string {
  return `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** `42 s`, `3 min`, `2 h 5 min`, `3 d 4 h`. */
export function formatDuration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}
