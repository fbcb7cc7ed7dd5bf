import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { findHolder } from '../../../extension/platform/holder.ts';
import {
  isAlive,
  ownIdentity,
  ownPlace,
  startTimeOf,
} from '../../../extension/platform/processIdentity.ts';
import { bundle, eventually } from '../../support/supervisor.ts';

function start(command: string, ...args: string[]) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  return { child, pid: child.pid! };
}

async function firstLine(input: Readable): Promise<string> {
  const [line] = (await once(createInterface({ input }), 'line')) as [string];
  return line;
}

test('a running process is alive until it ends', async () => {
  const { child, pid } = start('sleep', '300');
  const known = { pid, startTime: startTimeOf(pid) };
  expect(known.startTime).toMatch(/^\d+$/);
  expect(isAlive(known)).toBe(true);
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(isAlive(known)).toBe(false);
});

test('another process with the same number is not the one that is meant', () => {
  const { pid } = ownIdentity();
  expect(isAlive({ pid, startTime: '1' })).toBe(false);
  expect(isAlive({ pid, startTime: '' })).toBe(true);
});

test('numbers that mean groups or nothing are never alive', () => {
  for (const pid of [0, -1, 1.5, Number.NaN]) expect(isAlive({ pid, startTime: '' })).toBe(false);
});

test('a process that ended and was never collected is dead', async () => {
  // It ends once another program has taken its parent's place, and that one never collects it.
  const { child } = start(
    'sh',
    '-c',
    'sh -c "until grep -q sleep /proc/\\$PPID/comm; do :; done" & echo $!; exec sleep 300',
  );
  const pid = Number(await firstLine(child.stdout));
  await eventually('it is dead', () => !isAlive({ pid, startTime: '' }));
  process.kill(pid, 0);
});

test('a name with spaces and parentheses does not shift what is read of a process', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'signalbox-name-'));
  onTestFinished(() => rm(dir, { recursive: true }));
  const odd = join(dir, 'a) R 1 (b');
  await copyFile('/bin/sleep', odd);
  const { pid } = start(odd, '300');
  await eventually('it runs', () => startTimeOf(pid) !== '');
  expect(Number(startTimeOf(pid))).toBeGreaterThanOrEqual(Number(ownIdentity().startTime));
});

test('the place is the same for all processes of this machine, and names no host', () => {
  expect(ownPlace()).toEqual({
    host: expect.stringMatching(/^[0-9a-f]{32}$/),
    bootId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    pidNamespace: expect.stringMatching(/^pid:\[\d+\]$/),
  });
});

test('a command below shells and wrappers finds the agent above them', async () => {
  const probe = await bundle('test/support/holderProbe.ts');
  onTestFinished(probe.dispose);
  const agent = spawn(process.execPath, [
    '-e',
    'require("child_process").spawn("sh", ["-c", process.argv[1]], { stdio: "inherit" })',
    `true; env A=1 timeout 60 sh -c '${process.execPath} ${probe.path}; true'; true`,
  ]);
  expect(JSON.parse(await text(agent.stdout))).toMatchObject({ pid: agent.pid, ...ownPlace() });
});

test('a given process is taken as it is, and one that is gone is nobody', async () => {
  expect(findHolder(process.pid)).toEqual({ ...ownIdentity(), ...ownPlace() });
  const { child, pid } = start('true');
  await once(child, 'exit');
  expect(findHolder(pid)).toBeNull();
});
