/**
 * Small pieces of sentences for the queue view: names, times, places in a row.
 *
 * Cuts every text to what may cross to the webview; makes nothing harmless, since text stays data.
 */
import { formatTaskId } from '../core/ids.ts';
import { parseProgram } from '../core/programSpec.ts';
import type { Queue } from '../core/queue.ts';
import { findTask } from '../core/queue.ts';
import type { Task } from '../core/task.ts';
import type { TaskId } from '../core/ids.ts';

/** As long as the protocol with the webview allows, in UTF-16 units. */
const shortChars = 500;
const longChars = 4_000;
const wholeChars = 200_000;

export function short(text: string): string {
  return cut(text, shortChars);
}

export function long(text: string): string {
  return cut(text, longChars);
}

/** A text to read as a whole, such as a prompt. */
export function whole(text: string): string {
  return cut(text, wholeChars);
}

function cut(text: string, most: number): string {
  if (text.length <= most) return text;
  return `${text.slice(0, most - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}

/** An instant as a fact, in this machine's zone: `14:32`, on another day `Mar 3, 14:32`. */
export function clockTime(at: number, now: number): string {
  const time = timeOfDay.format(at);
  if (new Date(at).toDateString() === new Date(now).toDateString()) return time;
  return `${dayOfYear.format(at)}, ${time}`;
}

const timeOfDay = new Intl.DateTimeFormat('en', {
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
});
const dayOfYear = new Intl.DateTimeFormat('en', { month: 'short', day: 'numeric' });

/** Midnight before `now` by this machine's clock, in epoch milliseconds. */
export function midnightBefore(now: number): number {
  return new Date(now).setHours(0, 0, 0, 0);
}

const ordinals = 'first second third fourth fifth sixth seventh eighth ninth tenth'.split(' ');

/** `second try`, for the attempt of that number. */
export function tryWords(attempt: number): string {
  const ordinal = ordinals[attempt - 1];
  return ordinal === undefined ? `try ${attempt}` : `${ordinal} try`;
}

/** `#12 Narrate the harbour scene`. */
export function taskName(queue: Queue, id: TaskId): string {
  const task = findTask(queue, id);
  return task === undefined ? formatTaskId(id) : `${formatTaskId(id)} ${task.content.title}`;
}

/** The first two by name, the others by number: `#3 One, #4 Two and 5 more`. */
export function taskNames(queue: Queue, ids: readonly TaskId[]): string {
  const named = ids.slice(0, 2).map((id) => taskName(queue, id));
  const rest = ids.length - named.length;
  if (rest > 0) return `${named.join(', ')} and ${rest} more`;
  return named.join(' and ');
}

/** Who acted, for the person `self`: `you`, a person's bare name, or an agent's name. */
export function actorName(by: string, self: string): string {
  if (by === self) return 'you';
  return by.replace(/^human:/, '');
}

/** Who works on a task that `agent` holds: the lane itself is no name, its program is. */
export function workerName(task: Task, agent: string): string {
  if (agent !== 'lane') return agent.replace(/^human:/, '');
  const parsed = parseProgram(task.content.program ?? '');
  return parsed.ok && parsed.spec.type === 'shell' ? commandName(parsed.spec.argv) : agent;
}

const interpreters = /^(node|nodejs|python[\d.]*|ruby|perl|bash|sh|zsh|deno|bun)(\.exe)?$/;

/** `narrate.mjs` for `node tools/narrate.mjs --fast`. */
function commandName(argv: readonly string[]): string {
  const [command = '', first] = argv.map((word) => word.split(/[/\\]/).at(-1) ?? word);
  const isScript = interpreters.test(command) && first !== undefined && !first.startsWith('-');
  return (isScript ? first : command) || 'program';
}
