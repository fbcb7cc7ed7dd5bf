/** The options that describe a task, shared by `add` and `edit`. */
import { readFileSync } from 'node:fs';
import { checkProgram } from '../core/programSpec.ts';
import type { Dedupe } from '../core/command.ts';
import type { Instant, Millis } from '../core/ids.ts';
import { instant } from '../core/ids.ts';
import type { DependencyPolicy, Limits, TaskContent } from '../core/task.ts';
import { dependencyPolicies } from '../core/task.ts';
import type { Invocation } from './invocation.ts';
import { priorityOf, taskIdsOf } from './invocation.ts';
import type { OptionSpec } from './options.ts';
import { UsageError } from './answer.ts';

const text = (value: string, help: string): OptionSpec => ({ type: 'string', value, help });
const flag = (help: string): OptionSpec => ({ type: 'boolean', help });

export const contentOptions = {
  description: text('T|-', 'The prompt; - reads it from standard input.'),
  type: text('T', 'technical, content, creative, any, or a configured word.'),
  kind: text('K', 'Status kind: ai, sd_prompt, sd, or a configured word.'),
  priority: text('P', 'CRITICAL, HIGH, NORMAL or LOW.'),
  depends: text('ID,ID', 'Tasks that must be completed first.'),
  'on-dependency-failure': text('POLICY', 'block, fail or ignore.'),
  key: text('K', 'Dedupe key: while a task with it waits, no second one is added.'),
  session: text('S', 'The session that the task belongs to.'),
  group: text('G', 'The group that the task belongs to.'),
  label: text('L,L', 'Labels.'),
  estimate: text('MIN', 'How long it should take, in minutes.'),
  deadline: text('TS', 'ISO 8601; past it the task is skipped.'),
  'not-before': text('TS', 'ISO 8601; before it the task does not start.'),
  paths: text('GLOB,…', 'What it will touch.'),
  capture: text('JSON|@FILE', 'Input frozen now, as the program will get it.'),
  'valid-if': text('COND', 'file:PATH, branch:NAME or cmd:COMMAND, judged at its turn.'),
  background: flag('Yields to everything a person asked for.'),
  preemptible: flag('May be interrupted for more urgent work and resumed.'),
  limit: text('NAME=N,…', 'minutes, turns, tokens.'),
  accept: text('CMD', 'Must pass before the task counts as completed.'),
  program: text('PROGRAM', 'What the lane runs: shell:COMMAND LINE, acp:AGENT, external.'),
} satisfies Record<string, OptionSpec>;

const wordPattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const maxTitleChars = 500;

/** A complete task from the options, defaults filled in. */
export async function contentOf(invocation: Invocation, title: string): Promise<TaskContent> {
  return {
    title: checkedTitle(title),
    description: null,
    type: 'any',
    kind: 'ai',
    priority: 'NORMAL',
    dependencies: [],
    ...(await changesOf(invocation)),
  };
}

