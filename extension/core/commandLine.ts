/**
 * Command lines as a person writes them, cut into words as a POSIX shell cuts them.
 *
 * Words only: nothing is expanded and there are no operators. `$HOME`, `*`, `|`, `>`, `;` and `&`
 * outside quotes are ordinary characters, and reach the program as they are written.
 *
 * @see The Open Group Base Specifications, Shell Command Language, 2.2 Quoting.
 */

/** The command and its arguments, or in words why `text` is none. */
export function splitCommandLine(text: string): readonly string[] | { readonly error: string } {
  if (text.includes('\0')) return { error: 'A command line cannot contain a NUL character.' };
  const words: string[] = [];
  /** The word being read; undefined between words, so that `''` is a word and a space is not. */
  let word: string | undefined;
  let at = 0;
  while (at < text.length) {
    const character = text.charAt(at);
    if (character === "'") {
      const end = text.indexOf("'", at + 1);
      if (end < 0) return { error: `The single quote at character ${at + 1} is never closed.` };
      word = (word ?? '') + text.slice(at + 1, end);
      at = end + 1;
    } else if (character === '"') {
      const quoted = readDoubleQuoted(text, at + 1);
      if (quoted === undefined) {
        return { error: `The double quote at character ${at + 1} is never closed.` };
      }
      word = (word ?? '') + quoted.text;
      at = quoted.end;
    } else if (character === '\\') {
      if (at + 1 === text.length) return { error: 'The last backslash has nothing after it.' };
      const next = text.charAt(at + 1);
      // A backslash at the end of a line joins the lines.
      if (next !== '\n') word = (word ?? '') + next;
      at += 2;
    } else if (/[ \t\n]/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
      at++;
    } else {
      word = (word ?? '') + character;
      at++;
    }
  }
  if (word !== undefined) words.push(word);
  if (words.length === 0) return { error: 'The command line is empty.' };
  if (words[0] === '') return { error: 'The command itself is empty.' };
  return words;
}

/** A command line that splits into exactly these words again, and that a shell reads the same. */
export function joinCommandLine(words: readonly string[]): string {
  return words
    .map((word, index) => {
      // A shell takes `A=1` in front of a command for an assignment.
      const isPlain = /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) && !(index === 0 && word.includes('='));
      return isPlain ? word : `'${word.replaceAll("'", `'\\''`)}'`;
    })
    .join(' ');
}

function readDoubleQuoted(text: string, start: number): { text: string; end: number } | undefined {
  let value = '';
  for (let at = start; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === '"') return { text: value, end: at + 1 };
    const next = text.charAt(at + 1);
    // Within double quotes a backslash is itself, except before these.
    if (character === '\\' && next !== '' && '$`"\\\n'.includes(next)) {
      if (next !== '\n') value += next;
      at++;
    } else {
      value += character;
    }
  }
  return undefined;
}
