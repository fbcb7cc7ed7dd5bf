/**
 * Makes text of tasks and programs safe to look at: what is invisible or moves other text is shown
 * as what it is.
 *
 * Does not escape markup: whatever it returns is only ever put into text nodes and attributes.
 */

/** Escape sequences of terminals, whole or cut off at the end. Each alternative is linear. */
const escapeSequences = new RegExp(
  [
    // OSC, DCS, SOS, PM and APC run to BEL or ST; one that never ends swallows at most its line.
    '(?:\\u001b[\\]PX^_]|[\\u0090\\u0098\\u009d-\\u009f])[^\\u0007\\u001b\\u009c\\n]*(?:\\u0007|\\u001b\\\\|\\u009c)?',
    '(?:\\u001b\\[|\\u009b)[0-?]*[ -/]*[@-~]?',
    '\\u001b[ -/]*[0-~]?',
  ].join('|'),
  'gu',
);

/** Bidirectional controls, invisible spaces and joiners, and the tag characters that hide text. */
const deceptive =
  /[\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\u{e0000}-\u{e007f}]/gu;

// eslint-disable-next-line no-control-regex -- Controls are what it is about.
const controls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/gu;

/** One line of text: a title, a reason. Line breaks and runs of blanks become one blank. */
export function plainLine(text: string): string {
  return visible(text.replace(escapeSequences, '').replace(/[\s\u0085]+/gu, ' ')).trim();
}

/** Live text of a program: keeps lines and tabs, drops terminal control, overwrites after `\r`. */
export function plainOutput(text: string): string {
  const lines = text.replace(escapeSequences, '').replace(/\r+\n/gu, '\n').split('\n');
  return visible(lines.map(overwritten).join('\n'));
}

/**
 * What is about to be run or touched, whole and line by line: nothing of it is dropped, so that a
 * person says yes to what really stands there.
 */
export function plainCode(text: string): string {
  return visible(text.replace(/\r\n/gu, '\n'));
}

/** What stays of a line that a progress display wrote again and again from its start. */
function overwritten(line: string): string {
  const ended = line.endsWith('\r') ? line.slice(0, -1) : line;
  return ended.slice(ended.lastIndexOf('\r') + 1);
}

function visible(text: string): string {
  return text
    .replace(
      deceptive,
      (char) => `‹U+${codePoint(char).toString(16).toUpperCase().padStart(4, '0')}›`,
    )
    .replace(controls, (char) => {
      const code = codePoint(char);
      if (code < 0x20) return String.fromCodePoint(0x2400 + code);
      return code === 0x7f ? '\u2421' : '\ufffd';
    });
}

function codePoint(char: string): number {
  return char.codePointAt(0) ?? 0xfffd;
}
