/** What needs a look, a line each, with the command that leads on. */
import { formatTaskId } from '../../core/ids.ts';
import type { Attention } from '../attention.ts';
import { glyphs } from './glyphs.ts';
import type { Glyphs } from './glyphs.ts';
import type { Column } from './table.ts';
import { tableLines } from './table.ts';
import type { Style } from './text.ts';

const looks: Readonly<Record<Attention['type'], readonly [sign: keyof Glyphs, style: Style]>> = {
  question: ['waiting', 'yellow'],
  lane: ['gaveUp', 'red'],
  poisoned: ['gaveUp', 'red'],
  interrupted: ['stopped', 'yellow'],
  blocked: ['gaveUp', 'yellow'],
  approval: ['ready', 'yellow'],
  paths: ['failed', 'yellow'],
  stale: ['running', 'yellow'],
  failed: ['failed', 'yellow'],
};

const columns: readonly Column[] = [
  {},
  { max: 20 },
  { min: 12, max: 36, optional: 1 },
  { min: 16 },
  { optional: 2 },
];

export function attentionLines(items: readonly Attention[], width: number): readonly string[] {
  const rows = items.map(({ type, task, title, why, command }) => {
    const [sign, style] = looks[type];
    return [
      { text: glyphs()[sign], style },
      { text: task === null ? '' : formatTaskId(task), style: 'dim' as const },
      title,
      { text: why, style },
      { text: command ?? '', style: 'dim' as const },
    ];
  });
  return tableLines(columns, rows, width);
}
