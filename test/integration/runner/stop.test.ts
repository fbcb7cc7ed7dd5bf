import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { isAlive } from '../../../extension/platform/processIdentity.ts';
import { endTree, findTree, isQuiet } from '../../../extension/runner/processTree.ts';
import type { ProcessIdentity } from '../../../extension/runner/program.ts';
import { startSupervised } from '../../../extension/runner/supervisor.ts';
import { endAllStarted, prepare, run as runWith } from '../../support/runningProgram.ts';
import { bundle, bundleSupervisor, eventually, fixtureProgram } from '../../support/supervisor.ts';

let supervisor: Awaited<ReturnType<typeof bundleSupervisor>>;
let supervisorPath: string;
beforeAll(async () => {
  supervisor = await bundleSupervisor();
  supervisorPath = supervisor.path;
});
afterEach(endAllStarted);
afterAll(() => supervisor.dispose());

const node = process.execPath;
const run = (...argv: string[]) => runWith({ argv, supervisorPath });
const impatient = { askMs: 300, terminateMs: 300 };
/** Longer than any test: a step that passes in this time passed because it worked. */
const patient = { askMs: 100_000, terminateMs: 100_000 };

/** Living processes that carry the cookie, found without the code under test. */
function withCookie({ cookie }: ProcessIdentity): number[] {
  return findTree({ cookie })
    .map((row) => row.pid)
    .filter((pid) => environmentOf(pid).includes(cookie));
}

function environmentOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1');
  } catch {
    // A `sleep 1` of a script, over since it was found.
    return '';
  }
}

describe('stopping a program', () => {
  test('a program that listens ends when it is asked, and its last words are kept', async () => {
    const { prepared, saying, said } = await run(node, fixtureProgram('polite.mjs'));
    await saying('ready');
    expect(await prepared.stop(patient)).toEqual({ quiet: true, by: 'ask' });
    expect(await prepared.ended).toEqual({ outcome: 'stopped' });
    expect(said()).toContain('saved');
  });

  test('a program that ignores being asked is terminated', async () => {
    const { prepared, saying } = await run('sh', '-c', 'trap "" INT; echo ready; sleep 300');
    await saying('ready');
    const report = await prepared.stop({ askMs: 200, terminateMs: 100_000 });
    expect(report).toEqual({ quiet: true, by: 'terminate' });
    expect(await prepared.ended).toEqual({ outcome: 'stopped' });
  });

  test('a program and children that ignore everything are killed', async () => {
    const { prepared, saying } = await run(fixtureProgram('stubborn.sh'));
    await saying('ready');
    expect(withCookie(prepared.process!).length).toBeGreaterThanOrEqual(4);
    expect(await prepared.stop(impatient)).toEqual({ quiet: true, by: 'kill' });
    expect(await prepared.ended).toEqual({ outcome: 'stopped' });
    expect(withCookie(prepared.process!)).toEqual([]);
  });

  test('descendants that left the group, the session and their parents are killed too', async () => {
    const { prepared, saying, said } = await run(fixtureProgram('escape.sh'));
    for (const word of ['ready', 'one', 'two']) await saying(word);
    const escaped = [...said().matchAll(/(?:one|two) (\d+)/g)].map((match) => Number(match[1]));
    expect(await prepared.stop(impatient)).toEqual({ quiet: true, by: 'kill' });
    expect(escaped).toHaveLength(2);
    for (const pid of escaped) expect(isAlive({ pid, startTime: '' })).toBe(false);
    expect(withCookie(prepared.process!)).toEqual([]);
  });

  test('processes that fork faster than they are looked at are caught', async () => {
    const { prepared, saying } = await run(fixtureProgram('forkStorm.sh'));
    await saying('ready');
    expect(await prepared.stop({ askMs: 0, terminateMs: 100 })).toEqual({
      quiet: true,
      by: 'kill',
    });
    expect(withCookie(prepared.process!)).toEqual([]);
  });

  test('a program that someone stopped with SIGSTOP hears that it is asked', async () => {
    const { prepared, saying } = await run(node, fixtureProgram('polite.mjs'));
    await saying('ready');
    const [child] = findTree(prepared.process!).filter(({ pid }) => pid !== prepared.process!.pid);
    process.kill(child!.pid, 'SIGSTOP');
    expect(await prepared.stop(patient)).toEqual({ quiet: true, by: 'ask' });
  });

  test('what a program leaves behind when it is asked is terminated without further waiting', async () => {
    const { prepared, saying } = await run(
      'bash',
      '-c',
      'trap "echo bye; exit 0" INT; (trap "" INT; exec sleep 300) & echo ready; while :; do sleep 1; done',
    );
    await saying('ready');
    expect(await prepared.stop(patient)).toEqual({ quiet: true, by: 'terminate' });
    expect(await prepared.ended).toEqual({ outcome: 'stopped' });
  });

  test('a program that closed its output still runs and can be stopped', async () => {
    const supervised = await startSupervised({
      argv: [node, fixtureProgram('closeOutput.mjs')],
      cwd: tmpdir(),
      env: { PATH: process.env['PATH'] ?? '' },
      supervisorPath,
    });
    supervised.begin();
    const closed = once(supervised.stdout, 'end');
    supervised.stdout.resume();
    await closed;
    expect(await isQuiet(supervised.identity)).toBe(false);
    expect(await supervised.stop(patient)).toEqual({ quiet: true, by: 'ask' });
    expect(await supervised.exited).toMatchObject({ code: 0, stopped: true });
  });
});

