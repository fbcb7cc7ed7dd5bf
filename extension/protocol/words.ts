/**
 * The words that fields have in files and in `--json` output, beside their names in the code.
 *
 * One table for the log, the queue file, imports and output. What a field may hold, and which
 * fields an object has, is the business of whoever reads or writes that object.
 *
 * Inside, fields are camelCase and instants are epoch milliseconds; outside, words are snake_case
 * and instants ISO 8601 in UTC with milliseconds. A field that is not in the table is the same on
 * both sides. Only objects named in the table are entered, so what belongs to others (`extra`,
 * `capture`, `checkpoint`, `state`) passes untouched.
 */

/** How the value of a field changes on its way out; `plain` means that only its name does. */
type Kind = 'plain' | 'instant' | 'object';

interface Word {
  readonly name: string;
  readonly kind: Kind;
}

/** By the field's name in the code. */
const table: Readonly<Record<string, readonly [word: string, kind: Kind]>> = {
  actualMinutes: ['actual_minutes', 'plain'],
  assignedTo: ['assigned_to', 'plain'],
  at: ['at', 'instant'],
  bootId: ['boot_id', 'plain'],
  bytesBefore: ['bytes_before', 'plain'],
  claimedAt: ['claimed_on', 'instant'],
  commandId: ['command_id', 'plain'],
  completedAt: ['completed_on', 'instant'],
  content: ['content', 'object'],
  createdAt: ['created_on', 'instant'],
  deadlineAt: ['deadline', 'instant'],
  errorClass: ['error_class', 'plain'],
  estimateMinutes: ['estimate_minutes', 'plain'],
  holder: ['holder', 'object'],
  lastFailure: ['last_failure', 'object'],
  leaseExpiresAt: ['lease_expires', 'instant'],
  notBeforeAt: ['not_before', 'instant'],
  onDependencyFailure: ['on_dependency_failure', 'plain'],
  pidNamespace: ['pid_namespace', 'plain'],
  past: ['past', 'object'],
  poisonPill: ['poison_pill', 'plain'],
  process: ['process', 'object'],
  setAside: ['set_aside', 'object'],
  since: ['since', 'instant'],
  startTime: ['start_time', 'plain'],
  until: ['until', 'instant'],
  validIf: ['valid_if', 'plain'],
};

const outward = new Map<string, Word>();
const inward = new Map<string, Word>();
for (const [field, [word, kind]] of Object.entries(table)) {
  outward.set(field, { name: word, kind });
  inward.set(word, { name: field, kind });
}

const isoInstant =
  /^(?:\d{4}|[+-]\d{6})-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d))?$/;

/**
 * Epoch milliseconds of an ISO 8601 instant with its time zone (or a bare date, taken as UTC), or
 * undefined where `text` is none.
 */
export function parseIsoInstant(text: string): number | undefined {
  // All lines of one command carry the same instant, and a log is read thousands of lines at once.
  if (text !== lastParsed.text) lastParsed = { text, at: parse(text) };
  return lastParsed.at;
}

let lastParsed: { readonly text: string; readonly at: number | undefined } = {
  text: '',
  at: undefined,
};

function parse(text: string): number | undefined {
  if (!isoInstant.test(text)) return undefined;
  const milliseconds = Date.parse(text);
  return Number.isNaN(milliseconds) ? undefined : milliseconds;
}

/** ISO 8601 in UTC with milliseconds. @throws {RangeError} where `at` is no instant. */
export function formatIsoInstant(at: number): string {
  return new Date(at).toISOString();
}

/**
 * The object as it stands in a file. Fields that are undefined are left out.
 *
 * @throws {RangeError} where a number that should be an instant is none.
 */
export function toWords(object: object): Record<string, unknown> {
  return translate(object, outward, outInstant);
}

/**
 * The object as the code knows it. Checks nothing: a value that is not what its word promises,
 * such as an instant that does not parse, is left as it is for the reader's own checks to refuse.
 */
export function fromWords(object: object): Record<string, unknown> {
  return translate(object, inward, inInstant);
}

function translate(
  object: object,
  words: ReadonlyMap<string, Word>,
  ofInstant: (value: unknown) => unknown,
): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  const fields = object as Readonly<Record<string, unknown>>;
  for (const key of Object.keys(object)) {
    const value = fields[key];
    // Assigning this name would change what the object inherits instead of what it holds.
    if (value === undefined || key === '__proto__') continue;
    const word = words.get(key);
    if (word === undefined) result[key] = value;
    else if (word.kind === 'plain') result[word.name] = value;
    else if (word.kind === 'instant') result[word.name] = ofInstant(value);
    else result[word.name] = isObject(value) ? translate(value, words, ofInstant) : value;
  }
  return result;
}

function outInstant(value: unknown): unknown {
  return typeof value === 'number' ? formatIsoInstant(value) : value;
}

function inInstant(value: unknown): unknown {
  return typeof value === 'string' ? (parseIsoInstant(value) ?? value) : value;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
