/** "Did you mean": the known words that a mistyped one is near to. Loaded only then. */

/** At most this many are worth reading. */
const mostSuggestions = 3;

/** A sentence with the nearest of `known`, or '' where none is near. */
export function suggestion(word: string, known: readonly string[]): string {
  const lower = word.toLowerCase();
  const most = Math.max(1, Math.floor(lower.length / 3));
  const near = known
    .map((each) => ({ each, apart: isPart(lower, each) ? 1 : distance(lower, each.toLowerCase()) }))
    .filter(({ apart }) => apart <= most)
    .sort((a, b) => a.apart - b.apart)
    .slice(0, mostSuggestions)
    .map(({ each }) => `\`${each}\``);
  return near.length === 0 ? '' : ` Did you mean ${near.join(' or ')}?`;
}

/** An abbreviation, or a word with something after it. */
function isPart(word: string, known: string): boolean {
  const bare = word.replace(/^-+/, '');
  const target = known.replace(/^-+/, '');
  return bare.length >= 3 && (target.startsWith(bare) || bare.startsWith(target));
}

/** How many letters to insert, remove, replace or swap with their neighbour. */
function distance(from: string, to: string): number {
  const rows = [Array.from({ length: to.length + 1 }, (_, n) => n)];
  for (let i = 1; i <= from.length; i++) {
    const row = [i];
    for (let j = 1; j <= to.length; j++) {
      const above = rows[i - 1] ?? [];
      const isSame = from[i - 1] === to[j - 1];
      const steps = [
        (above[j] ?? 0) + 1,
        (row[j - 1] ?? 0) + 1,
        (above[j - 1] ?? 0) + Number(!isSame),
      ];
      const isSwap = from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1];
      if (i > 1 && j > 1 && isSwap) steps.push((rows[i - 2]?.[j - 2] ?? 0) + 1);
      row.push(Math.min(...steps));
    }
    rows.push(row);
  }
  return rows.at(-1)?.at(-1) ?? 0;
}
