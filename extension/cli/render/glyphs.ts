/**
 * The signs that views are drawn with, in two sets: for terminals that show UTF-8, and for others.
 *
 * Texts of tasks are no business of this: they are UTF-8 wherever they go.
 */

export interface Glyphs {
  readonly cut: string;
  readonly dot: string;
  readonly rule: string;
  readonly full: string;
  readonly empty: string;
  /** Of a tree: a child, the last child, and what stands below each. */
  readonly child: string;
  readonly lastChild: string;
  readonly below: string;
  readonly arrow: string;
  readonly running: string;
  readonly ready: string;
  readonly waiting: string;
  readonly done: string;
  readonly failed: string;
  readonly gaveUp: string;
  readonly stopped: string;
  readonly dropped: string;
}

const unicode: Glyphs = {
  cut: '…',
  dot: '·',
  rule: '─',
  full: '█',
  empty: '░',
  child: '├─ ',
  lastChild: '└─ ',
  below: '│  ',
  arrow: '→',
  running: '●',
  ready: '○',
  waiting: '·',
  done: '✓',
  failed: '!',
  gaveUp: '✗',
  stopped: '=',
  dropped: '–',
};

const ascii: Glyphs = {
  cut: '~',
  dot: '-',
  rule: '-',
  full: '#',
  empty: '.',
  child: '|- ',
  lastChild: '`- ',
  below: '|  ',
  arrow: '->',
  running: '*',
  ready: 'o',
  waiting: '.',
  done: '+',
  failed: '!',
  gaveUp: 'x',
  stopped: '=',
  dropped: '-',
};

/** As the locale says; where it says nothing, terminals of today show UTF-8. */
export function glyphs(env: NodeJS.ProcessEnv = process.env): Glyphs {
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'];
  return !locale || /utf-?8/i.test(locale) ? unicode : ascii;
}
