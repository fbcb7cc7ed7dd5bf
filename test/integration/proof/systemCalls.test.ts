/**
 * Killed at, or refused, any system call between two changes of a file: what was acknowledged is
 * durable, and a repetition under the same command ids has every change exactly once.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LogRecord } from '../../../extension/core/event.ts';
import { position } from '../../../extension/core/ids.ts';
import { openFileStore } from '../../../extension/store/openStore.ts';
import { bundleMutant } from '../../support/mutant.ts';
import { notRun } from '../../support/notRun.ts';
import type { Call, TracedRun } from '../../support/strace.ts';
import { earlyAck, runTraced, whyNoTracing } from '../../support/strace.ts';
import { bundle } from '../../support/supervisor.ts';
import { newWorkspace } from '../../support/workspace.ts';

const long = process.env['SIGNALBOX_LONG'] === '1';
/** Of the calls, how many are left out between two that are tried. */
const strides = long ? { kill: 1, error: 1 } : { kill: 5, error: 11 };
const errors = ['ENOSPC', 'EIO', 'EDQUOT', 'EMFILE', 'EACCES', 'EROFS'];
const timeout = long ? 3_600_000 : 300_000;
const entry = 'test/support/provenProgram.ts';

let program: Awaited<ReturnType<typeof bundle>>;
beforeAll(async () => {
  program = await bundle(entry);
});
afterAll(() => program.dispose());

let names = 0;
const newName = () => `run-${++names}`;

/** Calls in the run that concern the workspace. */
function callsIn(dir: string, { calls }: TracedRun): readonly Call[] {
  return calls.filter(({ text }) => text.includes(dir));
}

