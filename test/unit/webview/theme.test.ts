/** In a browser, the page's own style sheet gives every colour and font that the view asks for. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

const folder = path.join(import.meta.dirname, '../../../webview-ui');
const read = (...parts: string[]) => readFileSync(path.join(folder, ...parts), 'utf8');

const used = readdirSync(path.join(folder, 'styles'))
  .flatMap((name) => [...read('styles', name).matchAll(/var\(\s*(--vscode-[\w-]+)/g)])
  .map(([, name]) => name ?? '');
const blocks = read('browser', 'theme.css')
  .split(':root')
  .slice(1)
  .map(
    (block) => new Set([...block.matchAll(/(--vscode-[\w-]+):/g)].map(([, name]) => name ?? '')),
  );
const isFont = (name: string) => name.includes('-font-');

test('the light theme gives what the view uses, and nothing else', () => {
  expect([...(blocks[0] ?? [])].toSorted()).toEqual([...new Set(used)].toSorted());
});

test.each([2, 3, 4])('what high contrast changes, it changes as a whole: block %i', (index) => {
  const colours = [...(blocks[0] ?? [])].filter((name) => !isFont(name)).toSorted();
  expect([...(blocks[index] ?? [])].toSorted()).toEqual(colours);
});