describe('when a stop comes', () => {
  test('before begin, the program never starts', async () => {
    const { prepared, said } = await prepare({ argv: ['echo', 'started'], supervisorPath });
    expect(await prepared.stop(patient)).toEqual({ quiet: true, by: 'ask' });
    prepared.begin();
    expect(await prepared.ended).toEqual({ outcome: 'stopped' });
    expect(said()).toBe('');
    expect(await isQuiet(prepared.process!)).toBe(true);
  });

  test('directly after begin, the attempt ends once, stopped', async () => {
    const { prepared } = await run('sleep', '300');
    expect(await prepared.stop(patient)).toMatchObject({ quiet: true });
    expect(await prepared.ended).toEqual({ outcome: 'stopped' });
  });

  test('after the end, it says so and the outcome stays', async () => {
    const { prepared } = await run('echo', 'done');
    await prepared.ended;
    expect(await prepared.stop(patient)).toEqual({ quiet: true, by: 'already-ended' });
    expect(await prepared.ended).toEqual({ outcome: 'completed', result: 'done' });
  });

  test('twice, both hear the same', async () => {
    const { prepared, saying } = await run(node, fixtureProgram('polite.mjs'));
    await saying('ready');
    const reports = await Promise.all([prepared.stop(patient), prepared.stop(patient)]);
    expect(reports).toEqual([
      { quiet: true, by: 'ask' },
      { quiet: true, by: 'ask' },
    ]);
  });

  test('a second time with less patience, it does not wait for the first deadlines', async () => {
    const { prepared, saying } = await run(fixtureProgram('stubborn.sh'));
    await saying('ready');
    const first = prepared.stop(patient);
    expect(await prepared.stop({ askMs: 0, terminateMs: 0 })).toEqual({ quiet: true, by: 'kill' });
    expect(await first).toEqual({ quiet: true, by: 'kill' });
  });

  test('as SIGTERM to the supervisor, the program is stopped as well', async () => {
    const { prepared, saying } = await run(node, fixtureProgram('polite.mjs'));
    await saying('ready');
    process.kill(prepared.process!.pid, 'SIGTERM');
    expect(await prepared.ended).toEqual({ outcome: 'stopped' });
    expect(await isQuiet(prepared.process!)).toBe(true);
  });
});

describe('when someone is killed', () => {
  async function startLane(...argv: string[]) {
    const starter = await bundle('test/support/starter.ts');
    const lane = spawn(node, [starter.path, supervisorPath, ...argv], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let text = '';
    lane.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    await eventually('the lane runs its program', () => text.includes('running'));
    await starter.dispose();
    const identity = JSON.parse(text.split('\n')[0]!) as ProcessIdentity;
    return { lane, identity };
  }

  test.each(['polite.mjs', 'stubborn.sh', 'escape.sh'])(
    'nothing of %s outlives a starter that was killed',
    async (name) => {
      const { lane, identity } = await startLane(
        ...(name.endsWith('.mjs') ? [node] : []),
        fixtureProgram(name),
      );
      expect(await isQuiet(identity)).toBe(false);
      lane.kill('SIGKILL');
      await eventually('all is quiet', () => isQuiet(identity));
      expect(isAlive(identity)).toBe(false);
    },
  );

  test('a new owner ends what a killed starter and a killed supervisor left behind', async () => {
    const { lane, identity } = await startLane(fixtureProgram('escape.sh'));
    process.kill(identity.pid, 'SIGSTOP');
    lane.kill('SIGKILL');
    await once(lane, 'exit');
    process.kill(identity.pid, 'SIGKILL');
    await eventually('the supervisor is dead', () => !isAlive(identity));
    expect(await isQuiet(identity)).toBe(false);
    expect(await endTree(identity, 200)).toEqual({ quiet: true, by: 'kill' });
    expect(await isQuiet(identity)).toBe(true);
  });

  test('a new owner ends a supervisor that waits for begin and hears nothing', async () => {
    const { prepared } = await prepare({ argv: ['true'], supervisorPath });
    process.kill(prepared.process!.pid, 'SIGSTOP');
    expect(await isQuiet(prepared.process!)).toBe(false);
    expect(await endTree(prepared.process!, 100)).toMatchObject({ quiet: true });
    expect(isAlive(prepared.process!)).toBe(false);
  });

  test('the starter ends the program of a supervisor that was killed, and says why', async () => {
    const { prepared, saying } = await run(fixtureProgram('escape.sh'));
    for (const word of ['ready', 'one', 'two']) await saying(word);
    process.kill(prepared.process!.pid, 'SIGKILL');
    expect(await prepared.ended).toMatchObject({
      outcome: 'failed',
      errorClass: 'SUPERVISOR_LOST',
    });
    expect(withCookie(prepared.process!)).toEqual([]);
  });

  test('the silence of one program is not broken by another', async () => {
    const first = await run(node, fixtureProgram('polite.mjs'));
    const second = await run(node, fixtureProgram('polite.mjs'));
    await Promise.all([first.saying('ready'), second.saying('ready')]);
    await first.prepared.stop(patient);
    expect(await isQuiet(first.prepared.process!)).toBe(true);
    expect(await isQuiet(second.prepared.process!)).toBe(false);
    await second.prepared.stop(patient);
  });
});