/** Only what the options name. */
export async function changesOf(invocation: Invocation): Promise<Partial<TaskContent>> {
  const read = <Value>(name: string, parse: (text: string) => Value): Value | undefined => {
    const value = invocation.option(name);
    return value === undefined ? undefined : parse(value);
  };
  const description = await descriptionOf(invocation);
  const fields: { readonly [Field in keyof TaskContent]: TaskContent[Field] | undefined } = {
    title: read('title', checkedTitle),
    description,
    type: read('type', word),
    kind: read('kind', word),
    priority: read('priority', priorityOf),
    dependencies: read('depends', taskIdsOf),
    onDependencyFailure: read('on-dependency-failure', policyOf),
    key: read('key', shortText),
    session: read('session', shortText),
    group: read('group', shortText),
    labels: read('label', listOf),
    estimateMinutes: invocation.number('estimate'),
    deadlineAt: read('deadline', instantOf),
    notBeforeAt: read('not-before', instantOf),
    paths: read('paths', globsOf),
    capture: read('capture', captureOf),
    validIf: read('valid-if', conditionOf),
    background: invocation.flag('background') || undefined,
    preemptible: invocation.flag('preemptible') || undefined,
    limit: read('limit', limitsOf),
    accept: read('accept', commandOf),
    program: read('program', programOf),
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

export function dedupeOf(mode: string | undefined): Dedupe {
  if (mode === undefined || mode === 'keep') return { mode: 'keep' };
  if (mode === 'replace') return { mode };
  const debounce = /^debounce:(\d{1,9})$/.exec(mode)?.[1];
  if (debounce !== undefined) return { mode: 'debounce', ms: Number(debounce) as Millis };
  throw new UsageError(`--dedupe takes keep, replace or debounce:MS, not "${mode}".`);
}

async function descriptionOf(invocation: Invocation): Promise<string | undefined> {
  const given = invocation.option('description');
  if (given !== '-') return given;
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function checkedTitle(title: string): string {
  const trimmed = title.trim();
  if (trimmed === '') throw new UsageError('The title is empty.');
  if (trimmed.length > maxTitleChars) {
    throw new UsageError(
      `The title has ${trimmed.length} characters, ${maxTitleChars} at most: put the rest into --description.`,
    );
  }
  return trimmed;
}

function word(text: string): string {
  if (wordPattern.test(text)) return text;
  throw new UsageError(`${JSON.stringify(text)} is no word of letters, digits, dots, dashes.`);
}

function shortText(text: string): string {
  if (text !== '' && text.length <= 200) return text;
  throw new UsageError('Keys, sessions and groups have 1 to 200 characters.');
}

function listOf(text: string): readonly string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

/** Commas separate globs, except within braces: `src/{a,b}.ts,docs/**` are two. */
function globsOf(text: string): readonly string[] {
  const globs: string[] = [''];
  let depth = 0;
  for (const character of text) {
    if (character === '{') depth++;
    if (character === '}') depth = Math.max(0, depth - 1);
    if (character === ',' && depth === 0) globs.push('');
    else globs.push(`${globs.pop() ?? ''}${character}`);
  }
  // A brace that nobody closed is a part of a name.
  if (depth > 0) return listOf(text);
  return globs.map((glob) => glob.trim()).filter((glob) => glob !== '');
}

function policyOf(text: string): DependencyPolicy {
  const policy = dependencyPolicies.find((each) => each === text);
  if (policy !== undefined) return policy;
  throw new UsageError(`--on-dependency-failure takes block, fail or ignore, not "${text}".`);
}

export function instantOf(text: string): Instant {
  const at = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isFinite(at)) return instant(at);
  throw new UsageError(`"${text}" is no time such as 2026-11-22T14:30:00Z.`);
}

function captureOf(text: string): unknown {
  try {
    return JSON.parse(text.startsWith('@') ? readFileSync(text.slice(1), 'utf8') : text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UsageError(`--capture takes JSON, or @FILE with JSON in it: ${why}.`);
  }
}

function conditionOf(text: string): string {
  if (/^(file|branch|cmd):./.test(text)) return text;
  throw new UsageError(`--valid-if takes file:PATH, branch:NAME or cmd:COMMAND, not "${text}".`);
}

function limitsOf(text: string): Limits {
  const limits: Record<string, number> = {};
  for (const part of listOf(text)) {
    const [, name = '', amount] = /^(minutes|turns|tokens)=(\d+(?:\.\d+)?)$/.exec(part) ?? [];
    if (amount === undefined || Number(amount) <= 0) {
      throw new UsageError(`--limit takes minutes=N, turns=N, tokens=N, not "${part}".`);
    }
    limits[name] = Number(amount);
  }
  return limits;
}

function commandOf(text: string): string {
  return programOf(`shell:${text}`).slice('shell:'.length);
}

function programOf(text: string): string {
  const problem = checkProgram(text);
  if (problem === null) return text;
  throw new UsageError(problem);
}
