/**
 * The checks of health that take a while: every line of the log, every projection against it, every
 * lock, and what git was told. Each problem names its cure.
 *
 * Only looks; `heal` mends.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { formatTaskId } from '../core/ids.ts';
import { failedTasks } from '../core/projections/failedTasks.ts';
import { decodeQueueHead, encodeQueue } from '../protocol/queueFile.ts';
import type { CopiedLog } from './auditCopies.ts';
import { checkCopies } from './auditCopies.ts';
import type { Desk } from './desk.ts';
import type { HealthCheck } from './health.ts';
import { checkHealth } from './health.ts';
import { lockReports } from './lockReport.ts';
import { readPlain } from './projector/files.ts';
import { docHash } from './projector/queueFileOnDisk.ts';
import { excludedFromGit } from './prepareWorkspace.ts';

const heal = '`signalbox heal` makes it anew from the log';
const headChars = 1_024;

/** @param log what an inspection of every line found */
export async function checkThoroughly(desk: Desk, log: CopiedLog): Promise<readonly HealthCheck[]> {
  const [first, ...rest] = checkHealth(desk);
  return [
    ...(first === undefined ? [] : [first]),
    check('copies', copyProblems(desk, log), 'the audit trail agrees with the log', 'fail'),
    check('queue file', queueFileProblems(desk), 'as the log has it', 'warn'),
    check('failures', failureProblems(desk), 'as the log has them', 'warn'),
    check('locks', await lockProblems(desk), 'every holder lives or may', 'fail'),
    check('git', excludedFromGit(desk.paths), 'leaves the log alone', 'fail'),
    ...rest,
  ];
}

function check(
  name: string,
  problems: readonly string[],
  fine: string,
  bad: 'warn' | 'fail',
): HealthCheck {
  if (problems.length === 0) return { name, verdict: 'ok', message: fine };
  return { name, verdict: bad, message: problems.join('; ') };
}

function copyProblems({ paths }: Desk, log: CopiedLog): readonly string[] {
  try {
    const { damage } = checkCopies(paths, log);
    if (damage === null) return [];
    const { file, line, message } = damage;
    const isArchive = file !== path.basename(paths.auditFile);
    const cure = isArchive
      ? 'archives are never rewritten: the log has these lines, and `signalbox audit export` writes them out'
      : heal;
    return [`${file}, line ${line}: ${message}; ${cure}`];
  } catch (error) {
    return [`the audit trail cannot be read: ${textOf(error)}`];
  }
}

function queueFileProblems({ paths, queue, queueFileForm }: Desk): readonly string[] {
  let bytes: Buffer | undefined;
  try {
    bytes = readPlain(paths.queueFile)?.bytes;
  } catch (error) {
    return [textOf(error)];
  }
  // That it is missing is said by the check of what is present.
  if (bytes === undefined) return [];
  const head = decodeQueueHead(bytes.toString('utf8', 0, headChars));
  if (head?.docHash !== docHash(bytes)) return [`${paths.queueFile} was changed; ${heal}`];
  if (head.form !== queueFileForm) {
    return [`${paths.queueFile} is not written as \`track\` in config.json says; ${heal}`];
  }
  if (head.form === 'tracked') {
    const isAsLogged = docHash(Buffer.from(encodeQueue(queue, head.form))) === head.docHash;
    return isAsLogged ? [] : [`${paths.queueFile} shows position ${head.seq}; ${heal}`];
  }
  if (head.seq < queue.end) {
    return [`${paths.queueFile} shows position ${head.seq} of ${queue.end}; ${heal}`];
  }
  return [];
}

function failureProblems({ paths, queue }: Desk): readonly string[] {
  try {
    const shown = JSON.parse(readFileSync(paths.failedTasks, 'utf8')) as readonly unknown[];
    const isSame = shown.length === failedTasks(queue).length;
    return isSame ? [] : [`${paths.failedTasks} lists other tasks than failed; ${heal}`];
  } catch (error) {
    return [`${paths.failedTasks} cannot be read (${textOf(error)}); ${heal}`];
  }
}

async function lockProblems(desk: Desk): Promise<readonly string[]> {
  const stale = (await lockReports(desk)).filter(({ mayClean }) => mayClean);
  return stale.map(
    ({ task, owner, why }) =>
      `${owner} holds ${formatTaskId(task)}, and ${why}; \`signalbox heal\` frees it`,
  );
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
