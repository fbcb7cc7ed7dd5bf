import { describe, expect, test } from 'vitest';
import { joinCommandLine, splitCommandLine } from '../../extension/core/commandLine.ts';

describe('a command line is split as a POSIX shell splits words', () => {
  test.each<[string, string[]]>([
    ['claude', ['claude']],
    ['  claude \t --print\n x ', ['claude', '--print', 'x']],
    [`echo 'two words' "and more"`, ['echo', 'two words', 'and more']],
    [`echo it\\'s`, ['echo', "it's"]],
    [`echo 'it'\\''s'`, ['echo', "it's"]],
    [`echo a"b c"'d e'f`, ['echo', 'ab cd ef']],
    [`echo '' ""`, ['echo', '', '']],
    [`echo 'a\\b'`, ['echo', 'a\\b']],
    [`echo "a\\b" "\\$\\"\\\\\\\`"`, ['echo', 'a\\b', '$"\\`']],
    [`echo two\\ words`, ['echo', 'two words']],
    [`echo a\\\nb "c\\\nd"`, ['echo', 'ab', 'cd']],
    [`echo a\\\n b`, ['echo', 'a', 'b']],
    ['write 日本 🚂', ['write', '日本', '🚂']],
  ])('%j', (text, words) => {
    expect(splitCommandLine(text)).toEqual(words);
  });
});

test('nothing is expanded and there are no operators', () => {
  expect(splitCommandLine('cat $HOME/* | tee x > y; rm & $(id) `id` #z ~ {a,b}')).toEqual(
    'cat $HOME/* | tee x > y; rm & $(id) `id` #z ~ {a,b}'.split(' '),
  );
});

describe('what is no command line is refused in words', () => {
  test.each([
    ["echo 'a", 'single quote at character 6'],
    ['echo "a', 'double quote at character 6'],
    ['echo "a\\"', 'double quote at character 6'],
    ['echo a\\', 'backslash'],
    ['', 'empty'],
    [' \n ', 'empty'],
    ["'' a", 'itself is empty'],
    ["echo 'a\0b'", 'NUL'],
  ])('%j', (text, reason) => {
    expect(splitCommandLine(text)).toEqual({ error: expect.stringContaining(reason) });
  });
});

test('a command line is shown with no more quotes than it needs', () => {
  expect(joinCommandLine(['claude', '--print=x', 'two words', "it's", ''])).toBe(
    `claude --print=x 'two words' 'it'\\''s' ''`,
  );
  expect(joinCommandLine(['A=1', 'x'])).toBe("'A=1' x");
});
