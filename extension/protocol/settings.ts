/**
 * `AI/config.json`, `AI/recovery/retry_config.json` and `AI/agents.json`: what people may say there,
 * and what it means.
 *
 * Never fails: a value that makes no sense is reported, and its default holds. Finding and reading
 * the files is `settingsFiles`'. Nothing here starts a program.
 */
import type { Millis } from '../core/ids.ts';
import { parseAgentName } from '../core/ids.ts';
import type { AgentRules, RetryRules, Rules } from '../core/rules.ts';
import { defaultRules } from '../core/rules.ts';
import { parseJsonc } from './jsonc.ts';
import { isFields, SettingsValues } from './settingsValues.ts';

/** What a status kind is called, at work and at rest: `SD: Generating`. */
export interface KindWords {
  readonly label: string;
  readonly working: string;
  readonly ready: string;
  readonly error: string;
}

export interface Settings {
  readonly rules: Rules;
  /** By the kind's name, the configured ones after those that are always there. */
  readonly kinds: ReadonlyMap<string, KindWords>;
  /** How long a program has after being asked to stop, and then after being told to. */
  readonly interrupt: { readonly askMs: Millis; readonly terminateMs: Millis };
  readonly monitorIntervalMs: Millis;
  readonly healIntervalMs: Millis;
  /** Age from which `health` speaks of a task in progress. */
  readonly maxStaleMs: Millis;
  /** Whether `TASK_QUEUE.json` goes into git, and so is written without what every claim changes. */
  readonly track: boolean;
  readonly problems: readonly SettingsProblem[];
}

/** A value whose default holds, or a file of which nothing holds. */
export interface SettingsProblem {
  readonly file: SettingsFileName;
  /** As in `interrupt.ask_ms`; '' for the file as a whole. */
  readonly path: string;
  readonly message: string;
}

export const settingsFileNames = ['config.json', 'retry_config.json', 'agents.json'] as const;
export type SettingsFileName = (typeof settingsFileNames)[number];

/** The text of each file; absent where there is no such file. */
export type SettingsTexts = Partial<Record<SettingsFileName, string | undefined>>;

const secondMs = 1_000;
const minuteMs = 60_000;
const noLimit = Number.POSITIVE_INFINITY as Millis;

/** All settings: the defaults, and over them what the files say. */
export function parseSettings(texts: SettingsTexts): Settings {
  const problems: SettingsProblem[] = [];
  const read = (file: SettingsFileName) => open(file, texts[file], problems);
  const config = read('config.json');
  const interrupt = config.inner('interrupt');
  const waiting = maxWaiting(config);
  return {
    rules: {
      maxWaiting: waiting.total,
      maxWaitingPerSession: waiting.session,
      agingMs: config.span('aging_minutes', minuteMs, defaultRules.agingMs, { least: 0 }),
      preempt: config.flag('preempt', defaultRules.preempt),
      lockTimeoutMs: config.span('lock_timeout_seconds', secondMs, defaultRules.lockTimeoutMs, {
        least: 1,
      }),
      agentsStrict: config.flag('agents_strict', defaultRules.agentsStrict),
      agents: agents(read('agents.json')),
      retry: retry(read('retry_config.json')),
    },
    kinds: kinds(config.inner('kinds')),
    interrupt: {
      askMs: interrupt.span('ask_ms', 1, 2_000 as Millis, { least: 0, most: 600_000 }),
      terminateMs: interrupt.span('terminate_ms', 1, 3_000 as Millis, { least: 0, most: 600_000 }),
    },
    monitorIntervalMs: config.span('monitor_interval_seconds', secondMs, 60_000 as Millis, {
      least: 1,
    }),
    healIntervalMs: config.span('heal_interval_seconds', secondMs, 300_000 as Millis, { least: 1 }),
    maxStaleMs: config.span('max_stale_seconds', secondMs, 7_200_000 as Millis, { least: 1 }),
    track: config.flag('track', false),
    problems,
  };
}

