/**
 * What every importer makes of another tracker's files: tasks in the words of a queue file.
 *
 * Whether those words make a task is `protocol/queueFileInput`'s, whether the tasks fit into the
 * queue is `decide`'s. What a tracker knows and we do not stays with the task under its own name.
 */
import type { FoundTask, Problem } from '../../protocol/queueFileInput.ts';

export type Fields = Readonly<Record<string, unknown>>;

/** Tasks of a file, what is wrong with it, and what a person should know of what was left out. */
export class ForeignTasks {
  readonly found: FoundTask[] = [];
  readonly problems: Problem[] = [];
  readonly notes: string[] = [];

  add(path: string, fields: Fields): void {
    this.found.push({ path, fields: withoutNothing(fields) });
  }

  refuse(path: string, message: string): void {
    this.problems.push({ path, message });
  }
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A list where there should be one; anything else is refused once, and read as empty. */
export function listOf(
  value: unknown,
  path: string,
  tasks: Pick<ForeignTasks, 'refuse'>,
): readonly unknown[] {
  if (value === undefined || value === null || value === '') return [];
  if (Array.isArray(value)) return value;
  tasks.refuse(path, 'It is no list.');
  return [];
}

/** One prompt made of a tracker's several texts: the first one, and the others under headings. */
export function promptOf(
  first: unknown,
  others: Readonly<Record<string, unknown>>,
): string | undefined {
  const isText = (value: unknown): value is string =>
    typeof value === 'string' && value.trim() !== '';
  const parts = Object.entries(others)
    .filter(([, text]) => isText(text))
    .map(([heading, text]) => `## ${heading}\n\n${String(text).trim()}`);
  if (isText(first)) parts.unshift(first.trim());
  return parts.length === 0 ? undefined : parts.join('\n\n');
}

/** The fields that nobody named, for `extra`; ours are never taken for them. */
export function restOf(fields: Fields, known: readonly string[]): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !known.includes(name)));
}

function withoutNothing(fields: Fields): Fields {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined && value !== null),
  );
}
