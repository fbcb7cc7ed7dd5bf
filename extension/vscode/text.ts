/**
 * Makes text of tasks and programs fit for the editor's own surfaces, which read more than text.
 *
 * Knows what the surfaces interpret (icons, links, control characters); it shortens nothing unasked.
 */

/** Escape sequences of terminals: of one control, of strings up to their end. Linear. */
const escapeSequences = new RegExp(
  [
    '(?:\\u001b[\\]PX^_]|[\\u0090\\u0098\\u009d-\\u009f])[^\\u0007\\u001b\\u009c\\n]*(?:\\u0007|\\u001b\\\\|\\u009c)?',
    '(?:\\u001b\\[|\\u009b)[0-?]*[ -/]*[@-~]?',
    '\\u001b[ -/]*[0-~]?',
  ].join('|'),
  'gu',
);

/** Controls, bidirectional controls, invisible spaces and joiners, tag characters. */
const unseen =
  // eslint-disable-next-line no-control-regex -- Controls are what it is about.
  /[\u0000-\u001f\u007f-\u009f\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\u{e0000}-\u{e007f}]/gu;

/** One line without anything that is invisible or moves other text. */
export function plainLine(text: string): string {
  return text.replace(escapeSequences, '').replace(/\s+/gu, ' ').replace(unseen, '').trim();
}

/** At most `max` characters, an ellipsis included; never cuts a character in two. */
export function clip(text: string, max: number): string {
  const characters = [...text];
  return characters.length <= max
    ? text
    : `${characters
        .slice(0, max - 1)
        .join('')
        .trimEnd()}…`;
}

/** For labels in which `$(name)` is an icon: the status bar, pickers. */
export function forLabel(text: string): string {
  return plainLine(text).replaceAll('$(', '\\$(');
}

/** For messages, where `[text](command:…)` is a link that runs a command. */
export function forMessage(text: string): string {
  return plainLine(text).replaceAll('](', '] (');
}

/** `0:42`, `12:05`, `1:02:03`; nothing is shorter than a second. */
export function formatElapsed(elapsedMs: number): string {
  const seconds = Math.max(0, Math.floor(elapsedMs / 1_000));
  const parts = [Math.floor(seconds / 60) % 60, seconds % 60];
  const hours = Math.floor(seconds / 3_600);
  if (hours > 0) parts.unshift(hours);
  return parts.map((part, n) => (n === 0 ? String(part) : String(part).padStart(2, '0'))).join(':');
}