function retry(values: SettingsValues): RetryRules {
  const { retry: defaults } = defaultRules;
  const whole = { whole: true, least: 0, most: 1_000_000 };
  const maxDelayMs = values.span('max_delay_seconds', secondMs, noLimit, { least: 0 });
  return {
    maxRetries: values.number('max_retries', defaults.maxRetries, whole),
    retryDelayMs: values.span('retry_delay_seconds', secondMs, defaults.retryDelayMs, { least: 0 }),
    backoffMultiplier: values.number('backoff_multiplier', defaults.backoffMultiplier, {
      least: 1,
      most: 1_000,
    }),
    maxDelayMs: maxDelayMs === noLimit ? defaults.maxDelayMs : maxDelayMs,
    jitter: values.number('jitter', defaults.jitter, { least: 0, most: 1 }),
    timeoutMs: values.span('timeout_seconds', secondMs, defaults.timeoutMs, { least: 1 }),
    poisonPillThreshold: values.number('poison_pill_threshold', defaults.poisonPillThreshold, {
      ...whole,
      least: 1,
    }),
    autoReassign: values.flag('auto_reassign', defaults.autoReassign),
    permanentErrors: values.texts('permanent_errors', defaults.permanentErrors),
    heartbeatMs: values.span('heartbeat_seconds', secondMs, defaults.heartbeatMs, { least: 1 }),
    leaseMs: values.span('lease_seconds', secondMs, defaults.leaseMs, { least: 1 }),
  };
}

/** A number counts for all tasks; an object may name both limits. */
function maxWaiting(config: SettingsValues): { readonly total: number; readonly session: number } {
  const bounds = { whole: true, least: 1, most: 10_000_000 };
  const { maxWaiting: total, maxWaitingPerSession: session } = defaultRules;
  if (!config.isObject('max_waiting')) {
    return { total: config.number('max_waiting', total, bounds), session };
  }
  const limits = config.inner('max_waiting');
  return {
    total: limits.number('total', total, bounds),
    session: limits.number('session', session, bounds),
  };
}

/** `{"agents": {"NAME": {"capabilities": […], "capacity": N}}}`; without it, the default agents. */
function agents(values: SettingsValues): ReadonlyMap<string, AgentRules> {
  if (!values.isObject('agents')) {
    values.inner('agents');
    return defaultRules.agents;
  }
  const found = new Map<string, AgentRules>();
  for (const [name, agent] of values.inner('agents').entries()) {
    if (parseAgentName(name) === undefined) {
      agent.refuse('This is no name of an agent, so it is left out.');
      continue;
    }
    found.set(name, {
      capabilities: agent.texts('capabilities', ['any']),
      capacity: agent.has('capacity')
        ? agent.number('capacity', 1, { whole: true, least: 1, most: 1_000 })
        : null,
    });
  }
  return found;
}

const defaultKinds: readonly (readonly [kind: string, label: string, working: string])[] = [
  ['ai', 'AI', 'Working'],
  ['sd_prompt', 'SD Prompt', 'Working'],
  ['sd', 'SD', 'Generating'],
];

function kinds(values: SettingsValues): ReadonlyMap<string, KindWords> {
  const found = new Map<string, KindWords>();
  for (const [kind, label, working] of defaultKinds) {
    found.set(kind, kindWords(values.inner(kind), label, working));
  }
  for (const [kind, words] of values.entries()) {
    if (found.has(kind)) continue;
    if (isWord(kind)) found.set(kind, kindWords(words, kind, 'Working'));
    else words.refuse('This is no word for a kind, so it is left out.');
  }
  return found;
}

function kindWords(values: SettingsValues, defaultLabel: string, working: string): KindWords {
  const label = values.text('label', defaultLabel);
  const state = (name: string, word: string): string => {
    const text = values.text(name, word);
    // Who writes the whole of what is shown gets just that.
    return text.startsWith(`${label}:`) ? text : `${label}: ${text}`;
  };
  return {
    label,
    working: state('working', working),
    ready: state('ready', 'Ready'),
    error: state('error', 'Error'),
  };
}

function isWord(name: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(name);
}

/** The values of a file; none where there is no such file, or nothing that could be read. */
function open(
  file: SettingsFileName,
  text: string | undefined,
  problems: SettingsProblem[],
): SettingsValues {
  const report = (path: string, message: string) => {
    problems.push({ file, path, message });
  };
  if (text === undefined) return new SettingsValues({}, report);
  let value: unknown;
  try {
    value = parseJsonc(text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    report('', `The file is not JSON, so all defaults hold: ${why}`);
    return new SettingsValues({}, report);
  }
  if (!isFields(value)) report('', 'The file is not a JSON object, so all defaults hold.');
  return new SettingsValues(isFields(value) ? value : {}, report);
}
