import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { isAlive } from '../../../extension/platform/processIdentity.ts';
import { isQuiet } from '../../../extension/runner/processTree.ts';
import { endAllStarted, prepare, run as runWith } from '../../support/runningProgram.ts';
import { bundleSupervisor, fixtureProgram } from '../../support/supervisor.ts';

let supervisor: Awaited<ReturnType<typeof bundleSupervisor>>;
let supervisorPath: string;
beforeAll(async () => {
  supervisor = await bundleSupervisor();
  supervisorPath = supervisor.path;
});
afterEach(endAllStarted);
afterAll(() => supervisor.dispose());

const run = (...argv: string[]) => runWith({ argv, supervisorPath });
const node = process.execPath;

describe('what a program is given', () => {
  interface Given {
    args: string[];
    stdin: string;
    cwd: string;
    env: Record<string, string>;
    descriptors: number[];
  }
  const given = async (options: Partial<Parameters<typeof runWith>[0]>, ...args: string[]) => {
    const argv = [node, fixtureProgram('report.mjs'), ...args];
    const { prepared, said } = await runWith({ argv, supervisorPath, ...options });
    expect(await prepared.ended).toMatchObject({ outcome: 'completed' });
    return { ...(JSON.parse(said()) as Given), prepared };
  };

  test('its arguments arrive as they are, whatever a shell would make of them', async () => {
    const args = ['$(touch x)', '; rm -rf .', '*', '', 'two words', "it's", '\\', '| cat', '日本'];
    expect((await given({}, ...args)).args).toEqual(args);
  });

  test('the prompt arrives on standard input, which then ends, even when it is large', async () => {
    const prompt = 'Write the scene. ✍️\n'.repeat(50_000);
    expect((await given({ request: { prompt } })).stdin).toBe(prompt);
  });

  test('it runs in the workspace and is told which attempt it is', async () => {
    const workspaceDir = await realpath(await mkdtemp(join(tmpdir(), 'signalbox-work-')));
    const { cwd, env, prepared } = await given({ request: { workspaceDir } });
    await rm(workspaceDir, { recursive: true });
    expect(cwd).toBe(workspaceDir);
    expect(env).toMatchObject({
      SIGNALBOX_TASK: '7',
      SIGNALBOX_TOKEN: '41',
      SIGNALBOX_ATTEMPT: '2',
      SIGNALBOX_SESSION: 'morning',
      SIGNALBOX_TITLE: 'Write scene 7',
      SIGNALBOX_WORKSPACE: workspaceDir,
      SIGNALBOX_COOKIE: prepared.process!.cookie,
    });
  });

  test('a lane inside a program of another lane belongs to that one too', async () => {
    const env = { PATH: process.env['PATH'], SIGNALBOX_COOKIE: 'outer' };
    const { env: seen, prepared } = await given({ env });
    expect(seen['SIGNALBOX_COOKIE']).toBe(`outer:${prepared.process!.cookie}`);
  });

  test('it gets the environment of its starter without what belongs to an editor', async () => {
    const env = {
      PATH: process.env['PATH'],
      KEPT: 'yes',
      VSCODE_PID: '1',
      ELECTRON_RUN_AS_NODE: '1',
      NODE_OPTIONS: '--no-warnings',
    };
    const seen = (await given({ env })).env;
    expect(seen).toMatchObject({ KEPT: 'yes', PATH: process.env['PATH'] });
    expect(Object.keys(seen).filter((name) => /^(VSCODE|ELECTRON|NODE)_/.test(name))).toEqual([]);
  });

  test('outside an editor its NODE_OPTIONS are its own', async () => {
    const env = { PATH: process.env['PATH'], NODE_OPTIONS: '--no-warnings' };
    expect((await given({ env })).env).toMatchObject({ NODE_OPTIONS: '--no-warnings' });
  });

  test('it cannot talk to its supervisor: the control channel is not among its descriptors', async () => {
    const { descriptors, prepared } = await given({});
    // 0 to 2, and what Node itself opened; sockets besides these three would be the channel.
    expect(descriptors).toEqual(expect.arrayContaining([0, 1, 2]));
    const plain = await run('/bin/ls', '-l', '/proc/self/fd');
    await plain.prepared.ended;
    expect(plain.said().match(/socket:/g)).toHaveLength(3);
    expect(prepared.process!.pid).toBeGreaterThan(0);
  });
});

