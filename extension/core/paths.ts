/**
 * Whether two tasks may touch the same files, told from the globs that they reserve alone.
 *
 * Sound rather than exact: where it cannot tell it says yes, so that of two tasks that do overlap
 * one always waits. Knows no file system: what exists, and where links lead, is not asked.
 *
 *     `*` any characters of a name   `?` one   `[…]` taken for any   `{a,b}` either
 *     `**` any folders, or none      a plain name: that file, or that folder with all in it
 *
 * A plain name with an extension is a file, unless it ends in a slash or the other glob spells out
 * something inside: or else `src/a.md` would be in the way of all the scripts below `src`.
 * Names are compared ignoring case, since many file systems cannot tell them apart.
 */

const any = Symbol('any');
const one = Symbol('one');
/** Begins a name that only the same name, spelled out, can stand for. */
const spelled = Symbol('spelled');

/** A name as characters; `any` stands for `*`, `one` for `?`. */
type Name = readonly (string | typeof any | typeof one | typeof spelled)[];
/** A path as names; `any` stands for `**`. */
type Pattern = readonly (Name | typeof any)[];

const anywhere: Pattern = [any];
const everything: readonly Pattern[] = [anywhere];

/** A glob with more alternatives than this is taken for everything. */
const maxAlternatives = 64;
/** A comparison that takes more steps than this ends with yes; real globs take some hundreds. */
const maxSteps = 1_000_000;

/**
 * Two globs, one of each list, that may name the same path, or null where no two do. Globs are
 * relative to the workspace. One that begins with `!` only narrows the others, and is left out.
 */
export function findOverlap(
  left: readonly string[] | undefined,
  right: readonly string[] | undefined,
): readonly [left: string, right: string] | null {
  if (left === undefined || right === undefined) return null;
  const work = { steps: 0 };
  const [ours, theirs] = [parsed(left), parsed(right)];
  for (const [n, patterns] of ours.entries()) {
    for (const [m, others] of theirs.entries()) {
      if (!patterns.some((a) => others.some((b) => pathsMeet(a, b, work)))) continue;
      return [left[n] ?? '', right[m] ?? ''];
    }
  }
  return null;
}

function pathsMeet(a: Pattern, b: Pattern, work: Work): boolean {
  if (startsApart(a, b)) return false;
  return meet(a, b, { itemsMeet: (x, y) => namesMeet(x, y, work), isSpelled }, work);
}

/** Whether the two differ before the first wildcard, as most do that differ at all. */
function startsApart(a: Pattern, b: Pattern): boolean {
  const length = Math.min(a.length, b.length);
  for (let n = 0; n < length; n++) {
    const [x, y] = [literal(a[n]), literal(b[n])];
    if (x === null || y === null) return false;
    if (x !== y) return true;
  }
  return false;
}

const literals = new WeakMap<Name, string | null>();

/** A name without wildcards as text, else null. */
function literal(name: Name | typeof any | undefined): string | null {
  if (name === undefined || name === any) return null;
  const before = literals.get(name);
  if (before !== undefined) return before;
  const text = name.every((item) => typeof item === 'string') ? name.join('') : null;
  literals.set(name, text);
  return text;
}

function isSpelled([first]: Name): boolean {
  return first === spelled;
}

function namesMeet(a: Name, b: Name, work: Work): boolean {
  if (!isSpelled(a) && !isSpelled(b)) return meet(a, b, characters, work);
  const text = (name: Name) => name.filter((item) => item !== spelled);
  const [x, y] = [text(a), text(b)];
  return x.length === y.length && x.every((item, n) => typeof item === 'string' && item === y[n]);
}

type Character = Exclude<Name[number], typeof any>;

const characters = {
  itemsMeet: (x: Character, y: Character) => x === one || y === one || x === y,
  isSpelled: () => false,
};

interface Work {
  steps: number;
}

interface Rules<Item> {
  readonly itemsMeet: (x: Item, y: Item) => boolean;
  /** Whether `any` does not stand for it. */
  readonly isSpelled: (item: Item) => boolean;
}

