/**
 * Identifiers and units that the rest of the product is written in.
 *
 * Parses names that come from outside; anything that does not parse never reaches a path.
 */

declare const brand: unique symbol;
type Branded<Base, Name extends string> = Base & { readonly [brand]: Name };

/** An integer from 1 given by the queue, or a name given by the creator. */
export type TaskId = number | string;
/** Lower-cased text of a task id: names are unique ignoring case. The key of every map of tasks. */
export type TaskKey = Branded<string, 'TaskKey'>;
/** A position in the log, from 1; 0 stands before the first. */
export type Position = Branded<number, 'Position'>;
/** Milliseconds since the Unix epoch. */
export type Instant = Branded<number, 'Instant'>;
/** A length of time in milliseconds. */
export type Millis = Branded<number, 'Millis'>;

/** The highest number that a caller may choose, so that the queue never runs out of its own. */
export const highestChosenId = 2 ** 50;

const namePattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const humanPattern = /^human:[A-Za-z0-9][A-Za-z0-9._-]{0,57}$/;

/** The id that `value` means, or undefined where it is none. A string of digits is a number. */
export function parseTaskId(value: unknown): TaskId | undefined {
  if (typeof value === 'number')
    return Number.isSafeInteger(value) && value > 0 ? value : undefined;
  if (typeof value !== 'string') return undefined;
  if (/^\d+$/.test(value)) {
    const number = Number(value);
    return Number.isSafeInteger(number) && number > 0 ? number : undefined;
  }
  return namePattern.test(value) ? value : undefined;
}

/** The agent name that `value` is, or undefined where it is none; `human:<name>` is a person. */
export function parseAgentName(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  return namePattern.test(value) || humanPattern.test(value) ? value : undefined;
}

export function taskKey(id: TaskId): TaskKey {
  return (typeof id === 'number' ? String(id) : id.toLowerCase()) as TaskKey;
}

/** `#12` for a number, the bare name otherwise: how every front end writes a task. */
export function formatTaskId(id: TaskId): string {
  return typeof id === 'number' ? `#${String(id)}` : id;
}

export function position(value: number): Position {
  return value as Position;
}

export function instant(value: number): Instant {
  return value as Instant;
}
