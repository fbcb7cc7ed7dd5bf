import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { joinCommandLine, splitCommandLine } from '../../extension/core/commandLine.ts';

/** Short, and mostly of the characters that quoting is about. */
const word = fc.string({
  unit: fc.oneof(
    fc.constantFrom(
      "'",
      '"',
      '\\',
      '$',
      '`',
      ';',
      ' ',
      '|',
      '&',
      '>',
      '*',
      '#',
      '=',
      '\n',
      '\t',
      'a',
    ),
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }).filter((c) => c !== '\0'),
  ),
  maxLength: 8,
});
const argv = fc.tuple(
  word.filter((first) => first !== ''),
  fc.array(word, { maxLength: 4 }),
);

test('whatever the words are, they come back from their command line', () => {
  fc.assert(
    fc.property(argv, ([command, args]) => {
      const words = [command, ...args];
      expect(splitCommandLine(joinCommandLine(words))).toEqual(words);
    }),
  );
});

test('a quoted line is split into the same words as by a real shell', () => {
  const piece = fc.oneof(
    word.map((text) => `'${text.replaceAll("'", '')}'`),
    word.map((text) => `"${text.replaceAll(/["$`\\]/g, (character) => `\\${character}`)}"`),
    fc.string({
      unit: fc.constantFrom('a', 'b', '.', ',', '=', '%', 'é'),
      minLength: 1,
      maxLength: 4,
    }),
    fc.constantFrom(' ', '  ', '\t', '\\ ', '\\\\', '\\"', "\\'", '\\\n', '"a\\b"', '"\\\n"', "''"),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
      const line = pieces.join('');
      const words = splitCommandLine(`x ${line}`);
      const script = `printf '%s\\0' x ${line}`;
      const shell = execFileSync('/bin/sh', ['-c', script], { encoding: 'utf8' });
      expect(words).toEqual(shell.split('\0').slice(0, -1));
    }),
    { numRuns: 150 },
  );
});