/** Whether it changes something, so that dying before it differs from dying after it. */
function changes({ text, failed }: Call): boolean {
  return !failed && !/^openat\(.*O_RDONLY/.test(text);
}

function everyNth<Item>(items: readonly Item[], stride: number): readonly Item[] {
  return items.filter((_item, index) => index % stride === 0);
}

/** What each change of a run leaves in the log. */
const leftByRun = [
  ...['add CREATED', 'claim CLAIMED', 'rotate SEALED', 'rotate SNAPSHOT', 'complete COMPLETED'],
];

/**
 * Lets the 10 seconds pass after which a lock directory that nobody signed is nobody's: whoever died
 * between making it and signing it cannot be told from a script that is slow to.
 */
function ageUnsignedLocks(dir: string): void {
  const locks = join(dir, 'AI/locks');
  for (const name of existsSync(locks) ? readdirSync(locks) : []) {
    const command = join(locks, name, 'command');
    const isSigned = existsSync(command) && readFileSync(command, 'utf8') !== '';
    const before = Date.now() / 1000 - 60;
    if (!isSigned) utimesSync(join(locks, name), before, before);
  }
}

/** Repeats the run undisturbed; then the log has each change of it once, and so has the audit file. */
async function expectExactlyOnce(dir: string, name: string, heard: readonly string[]) {
  ageUnsignedLocks(dir);
  const known = heard.includes(`${name}-claim`) ? ['claimed'] : [];
  const args = [program.path, dir, name, ...known];
  const again = execFileSync(process.execPath, args, { encoding: 'utf8' });
  expect(again.trimEnd().endsWith('end'), again).toBe(true);
  await using store = openFileStore({ workspaceDir: dir, create: false, writer: 'test' });
  expect(store.inspect().damage).toBeNull();
  const records = await store.read(position(0));
  const own = records.filter(({ commandId }) => commandId.startsWith(`${name}-`));
  const found = own.map(({ commandId, event }: LogRecord) => `${commandId} ${event}`);
  expect(found).toEqual(leftByRun.map((what) => `${name}-${what}`));
  // What was heard before the end came from a run that recorded it, so the repetition did not.
  for (const id of heard) {
    if (/-(add|complete)$/.test(id)) expect(again).toContain(`ack ${id} \n`);
  }
}

function acksIn(stdout: string): readonly string[] {
  return [...stdout.matchAll(/^ack (\S+) \S+$/gm)].map(([, id = '']) => id);
}

interface Tried {
  readonly dir: string;
  readonly call: Call;
  readonly what: string;
}

/** Tries each, in two lanes; answers what was seen. */
async function tryEach(
  cases: readonly Omit<Tried, 'dir'>[],
  dirs: readonly (() => string)[],
  check: (run: TracedRun, tried: Tried, name: string) => Promise<void>,
): Promise<void> {
  const left = [...cases];
  await Promise.all(
    dirs.map(async (dirOf, lane) => {
      for (let next = left.shift(); next !== undefined; next = left.shift()) {
        const name = newName();
        const dir = dirOf();
        const run = await runTraced([program.path, dir, name], `${dir}/trace-${lane}`, next);
        await check(run, { ...next, dir }, name).catch((error: unknown) => {
          left.length = 0;
          const where = `${next.what} at ${next.call.name} ${next.call.nth}: ${next.call.text}`;
          throw new Error(`${where}\n${run.stdout}\n${String(error)}`, { cause: error });
        });
      }
    }),
  );
}

/** A workspace that has seen one run, and what that run and one more ask of the system. */
async function usedWorkspace() {
  const dir = newWorkspace();
  const first = await runTraced([program.path, dir, newName()], `${dir}/trace`);
  const second = await runTraced([program.path, dir, newName()], `${dir}/trace`);
  expect([first.code, second.code], first.stdout + second.stdout).toEqual([0, 0]);
  return { dir, first: callsIn(dir, first), second: callsIn(dir, second) };
}

describe('kill -9 before a system call', () => {
  let killed = 0;
  const check = async (run: TracedRun, { dir }: Tried, name: string) => {
    // Some calls are made once so much time has passed: a quick run may end before the last of them.
    if (run.code === null) killed++;
    else expect(run.code, run.stdout).toBe(0);
    expect(earlyAck(run.calls)).toBeNull();
    await expectExactlyOnce(dir, name, acksIn(run.stdout));
  };

  test('of add, claim, rotate, complete and their projections', { timeout }, async (context) => {
    const why = whyNoTracing();
    if (why !== null) notRun(context, why);
    const one = await usedWorkspace();
    const other = await usedWorkspace();
    const points = one.second.filter(changes);
    expect(points.length).toBeGreaterThan(60);
    const cases = everyNth(points, strides.kill).map((call) => ({ call, what: 'signal=KILL' }));
    killed = 0;
    await tryEach(cases, [() => one.dir, () => other.dir], check);
    expect(killed).toBeGreaterThan(cases.length / 2);
  });

  test('of the first commands in a folder', { timeout }, async (context) => {
    const why = whyNoTracing();
    if (why !== null) notRun(context, why);
    const { first } = await usedWorkspace();
    // Up to the first acknowledgement: after it nothing differs from a folder in use.
    const points = first.filter(changes).slice(0, 30);
    const cases = everyNth(points, strides.kill).map((call) => ({ call, what: 'signal=KILL' }));
    killed = 0;
    await tryEach(cases, [newWorkspace, newWorkspace], check);
    expect(killed).toBeGreaterThan(cases.length / 2);
  });
});

describe('an error instead of a system call', () => {
  test('is told clearly, and all goes on once it is over', { timeout }, async (context) => {
    const why = whyNoTracing();
    if (why !== null) notRun(context, why);
    const one = await usedWorkspace();
    const other = await usedWorkspace();
    const points = everyNth(one.second, strides.error);
    const cases = points.flatMap((call, index) =>
      (long ? errors : [errors[index % errors.length]!]).map((error) => ({
        call,
        what: `error=${error}`,
      })),
    );
    let refused = 0;
    await tryEach(
      cases,
      [() => one.dir, () => other.dir],
      async (run, { dir, what, call }, name) => {
        expect(earlyAck(run.calls)).toBeNull();
        if (run.code !== 0) {
          refused++;
          expect(run.code).toBe(5);
          const [, said = ''] = /^error (.*)$/m.exec(run.stdout) ?? [];
          expect(said).toContain(dir);
          const error = what.slice('error='.length);
          // A failed sync says that the disk is at fault; Node has no name for a used up quota.
          const isSync = call.name.endsWith('sync');
          if (!isSync)
            expect(said).toMatch(error === 'EDQUOT' ? /EDQUOT|quota|-122|UNKNOWN/ : error);
        }
        await expectExactlyOnce(dir, name, acksIn(run.stdout));
      },
    );
    expect(refused).toBeGreaterThan(0);
  });
});

describe('a program that', () => {
  test('does not sync what it wrote is caught', async (context) => {
    const why = whyNoTracing();
    if (why !== null) notRun(context, why);
    const mutant = await bundleMutant(entry, {
      file: 'extension/store/file/appender.ts',
      from: 'sync(file.fd);',
      to: '',
    });
    const dir = newWorkspace();
    const run = await runTraced([mutant.path, dir, newName()], `${dir}/trace`);
    await mutant.dispose();
    expect(run.code).toBe(0);
    expect(earlyAck(run.calls)).toContain('ack ');
  });

  test('does not know its commands again is caught', { timeout }, async (context) => {
    const why = whyNoTracing();
    if (why !== null) notRun(context, why);
    const mutant = await bundleMutant(entry, {
      file: 'extension/core/decide.ts',
      from: 'return repetition(queue, command) ?? decideFresh',
      to: 'return decideFresh',
    });
    const dir = newWorkspace();
    const name = newName();
    execFileSync(process.execPath, [mutant.path, dir, newName()]);
    const whole = await runTraced([mutant.path, dir, newName()], `${dir}/trace`);
    const sync = callsIn(dir, whole).find(({ name: call }) => call === 'fdatasync')!;
    const injection = { call: sync, what: 'signal=KILL' };
    await runTraced([mutant.path, dir, name], `${dir}/trace`, injection);
    execFileSync(process.execPath, [mutant.path, dir, name]);
    await expect(expectExactlyOnce(dir, name, [])).rejects.toThrow();
    await mutant.dispose();
  });
});
