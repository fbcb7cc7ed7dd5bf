/** Every check of a workspace's health, each with its verdict and what to do. */
import { existsSync, readdirSync, statfsSync } from 'node:fs';
import { formatTaskId } from '../core/ids.ts';
import { attentionItems } from '../core/projections/attention.ts';
import { tasksOf } from '../core/queue.ts';
import { pathConflicts } from '../core/reservations.ts';
import { claimOf } from '../core/task.ts';
import type { Desk } from './desk.ts';
import { isInPlace } from './projector/files.ts';

export interface HealthCheck {
  readonly name: string;
  /** `warn` is worth a look; `fail` needs someone to act. */
  readonly verdict: 'ok' | 'warn' | 'fail';
  readonly message: string;
}

/** Less free space than this and the next append may fail. */
const littleSpaceBytes = 64 * 1024 * 1024;
/** A clock that is this far behind the newest event was set back. */
const clockToleranceMs = 60_000;

/** The checks of a log that could be read; damage is reported before this is called. */
export function checkHealth(desk: Desk): readonly HealthCheck[] {
  return [
    { name: 'log', verdict: 'ok', message: `sound up to position ${desk.queue.end}` },
    checkProjections(desk),
    checkLane(desk),
    checkStuck(desk),
    checkPaths(desk),
    checkAttention(desk),
    checkKeptAside(desk),
    checkSettings(desk),
    checkDisk(desk),
    checkClock(desk),
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

function checkProjections({ paths }: Desk): HealthCheck {
  const missing = [paths.queueFile, paths.auditFile].filter((file) => !isInPlace(file));
  const problems = missing.map((file) => `${file} is missing; the next change makes it again`);
  return check('projections', problems, 'present', 'warn');
}

function checkLane(desk: Desk): HealthCheck {
  const { owner, alive } = desk.queue.lane;
  const problems: string[] = [];
  if (owner !== null && desk.isGone(owner.holder)) {
    problems.push(
      `${owner.label} (process ${owner.holder.pid}) is gone; \`signalbox run\` settles it`,
    );
  }
  if (alive.length > 0) problems.push(`these processes do not end: ${alive.join(', ')}`);
  const fine = owner === null ? 'nobody runs it' : `run by ${owner.label}`;
  return check('lane', problems, fine, 'fail');
}

function checkStuck(desk: Desk): HealthCheck {
  const limitMs = desk.current.maxStaleMs;
  const problems = [...tasksOf(desk.queue, desk.queue.held)].flatMap((task) => {
    const ageMs = desk.now() - (claimOf(task)?.claimedAt ?? desk.now());
    if (ageMs <= limitMs) return [];
    const minutes = Math.round(ageMs / 60_000);
    return [
      `${formatTaskId(task.id)} has been in progress for ${minutes} min; \`signalbox lock check ${String(task.id)}\` says who holds it, \`signalbox lock release ${String(task.id)} FORCED\` takes it away`,
    ];
  });
  return check('tasks', problems, 'none is stuck', 'fail');
}

function checkPaths(desk: Desk): HealthCheck {
  const { locked } = desk.pickContext();
  const problems = pathConflicts(desk.queue, locked).map(
    ({ task, agent, taken }) =>
      `${agent} with ${formatTaskId(task.id)} and ${taken.agent} with ${formatTaskId(taken.by.id)} may both edit ${taken.path}`,
  );
  return check('paths', problems, 'no two held tasks share any', 'warn');
}

/** The verb by which a person lets a task that rests go on. */
const cures: Readonly<Record<string, string>> = {
  poisoned: 'recovery clear',
  interrupted: 'retry',
};

function checkAttention(desk: Desk): HealthCheck {
  const problems = attentionItems(desk.queue).map(({ type, task }) => {
    const cure = cures[type];
    const how = cure === undefined ? '' : `; \`signalbox ${cure} ${String(task)}\` revives it`;
    return `${formatTaskId(task)} is ${type}${how}`;
  });
  return check('attention', problems, 'no task needs a person', 'warn');
}

function checkKeptAside({ paths }: Desk): HealthCheck {
  const kept = existsSync(paths.edits) ? readdirSync(paths.edits) : [];
  const problems = kept
    .filter((name) => !name.endsWith('.reasons.txt'))
    .map(
      (name) =>
        `${name} was not ours and was kept in ${paths.edits}; read the reasons beside it, take what you need, and delete both`,
    );
  return check('files', problems, 'nothing was kept aside', 'warn');
}

function checkSettings(desk: Desk): HealthCheck {
  const problems = desk.current.problems.map(
    ({ file, path, message }) =>
      `${file}: ${path === '' ? '' : `${path}: `}${message} Correct it in the file; until then the default holds`,
  );
  return check('settings', problems, 'all values are good', 'fail');
}

function checkDisk({ paths }: Desk): HealthCheck {
  const { bavail, bsize } = statfsSync(paths.root);
  const free = bavail * bsize;
  const megabytes = `${Math.round(free / 1024 / 1024)} MB free`;
  return check(
    'disk',
    free < littleSpaceBytes ? [`only ${megabytes}; make room before the log cannot grow`] : [],
    megabytes,
    'fail',
  );
}

function checkClock(desk: Desk): HealthCheck {
  const behindMs = desk.queue.lastAt - desk.now();
  const minutes = Math.round(behindMs / 60_000);
  const problem = `this clock is ${minutes} min behind the newest event; check the time of this machine`;
  return check(
    'clock',
    behindMs > clockToleranceMs ? [problem] : [],
    'in step with the log',
    'fail',
  );
}
