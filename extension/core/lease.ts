/**
 * When a claim may be taken from its holder: by evidence, never by age alone.
 *
 * Decides on what an observer saw; looking at processes and heartbeats is done elsewhere.
 *
 * @see Gray & Cheriton, "Leases", SOSP 1989; Kleppmann, "How to do distributed locking", 2016.
 */
import type { Millis } from './ids.ts';
import type { Rules } from './rules.ts';
import type { Holder } from './task.ts';

/** Where the number of a process means anything; '' where a part of it is not known. */
export type Place = Omit<Holder, 'pid' | 'startTime'>;

/** What one observer knows of a holder at one moment. */
export interface Sighting {
  /** False: its pid is gone or belongs to another process. Null: it cannot be judged from here. */
  readonly alive: boolean | null;
  /** Same machine, but it has been started anew since the claim and its last heartbeat. */
  readonly rebooted: boolean;
  readonly everBeat: boolean;
  /** How long the observer's monotonic clock has run without a change of the heartbeat. */
  readonly silenceMs: Millis;
}

/** Silence asked for after a reboot, so that a clock step at boot cannot free a live claim. */
const rebootSilenceMs = 60_000;

/** Why the lease may be ended now, in words for the log, or null while it stands. */
export function expiryEvidence(rules: Rules, sighting: Sighting): string | null {
  if (sighting.alive === true) return null;
  if (sighting.alive === false) return 'its process is gone';
  const seconds = String(Math.round(sighting.silenceMs / 1000));
  if (sighting.rebooted && sighting.silenceMs >= rebootSilenceMs) {
    return `its machine was restarted and it has been silent for ${seconds} s`;
  }
  const { leaseMs, timeoutMs } = rules.retry;
  const limitMs = sighting.everBeat ? leaseMs : Math.max(rules.lockTimeoutMs, timeoutMs);
  if (sighting.silenceMs < limitMs) return null;
  const what = sighting.everBeat ? 'no heartbeat' : 'it never sent a heartbeat and was silent';
  return `${what} for ${seconds} s`;
}

/** What keeps a lease that `expiryEvidence` does not end yet, in words for people. */
export function whyKept(rules: Rules, { alive, rebooted, everBeat, silenceMs }: Sighting): string {
  if (alive === true) return 'its process is alive';
  const { leaseMs, timeoutMs } = rules.retry;
  const beatingMs = everBeat ? leaseMs : Math.max(rules.lockTimeoutMs, timeoutMs);
  const limitMs = rebooted ? Math.min(rebootSilenceMs, beatingMs) : beatingMs;
  const [seconds, limit] = [silenceMs, limitMs].map((ms) => String(Math.round(ms / 1000)));
  const cause = rebooted ? 'its machine was restarted' : 'its process cannot be judged from here';
  return `${cause}, and it was seen to be silent for ${seconds ?? ''} s of the ${limit ?? ''} s that end its lease`;
}

export function isSamePlace(a: Place, b: Place): boolean {
  return a.host === b.host && a.bootId === b.bootId && a.pidNamespace === b.pidNamespace;
}

export function isSameProcess(a: Holder, b: Holder): boolean {
  return a.pid === b.pid && a.startTime === b.startTime && isSamePlace(a, b);
}
