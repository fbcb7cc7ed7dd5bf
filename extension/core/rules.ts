/**
 * What people configure of the queue's rules, with the defaults, in the units the code uses.
 *
 * Reading and checking the files (`AI/config.json`, `retry_config.json`, `agents.json`) is
 * `protocol/settings`; these are the values that came of it.
 */
import type { Millis } from './ids.ts';

const secondMs = 1000;
const minuteMs = 60 * secondMs;

export interface RetryRules {
  /** Failures that are retried; the next one poisons. */
  readonly maxRetries: number;
  readonly retryDelayMs: Millis;
  readonly backoffMultiplier: number;
  readonly maxDelayMs: Millis | null;
  /** Share of the delay that may be added at random, 0 to 1. */
  readonly jitter: number;
  /** Limit of an attempt that the lane runs. */
  readonly timeoutMs: Millis;
  /** Failures and expired leases together that poison. */
  readonly poisonPillThreshold: number;
  readonly autoReassign: boolean;
  /** Error classes that no retry cures: they poison at once. */
  readonly permanentErrors: readonly string[];
  readonly heartbeatMs: Millis;
  readonly leaseMs: Millis;
}

export interface AgentRules {
  readonly capabilities: readonly string[];
  /** Tasks that it may hold at once; null where nobody said. */
  readonly capacity: number | null;
}

export interface Rules {
  readonly maxWaiting: number;
  readonly maxWaitingPerSession: number;
  /** Zero: waiting raises nothing. */
  readonly agingMs: Millis;
  readonly preempt: boolean;
  readonly retry: RetryRules;
  /** Silence after which a claim that never sent a heartbeat may be expired. */
  readonly lockTimeoutMs: Millis;
  readonly agents: ReadonlyMap<string, AgentRules>;
  readonly agentsStrict: boolean;
}

const ms = (value: number): Millis => value as Millis;

export const defaultRules: Rules = {
  maxWaiting: 50_000,
  maxWaitingPerSession: 200,
  agingMs: ms(30 * minuteMs),
  preempt: true,
  lockTimeoutMs: ms(7200 * secondMs),
  agentsStrict: false,
  agents: new Map([
    ['Copilot', { capabilities: ['technical', 'any'], capacity: null }],
    ['Claude', { capabilities: ['content', 'technical', 'any'], capacity: null }],
    ['ChatGPT', { capabilities: ['creative', 'content', 'any'], capacity: null }],
  ]),
  retry: {
    maxRetries: 3,
    retryDelayMs: ms(300 * secondMs),
    backoffMultiplier: 2,
    maxDelayMs: null,
    jitter: 0,
    timeoutMs: ms(7200 * secondMs),
    poisonPillThreshold: 5,
    autoReassign: true,
    // What only a person can mend: a program that is not there, or a login that is missing.
    permanentErrors: ['NO_SUCH_AGENT', 'NO_SUCH_PROGRAM', 'AUTH_REQUIRED'],
    heartbeatMs: ms(60 * secondMs),
    leaseMs: ms(600 * secondMs),
  },
};

/** The rules for `agent`; `Name-2` inherits those of `Name`. Undefined for an unknown one. */
export function agentRules(rules: Rules, agent: string): AgentRules | undefined {
  const own = rules.agents.get(agent);
  if (own !== undefined) return own;
  const base = /^(.+)-\d+$/.exec(agent)?.[1];
  return base === undefined ? undefined : rules.agents.get(base);
}

/** Whether `agent` can take tasks of `type`. `any` is a type of its own, no wildcard. */
export function isCapable(rules: Rules, agent: string, type: string): boolean {
  const known = agentRules(rules, agent);
  if (known === undefined) return !rules.agentsStrict;
  return known.capabilities.includes(type);
}
