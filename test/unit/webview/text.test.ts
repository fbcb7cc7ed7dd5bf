/** Text of tasks and programs shows what it is, and nothing it pretends to be. */
import { expect, test } from 'vitest';
import { plainCode, plainLine, plainOutput } from '../../../webview-ui/text.ts';
import {
  formatAbout,
  formatAgo,
  formatAt,
  formatCountdown,
  formatElapsed,
  formatTook,
} from '../../../webview-ui/time.ts';

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;

test.each([
  ['colours', '\u001b[1;31mred\u001b[0m', 'red'],
  ['a terminal title', 'a\u001b]0;pwned\u0007b', 'ab'],
  ['a terminal title ended by ST', 'a\u001b]0;pwned\u001b\\b', 'ab'],
  ['a link', '\u001b]8;;https://evil.test\u0007text\u001b]8;;\u0007', 'text'],
  ['C1 sequences', 'a\u009b31mb', 'ab'],
  ['a sequence cut off by the end', 'text\u001b[3', 'text'],
  ['a lone escape', 'text\u001b', 'text'],
  ['a progress line that overwrites itself', '10 %\r20 %\rdone\nnext', 'done\nnext'],
  ['line ends of Windows', 'a\r\nb\r\n', 'a\nb\n'],
])('live text drops %s', (_, raw, plain) => {
  expect(plainOutput(raw)).toBe(plain);
});

test('a terminal title that never ends swallows no line but its own', () => {
  expect(plainOutput('a\u001b]0;half\nb')).toBe('a\nb');
});

test.each([
  ['\u202egnp.exe', '‹U+202E›gnp.exe'],
  ['a\u2066b\u2069', 'a‹U+2066›b‹U+2069›'],
  ['zero\u200bwidth', 'zero‹U+200B›width'],
  ['tag\u{E0041}', 'tag‹U+E0041›'],
  ['bell\u0007', 'bell␇'],
])('what is invisible or reverses text is shown: %j', (raw, plain) => {
  expect(plainLine(raw)).toBe(plain);
  expect(plainOutput(raw)).toBe(plain);
});

test('emoji and other scripts stay as they are', () => {
  const text = '👩‍👩‍👧 सन्देश مرحبا';
  expect(plainLine(text)).toBe(text);
});

test('a title is one line', () => {
  expect(plainLine('  first\n\tsecond\u0085third ')).toBe('first second third');
});

test('of code that waits for a yes, nothing is dropped', () => {
  expect(plainCode('echo a\u001b[2K\rrm -rf /\nb\u0008')).toBe('echo a␛[2K␍rm -rf /\nb␈');
});

test('escape sequences without end take no time that grows with their square', () => {
  // Which would be minutes, and longer than any test may take.
  const text = '\u001b]'.repeat(400_000) + '\u001b['.repeat(400_000);
  expect(plainOutput(text)).not.toContain('\u001b');
});

test.each([
  [0, '0:00'],
  [42_900, '0:42'],
  [12 * minute + 5 * second, '12:05'],
  [hour + 2 * minute + 3 * second, '1:02:03'],
  [-5_000, '0:00'],
])('%d ms have run as %s', (ms, text) => {
  expect(formatElapsed(ms)).toBe(text);
});

test('a countdown reaches zero only when it is over', () => {
  expect([formatCountdown(400), formatCountdown(0), formatCountdown(-400)]).toEqual([
    '0:01',
    '0:00',
    '0:00',
  ]);
});

test.each([
  [2 * second, 'about 10 s'],
  [26 * second, 'about 30 s'],
  [57 * second, 'about 1 min'],
  [11.4 * minute, 'about 11 min'],
  [59.7 * minute, 'about 1 h'],
  [80 * minute, 'about 1 h 20 min'],
  [118 * minute, 'about 2 h'],
  [41 * hour, 'about 41 h'],
])('an estimate of %d ms is %s', (ms, text) => {
  expect(formatAbout(ms)).toBe(text);
});

test.each([
  [42 * second, '42 s'],
  [9 * minute + 12 * second, '9 min 12 s'],
  [9 * minute, '9 min'],
  [hour + 2 * minute, '1 h 2 min'],
  [2 * hour, '2 h'],
])('%d ms took %s', (ms, text) => {
  expect(formatTook(ms)).toBe(text);
});

test.each([
  [20 * second, 'just now'],
  [70 * second, '1 min ago'],
  [3 * hour, '3 h ago'],
  [25 * hour, '1 day ago'],
  [50 * hour, '2 days ago'],
])('%d ms ago is %s', (ms, text) => {
  expect(formatAgo(ms)).toBe(text);
});

test('a fact of today has its time, one of another day its date too', () => {
  const at = new Date(2026, 2, 3, 14, 32).getTime();
  expect(formatAt(at, at + hour)).toBe('14:32');
  expect(formatAt(at, at + 24 * hour)).toBe('Mar 3, 14:32');
  expect(formatAt(new Date(2026, 2, 3, 0, 5).getTime(), at)).toBe('00:05');
});
