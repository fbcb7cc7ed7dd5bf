/** What a person writes becomes a task that says the same, and nothing in it can say more. */
import { expect, test } from 'vitest';
import { contentOf } from '../../../extension/vscode/newTask.ts';
import { forLabel, forMessage, formatElapsed } from '../../../extension/vscode/text.ts';

test('one line is the title', () => {
  expect(contentOf({ text: ' Fix the date test \n' })).toMatchObject({
    title: 'Fix the date test',
    description: null,
    kind: 'ai',
    priority: 'NORMAL',
  });
});

test('of several lines the first is the title and all are the prompt', () => {
  const text = '# Fix the date test\r\n\r\nIt counts a day too few.';
  expect(contentOf({ text })).toMatchObject({
    title: 'Fix the date test',
    description: '# Fix the date test\n\nIt counts a day too few.',
  });
});

test('a line that is too long for a title is kept whole as the prompt', () => {
  const text = 'word '.repeat(60).trim();
  const content = contentOf({ text });
  expect([...content!.title].length).toBeLessThanOrEqual(120);
  expect(content!.description).toBe(text);
});

test.each(['', ' \n\t ', '\u202e\u200b'])('nothing written is no task: %j', (text) => {
  expect(contentOf({ text })).toBeNull();
});

test('for agents outside the editor a task names no program', () => {
  expect(contentOf({ text: 'a' })).not.toHaveProperty('program');
  expect(contentOf({ text: 'a', program: 'acp:Claude' })).toMatchObject({ program: 'acp:Claude' });
});

test('a selection is carried as it was, in a fence that it cannot end', () => {
  const text = 'before\n````\nafter\n';
  const captured = [{ file: 'story/a.md', lines: { start: 3, end: 5 }, text }];
  const content = contentOf({ text: 'Shorten this', captured });
  expect(content!.description).toBe(
    'Shorten this\n\nstory/a.md:3-5\n`````\nbefore\n````\nafter\n`````',
  );
  expect(content!.capture).toEqual({ places: captured });
});

test('a message of the editor shows a title and no link of its', () => {
  expect(forMessage('see [here](command:evil)\u001b[1m now')).toBe('see [here] (command:evil) now');
});

test('a label of the editor shows a title and no icon of its', () => {
  expect(forLabel('$(trash) all')).toBe('\\$(trash) all');
});

test.each([
  [-5, '0:00'],
  [42_900, '0:42'],
  [725_000, '12:05'],
  [3_723_000, '1:02:03'],
])('%i ms are %s', (ms, text) => {
  expect(formatElapsed(ms)).toBe(text);
});
