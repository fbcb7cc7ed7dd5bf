/**
 * Queue files that people and other systems wrote, read into tasks that may be imported.
 *
 * Takes version 2, version 1 and a bare `{ "queue": [ … ] }`. Refuses what it cannot vouch for with
 * the path of the value and a sentence. Whether the tasks fit into the queue is `decide`'s.
 *
 * Plain guards and no schema library, since `init` and `import` start cold as well.
 */
import type { ImportedTask } from '../core/command.ts';
import type { KnownFields, Refuse } from './queueFileFields.ts';
import { fieldsByWord, foreign, isObject, quoted, scalarText } from './queueFileFields.ts';

export interface Problem {
  /** As in `queue[3].priority`; '' for the file as a whole. */
  readonly path: string;
  readonly message: string;
}

export type ParsedQueueFile =
  | { readonly ok: true; readonly tasks: readonly ImportedTask[] }
  | { readonly ok: false; readonly problems: readonly Problem[] };

const maxFileChars = 64 * 1024 * 1024;
const maxTasks = 50_000;
/** Enough to see what is wrong with a file; the rest is said to be more of it. */
const maxProblems = 50;

/** The tasks of a file, or every reason why none of them may be taken. */
export function parseQueueFile(text: string): ParsedQueueFile {
  const whole = (message: string): ParsedQueueFile => ({
    ok: false,
    problems: [{ path: '', message }],
  });
  if (text.length > maxFileChars) return whole('The file is larger than 64 MiB.');
  let file: unknown;
  try {
    file = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    return whole(`The file is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (!isObject(file)) return whole('The file is not a JSON object with a list "queue".');
  const { version, queue } = file;
  if (version !== undefined && !/^[12](?:\.0)?$/.test(scalarText(version))) {
    return whole(`Version ${quoted(version)} is not known here; versions 1 and 2 are.`);
  }
  if (!Array.isArray(queue)) return whole('The file has no list "queue".');

  return parseTasks(queue.map((fields: unknown, index) => ({ path: `queue[${index}]`, fields })));
}

/** A task in the words of a queue file, wherever it was found. */
export interface FoundTask {
  /** Where it stands, for messages: `queue[3]`, `line 4`. */
  readonly path: string;
  readonly fields: unknown;
}

/** The tasks that were found, or every reason why none of them may be taken. */
export function parseTasks(found: readonly FoundTask[]): ParsedQueueFile {
  if (found.length > maxTasks) {
    return {
      ok: false,
      problems: [{ path: '', message: `There are more than ${maxTasks} tasks.` }],
    };
  }
  const problems: Problem[] = [];
  const tasks: ImportedTask[] = [];
  for (const { path, fields } of found) {
    if (problems.length >= maxProblems) break;
    const task = readTask(fields, path, problems);
    if (task !== undefined) tasks.push(task);
  }
  return problems.length === 0 ? { ok: true, tasks } : { ok: false, problems };
}

/** One task of a file, or undefined with what is wrong with it added to `problems`. */
export function readTask(
  item: unknown,
  path: string,
  problems: Problem[],
): ImportedTask | undefined {
  if (!isObject(item)) {
    problems.push({ path, message: `A task is an object, not ${quoted(item)}.` });
    return undefined;
  }
  const known: Record<string, unknown> = {};
  const extra: Record<string, unknown> = {};
  const before = problems.length;
  for (const [word, value] of Object.entries(item)) {
    const refuse: Refuse = (message, at = '') =>
      problems.push({ path: `${path}.${word}${at}`, message });
    const field = fieldsByWord.get(word);
    if (field !== undefined) {
      const read = field.read(value, refuse);
      if (read !== undefined) known[field.name] = read;
    } else if (word === '__proto__') {
      refuse('A field cannot have this name.');
    } else if (foreign(value, refuse) !== undefined) {
      extra[word] = value;
    }
  }
  for (const required of ['id', 'title'] as const) {
    if (!Object.hasOwn(item, required)) {
      problems.push({ path: `${path}.${required}`, message: 'It is missing.' });
    }
  }
  return problems.length > before ? undefined : assemble(known as KnownFields, extra);
}

function assemble(fields: KnownFields, extra: Record<string, unknown>): ImportedTask {
  const { id, status = 'pending', attempts = 0, failures = 0, reason = '', ...rest } = fields;
  const { result, actualMinutes = 0, completedAt, assignedTo, claimedAt, past, ...content } = rest;
  const isEnded = status === 'completed' || status === 'cancelled' || status === 'skipped';
  // Nobody here holds anything of the file, but who did what is worth keeping.
  if (isEnded && assignedTo !== undefined) extra['assigned_to'] = assignedTo;
  if (isEnded && claimedAt !== undefined) extra['claimed_on'] = claimedAt;
  const { notBeforeAt, ...timeless } = content;
  const isFailed = status === 'failed';
  return {
    id,
    content: {
      description: null,
      type: 'any',
      kind: 'ai',
      priority: 'NORMAL',
      dependencies: [],
      ...timeless,
      ...(isFailed || notBeforeAt === undefined ? {} : { notBeforeAt }),
      ...(Object.keys(extra).length === 0 ? {} : { extra }),
    },
    status,
    attempts,
    failures,
    endedAt: (isFailed ? notBeforeAt : completedAt) ?? null,
    result: result ?? null,
    actualMinutes,
    reason,
    ...(past === undefined ? {} : { past }),
  };
}