/** Whether one sequence fits both, where `any` stands for any number of items. */
function meet<Item>(
  a: readonly (Item | typeof any)[],
  b: readonly (Item | typeof any)[],
  { itemsMeet, isSpelled }: Rules<Item>,
  work: Work,
): boolean {
  const stands = (item: Item | undefined) => item !== undefined && !isSpelled(item);
  const width = b.length + 1;
  work.steps += (a.length + 1) * width;
  if (work.steps > maxSteps) return true;
  /** Whether the first `i` of `a` and the first `j` of `b` can stand for the same, row by row. */
  const reached = new Uint8Array((a.length + 1) * width);
  reached[0] = 1;
  for (let i = 0; i <= a.length; i++) {
    for (let j = 0; j <= b.length; j++) {
      const at = i * width + j;
      if (reached[at] === 0) continue;
      const [x, y] = [a[i], b[j]];
      if (x === any || (y === any && stands(x as Item | undefined))) reached[at + width] = 1;
      if (y === any || (x === any && stands(y as Item | undefined))) reached[at + 1] = 1;
      if (x === undefined || y === undefined || x === any || y === any) continue;
      // Neither is `any` by now, which the compiler cannot tell of a type it does not know.
      if (itemsMeet(x as Item, y as Item)) reached[at + width + 1] = 1;
    }
  }
  return reached[reached.length - 1] === 1;
}

// --- Reading globs. Each is a list of alternatives; none where it names nothing.

const known = new WeakMap<readonly string[], readonly (readonly Pattern[])[]>();

/** The patterns of each glob of a task, which are read once: its content never changes in place. */
function parsed(globs: readonly string[]): readonly (readonly Pattern[])[] {
  const before = known.get(globs);
  if (before !== undefined) return before;
  const patterns = globs.map(parseGlob);
  known.set(globs, patterns);
  return patterns;
}

function parseGlob(glob: string): readonly Pattern[] {
  const text = glob.normalize('NFC').toLowerCase().replaceAll('\\', '/');
  if (text.trim() === '' || text.startsWith('!')) return [];
  // `@(a|b)` and its like are read by few tools, and by each of them differently.
  if (/[?*+@!]\(/.test(text)) return everything;
  const alternatives = expandBraces(text);
  if (alternatives === null) return everything;
  const patterns = alternatives.flatMap(parsePath);
  return patterns.length > maxAlternatives ? everything : patterns;
}

/** `a{b,c}` as `ab` and `ac`; null where there are too many. */
function expandBraces(text: string): readonly string[] | null {
  const done: string[] = [];
  const open = [text];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (done.length + open.length > maxAlternatives) return null;
    // The innermost ones first, so that none has another inside.
    const [braces, body = ''] = /\{([^{}]*)\}/.exec(next) ?? [];
    if (braces === undefined) done.push(next);
    else for (const word of alternativesOf(body)) open.push(next.replace(braces, () => word));
  }
  return done;
}

function alternativesOf(body: string): readonly string[] {
  if (body.includes(',')) return body.split(',');
  if (body.includes('..')) return ['*'];
  // Some tools take the braces for a part of the name here, and some do not.
  return [body, `[${body}]`];
}

const extension = /[^.]\.[a-z0-9]{1,8}$/;

function parsePath(text: string): readonly Pattern[] {
  const names: string[] = [];
  for (const name of text.split('/')) {
    if (name === '' || name === '.') continue;
    const before = names.at(-1);
    if (name !== '..' || before === undefined || before === '..') names.push(name);
    // What a wildcard stood for may have been the folder to go back over, or any other.
    else if (/[*?[]/.test(before)) return everything;
    else names.pop();
  }
  const last = names.at(-1);
  if (last === undefined) return everything;
  const isPlain = !/[*?[]/.test(last);
  let patterns: Pattern[] = [[]];
  for (const readings of names.map(parseName)) {
    patterns = patterns.flatMap((start) => readings.map((reading) => [...start, ...reading]));
    if (patterns.length > maxAlternatives) return everything;
  }
  const asFolders = patterns.map((pattern) => [...pattern, ...anywhere]);
  if (text.endsWith('/')) return asFolders;
  if (!isPlain) return patterns;
  if (!extension.test(last)) return asFolders;
  const insideIt: Name = [spelled, ...charactersOf(last)];
  return [...patterns, ...patterns.map((way) => [...way.slice(0, -1), insideIt, ...anywhere])];
}

/** What one name between two slashes may mean; mostly itself. */
function parseName(name: string): readonly Pattern[] {
  if (name === '**') return [anywhere];
  const inside = name.indexOf('**');
  if (inside === -1) return [[charactersOf(name)]];
  // `a**b` is `a*b` to some tools, and reaches into folders for others.
  const first = charactersOf(`${name.slice(0, inside)}*`);
  const rest = parseName(`*${name.slice(inside).replace(/^\*+/, '')}`);
  const flat = charactersOf(name.replace(/\*+/g, '*'));
  return [[flat], ...rest.map((reading) => [first, ...anywhere, ...reading])];
}

function charactersOf(name: string): Name {
  // A folder may be called `[id]`, and then is meant by that name and by no single letter.
  return [...name.replace(/\[[^\]]*\]?/g, '*')].map((character) => {
    if (character === '*') return any;
    return character === '?' ? one : character;
  });
}
