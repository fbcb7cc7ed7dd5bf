/**
 * Numbers as the benchmarks read and print them: options, quantiles, Markdown tables.
 */

/** The number given for `--name`, or `otherwise`. @throws where it is no positive number. */
export function numberOption(name: string, otherwise: number): number {
  const given = option(name);
  if (given === undefined) return otherwise;
  const number = Number(given);
  if (!(number > 0)) throw new Error(`--${name} takes a number above 0, not ${given}.`);
  return number;
}

/** The numbers given for `--name`, separated by commas, or `otherwise`. */
export function numbersOption(name: string, otherwise: readonly number[]): readonly number[] {
  const given = option(name);
  return given === undefined ? otherwise : given.split(',').map(Number);
}

/** The word given for `--name`, if any. */
export function option(name: string): string | undefined {
  const at = process.argv.indexOf(`--${name}`);
  return at === -1 ? undefined : (process.argv[at + 1] ?? '');
}

/** The value below which `share` of them are, from 0 to 1. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const index = Math.min(sorted.length - 1, Math.floor(sorted.length * share));
  return sorted[index] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** `12 ms`, with as many places as tell something. */
export function ms(value: number): string {
  if (Number.isNaN(value)) return '-';
  return `${value.toFixed(value < 1 ? 2 : value < 10 ? 1 : 0)} ms`;
}

export function count(value: number): string {
  return Number.isNaN(value) ? '-' : Math.round(value).toLocaleString('en');
}

/** Prints a Markdown table; the first row is the head. */
export function printTable(rows: readonly (readonly string[])[]): void {
  const widths = (rows[0] ?? []).map((_, n) => Math.max(...rows.map((row) => row[n]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, n) => cell.padStart(widths[n] ?? 0)).join(' | ')} |`;
  const [head = [], ...body] = rows;
  const rule = `| ${widths.map((width) => `${'-'.repeat(width - 1)}:`).join(' | ')} |`;
  console.log([line(head), rule, ...body.map(line)].join('\n'));
}
