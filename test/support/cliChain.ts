/**
 * The chain of the log, judged from outside by the words of the contract alone.
 *
 * Written anew on purpose: it shares no line with the product that it checks.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** The accepted lines of one segment, as they are: no torn lines, no losers, no unfinished groups. */
export function acceptedLines(file: string): readonly string[] {
  const accepted: string[] = [];
  let group: string[] = [];
  let previous = '0'.repeat(64);
  let groupPrevious = previous;
  for (const line of readFileSync(file, 'utf8').split('\n').slice(0, -1)) {
    const [, body, hash] = /^(.*),"h":"([0-9a-f]{64})"\}$/s.exec(line) ?? [];
    if (body === undefined || hash === undefined) continue;
    if (createHash('sha256').update(body).digest('hex') !== hash) continue;
    const fields = JSON.parse(line) as { seq: number; prev: string; part?: number; of?: number };
    const continues = group.length > 0 && fields.prev === groupPrevious;
    if (!continues) group = [];
    if (!continues && (fields.prev !== previous || fields.seq !== accepted.length + 1)) continue;
    group.push(line);
    groupPrevious = hash;
    if ((fields.part ?? 1) < (fields.of ?? 1)) continue;
    accepted.push(...group);
    group = [];
    previous = hash;
  }
  return accepted;
}
