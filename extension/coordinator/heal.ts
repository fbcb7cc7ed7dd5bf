/**
 * Puts everything right that needs no decision of a person, and says what it did.
 *
 * Damage of the log itself is not its business: a halted log cannot be opened, and `store recover`
 * is its cure.
 */
import { createHash, randomUUID } from 'node:crypto';
import { existsSync, lstatSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { CommandBody, Command } from '../core/command.ts';
import { formatTaskId } from '../core/ids.ts';
import { removeLeftovers } from '../platform/leftovers.ts';
import type { Desk } from './desk.ts';
import { cleanScriptLocks } from './lockReport.ts';
import { retryDue } from './retryDue.ts';

/**
 * @returns what was done, a sentence each; nothing where all was well
 * @throws {StoreError} where nothing can be recorded
 */
export async function heal(desk: Desk, by: string | null): Promise<readonly string[]> {
  const done = [...(await rebuild(desk))];
  for (const task of await desk.sweep()) done.push(`freed ${formatTaskId(task)} of a holder gone`);
  for (const task of cleanScriptLocks(desk)) {
    done.push(`removed the stale lock of a script on ${formatTaskId(task)}`);
  }
  const { log, state } = desk.paths;
  const left = removeLeftovers(log).length + removeLeftovers(state).length;
  if (left > 0) done.push(`removed ${left} unfinished ${left === 1 ? 'file' : 'files'}`);
  for (const { task, setAsideFor } of await retryDue(desk, by)) {
    const whom = setAsideFor === null ? '' : `, set aside for ${setAsideFor}`;
    done.push(`made ${formatTaskId(task)} pending again${whom}`);
  }
  if (existsSync(desk.paths.agents)) {
    const balanced = await desk.execute(commandBy(by, { type: 'balance' }));
    const count = balanced.ok ? balanced.records.length : 0;
    if (count > 0)
      done.push(`set ${count} ${count === 1 ? 'task' : 'tasks'} aside for the least loaded agents`);
  }
  if (done.length > 0) await desk.execute(commandBy(by, { type: 'heal', done }));
  return done;
}

/** Compares every byte of the projections with the log; answers with those that were not so. */
async function rebuild(desk: Desk): Promise<readonly string[]> {
  const { auditFile, failedTasks, queueFile, locks } = desk.paths;
  const targets: readonly (readonly [file: string, what: string])[] = [
    [queueFile, `made ${path.basename(queueFile)} anew`],
    [auditFile, `made ${path.basename(auditFile)} anew`],
    [failedTasks, `made ${path.basename(failedTasks)} anew`],
    [locks, 'repaired the lock directories'],
  ];
  const before = targets.map(([file]) => fingerprint(file));
  const warnings = await desk.project({ thorough: true });
  const mended = targets.filter(([file], n) => fingerprint(file) !== before[n]);
  return [...mended.map(([, what]) => what), ...warnings];
}

function commandBy<Type extends 'balance' | 'heal'>(
  by: string | null,
  body: CommandBody<Type>,
): Command {
  const command: unknown = { ...body, id: randomUUID(), by };
  return command as Command;
}

/** Changes whenever the file, or a token in a folder of locks, is another. */
function fingerprint(target: string): string {
  try {
    if (lstatSync(target).isDirectory()) {
      const names = readdirSync(target).filter((name) => name.endsWith('.lock'));
      return names
        .sort()
        .map((name) => `${name} ${fingerprint(path.join(target, name, 'token'))}`)
        .join('\n');
    }
    return createHash('sha256').update(readFileSync(target)).digest('hex');
  } catch {
    // Not there, or not to be read: it differs from whatever is there afterwards.
    return '';
  }
}
