/**
 * When a failed task may be tried again, and when it has failed too often.
 *
 * @see Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
 */
import type { Instant } from './ids.ts';
import { instant } from './ids.ts';
import type { RetryRules } from './rules.ts';

/** Keeps doubled delays within what a date can hold; nobody waits longer for a retry. */
const longestDelayMs = 366 * 24 * 3_600_000;

/**
 * The instant of the next attempt after failure number `failures` (from 1).
 *
 * @param random a number in [0, 1) that spreads the delay when jitter is configured
 */
export function retryAt(
  rules: RetryRules,
  failures: number,
  now: Instant,
  random: number,
): Instant {
  const grown = rules.retryDelayMs * rules.backoffMultiplier ** (failures - 1);
  const capped = Math.min(grown, rules.maxDelayMs ?? longestDelayMs, longestDelayMs);
  return instant(now + Math.round(capped * (1 + rules.jitter * random)));
}

/** Why a task that failed `failures` times (this one included) is not tried again, or null. */
export function poisonCause(
  rules: RetryRules,
  failures: number,
  expirations: number,
  errorClass: string,
): string | null {
  if (rules.permanentErrors.includes(errorClass)) return `${errorClass} is a permanent error`;
  if (failures > rules.maxRetries) return `failed ${String(failures)} times`;
  if (failures + expirations >= rules.poisonPillThreshold) {
    return `reached ${String(failures + expirations)} failures and lost leases`;
  }
  return null;
}
