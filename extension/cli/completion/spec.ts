/**
 * What a shell may offer after each verb: its options, and what kind of word comes where.
 *
 * Drawn from the verbs themselves, so that a new verb or option is completed without a line here.
 */
import { priorities } from '../../core/task.ts';
import type { OptionSpec } from '../options.ts';
import { commonOptions } from '../options.ts';
import type { Verb, VerbTable } from '../verb.ts';

/**
 * The kind of a word: `tasks:STATUSES` and `agents` are asked for when the key is pressed,
 * `words:A B` are these, `files` and `dirs` are the shell's business, `none` is anything.
 */
export type Kind = string;

export interface OptionKind {
  /** With the dashes. */
  readonly name: string;
  /** Null for a switch. */
  readonly kind: Kind | null;
}

export interface VerbSpec {
  /** One word or two. */
  readonly name: string;
  readonly summary: string;
  /** Its own, without those that every verb takes. */
  readonly options: readonly OptionKind[];
  readonly positionals: readonly Kind[];
}

const openTasks = 'tasks:pending,in_progress,failed,poisoned,interrupted';
const heldTasks = 'tasks:in_progress';
const waitingTasks = 'tasks:pending,failed';
const stoppedTasks = 'tasks:failed,interrupted,poisoned';

/** Which tasks make sense for a verb; any for the others. */
const tasksOfVerb: Readonly<Record<string, Kind>> = {
  claim: waitingTasks,
  assign: waitingTasks,
  approve: waitingTasks,
  'lock acquire': waitingTasks,
  move: waitingTasks,
  heartbeat: heldTasks,
  progress: heldTasks,
  checkpoint: heldTasks,
  guard: heldTasks,
  complete: heldTasks,
  fail: heldTasks,
  release: heldTasks,
  'lock release': heldTasks,
  'lock check': heldTasks,
  'recovery record': heldTasks,
  retry: stoppedTasks,
  'recovery retry': stoppedTasks,
  'recovery check': stoppedTasks,
  'recovery clear': stoppedTasks,
  cancel: openTasks,
  edit: openTasks,
  prioritize: openTasks,
};

const statusWords = 'pending in_progress completed failed poisoned interrupted cancelled skipped';

const optionKinds: Readonly<Record<string, Kind>> = {
  workspace: 'dirs',
  agent: 'agents',
  priority: `words:${priorities.join(' ')}`,
  status: `words:${statusWords}`,
  type: 'words:technical content creative any',
  kind: 'words:ai sd_prompt sd',
  dedupe: 'words:keep replace debounce:',
  'on-dependency-failure': 'words:block fail ignore',
  depends: openTasks,
  before: waitingTasks,
  after: waitingTasks,
  from: 'words:beads backlog taskmaster',
  program: 'words:shell: acp: external',
};

const positionalKinds: Readonly<Record<string, Kind>> = {
  AGENT: 'agents',
  FOR: 'agents',
  PRIORITY: `words:${[...priorities].reverse().join(' ')}`,
  FILE: 'files',
  SHELL: 'words:bash zsh',
};

const ownPositionals: Readonly<Record<string, readonly Kind[]>> = {
  'audit query': ['words:all task ai errors recent stats', 'tasks:any'],
};

export async function verbSpecs(verbs: VerbTable): Promise<readonly VerbSpec[]> {
  const named = Object.entries(verbs).flatMap(([name, found]) =>
    typeof found === 'function'
      ? [{ name, load: found }]
      : Object.entries(found).map(([second, load]) => ({ name: `${name} ${second}`, load })),
  );
  return Promise.all(named.map(async ({ name, load }) => specOf(name, (await load()).verb)));
}

/** The options that every verb takes. */
export function commonSpecs(): readonly OptionKind[] {
  return optionsOf(commonOptions);
}

function specOf(name: string, verb: Verb): VerbSpec {
  return {
    name,
    summary: verb.summary,
    options: optionsOf(verb.options ?? {}),
    positionals: ownPositionals[name] ?? (verb.positionals ?? []).map((each) => kindOf(name, each)),
  };
}

function optionsOf(options: Readonly<Record<string, OptionSpec>>): readonly OptionKind[] {
  return Object.entries(options).map(([option, { type }]) => ({
    name: `--${option}`,
    kind: type === 'boolean' ? null : (optionKinds[option] ?? 'none'),
  }));
}

function kindOf(verb: string, positional: string): Kind {
  const name = positional.replace(/\?$/, '');
  if (name === 'ID') return tasksOfVerb[verb] ?? 'tasks:any';
  return positionalKinds[name] ?? 'none';
}