describe('how a program ends', () => {
  test('exit 0 completes with the last line it said', async () => {
    const { prepared } = await run('printf', 'one\\ntwo\\n\\n');
    expect(await prepared.ended).toEqual({ outcome: 'completed', result: 'two' });
  });

  test('exit 0 without a word completes with no result', async () => {
    const { prepared } = await run('true');
    expect(await prepared.ended).toEqual({ outcome: 'completed', result: null });
  });

  test('another exit code fails with its number and the last complaint', async () => {
    const { prepared } = await run('sh', '-c', 'echo fine; echo broken >&2; exit 3');
    expect(await prepared.ended).toEqual({
      outcome: 'failed',
      errorClass: 'EXIT_3',
      message: 'broken',
    });
  });

  test('a program that only writes to standard output is quoted from there when it fails', async () => {
    const { prepared } = await run('sh', '-c', 'echo it is over; exit 1');
    expect(await prepared.ended).toMatchObject({ errorClass: 'EXIT_1', message: 'it is over' });
  });

  test('a signal of its own fails with the name of the signal', async () => {
    const { prepared } = await run('sh', '-c', 'kill -SEGV $$');
    expect(await prepared.ended).toMatchObject({
      outcome: 'failed',
      errorClass: 'SIGNAL_SIGSEGV',
    });
  });

  test('a command that is not there is named, with what to do', async () => {
    const { prepared } = await run('no-such-agent-anywhere', '--fast');
    const end = await prepared.ended;
    expect(end).toMatchObject({ outcome: 'failed', errorClass: 'PROGRAM_NOT_FOUND' });
    expect(end).toHaveProperty('message', expect.stringContaining('no-such-agent-anywhere'));
    expect(end).toHaveProperty('message', expect.stringContaining('Install it'));
  });

  test('a file that may not be executed is told apart from one that is missing', async () => {
    const { prepared } = await run(fixtureProgram('report.mjs'));
    expect(await prepared.ended).toMatchObject({ errorClass: 'PROGRAM_NOT_EXECUTABLE' });
  });

  test('a missing working directory is named, not the program', async () => {
    const workspaceDir = join(tmpdir(), 'signalbox-not-here');
    const { prepared } = await runWith({
      argv: ['true'],
      supervisorPath,
      request: { workspaceDir },
    });
    expect(await prepared.ended).toEqual({
      outcome: 'failed',
      errorClass: 'DIRECTORY_NOT_FOUND',
      message: expect.stringContaining(workspaceDir),
    });
  });

  test('arguments that no operating system takes fail the attempt, not the lane', async () => {
    const { prepared } = await run('echo', 'a\0b');
    expect(await prepared.ended).toMatchObject({ errorClass: 'PROGRAM_NOT_STARTED' });
  });

  test('a background child it leaves behind is ended before its end is reported', async () => {
    const { prepared, said } = await run(fixtureProgram('leaveChild.sh'));
    expect(await prepared.ended).toEqual({ outcome: 'completed', result: 'done' });
    const child = Number(/child (\d+)/.exec(said())?.[1]);
    expect(isAlive({ pid: child, startTime: '' })).toBe(false);
    expect(await isQuiet(prepared.process!)).toBe(true);
  });

  test('so is one that lost its parent and wiped its environment', async () => {
    const { prepared, said } = await run(
      'sh',
      '-c',
      '(env -i /bin/sh -c "echo child \\$\\$; exec sleep 300" &); exec sleep 0.5',
    );
    expect(await prepared.ended).toMatchObject({ outcome: 'completed' });
    const child = Number(/child (\d+)/.exec(said())?.[1]);
    expect(isAlive({ pid: child, startTime: '' })).toBe(false);
  });

  test('a missing supervisor is an error that says so, and leaves nothing behind', async () => {
    const missing = join(tmpdir(), 'no-such-supervisor.js');
    await expect(prepare({ argv: ['true'], supervisorPath: missing })).rejects.toMatchObject({
      code: 'SUPERVISOR_FAILED',
      message: expect.stringContaining(missing),
    });
  });
});

describe('what a program says', () => {
  test('a character whose bytes arrive one by one is handed on whole', async () => {
    const text = 'żółw 日本 🚂';
    const { prepared, events, said } = await run(
      node,
      fixtureProgram('bytes.mjs'),
      Buffer.from(text).toString('hex'),
    );
    expect(await prepared.ended).toEqual({ outcome: 'completed', result: text });
    expect(said()).toBe(text);
    expect(JSON.stringify(events)).not.toContain('\uFFFD');
  });

  test('bytes that are no UTF-8 are replaced, and what follows them is kept', async () => {
    const { prepared, said } = await run(node, fixtureProgram('bytes.mjs'), '61ff62e282');
    await prepared.ended;
    expect(said()).toBe('a\uFFFDb\uFFFD');
  });

  test('a flood of output arrives complete', async () => {
    const { prepared, said } = await run(node, fixtureProgram('flood.mjs'), '10');
    expect(await prepared.ended).toMatchObject({ outcome: 'completed' });
    expect(said().length).toBe(10 * 1_024 * 1_024);
  });

  test('nothing more is read of a program while what it said is not taken in', async () => {
    let isTaking = false;
    let taken = 0;
    let readMeanwhile = 0;
    const { prepared, events, said } = await runWith({
      argv: [node, fixtureProgram('flood.mjs'), '3'],
      supervisorPath,
      drained: async () => {
        if (isTaking) readMeanwhile++;
        isTaking = true;
        await new Promise((resolve) => setTimeout(resolve, 5));
        isTaking = false;
        taken++;
      },
    });
    expect(await prepared.ended).toMatchObject({ outcome: 'completed' });
    expect(taken).toBe(events.length);
    expect(readMeanwhile).toBe(0);
    expect(said().length).toBe(3 * 1_024 * 1_024);
  });
});
