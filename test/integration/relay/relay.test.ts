/** One process carries out the commands of all, for as long as it lives and answers. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { Relay } from '../../../extension/coordinator/relay/relay.ts';
import type { Command } from '../../../extension/core/command.ts';
import { bundle, eventually } from '../../support/supervisor.ts';
import { newWorkspace } from '../../support/workspace.ts';

let bundled: Awaited<ReturnType<typeof bundle>>;
beforeAll(async () => {
  bundled = await bundle('test/support/relayedProcess.ts');
});
afterAll(() => bundled.dispose());

function note(id: string): Command {
  return { type: 'note', id, by: null, task: null, message: id };
}

/** A relay of this process that notes what it carries out. */
function relayAt(logDir: string, { build = 'test', fails = false } = {}) {
  const done: string[] = [];
  const relay = new Relay({
    logDir,
    logId: 'log',
    build,
    execute: async (commands) => {
      done.push(...commands.map(({ id }) => id));
      await Promise.resolve();
      return commands.map(() => (fails ? null : { ok: true, task: null, records: [] }));
    },
  });
  onTestFinished(() => relay[Symbol.asyncDispose]());
  return { done, ask: (id: string) => relay.ask(note(id)), relay };
}

/** A host in a process of its own, and what it has printed. */
async function hostProcess(logDir: string) {
  const child: ChildProcess = spawn(process.execPath, [bundled.path, logDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const printed = { text: '' };
  child.stdout?.on('data', (chunk: Buffer) => (printed.text += chunk.toString()));
  await eventually('a host', () => printed.text.includes('host\n'));
  return { child, carriedOut: (id: string) => printed.text.split('\n').includes(id) };
}

describe('the one that asks first', () => {
  test('carries out what it and all others ask, once and in order', async () => {
    const logDir = newWorkspace();
    const host = relayAt(logDir);
    const others = [relayAt(logDir), relayAt(logDir)];

    expect(await host.ask('1')).toMatchObject({ outcome: { ok: true }, crowd: false });
    for (const [n, other] of [...others, ...others].entries()) {
      expect(await other.ask(`${n + 2}`)).toMatchObject({ outcome: { ok: true } });
    }

    expect(host.done).toEqual(['1', '2', '3', '4', '5']);
    expect(others.flatMap(({ done }) => done)).toEqual([]);
  });

  test('tells those who ask at the same time of each other', async () => {
    const logDir = newWorkspace();
    const host = relayAt(logDir);
    const other = relayAt(logDir);
    await host.ask('1');
    await eventually('a crowd', async () => {
      const answers = await Promise.all([host.ask('2'), other.ask('3')]);
      return answers.every((answer) => answer?.crowd);
    });
  });

  test('answers more than it takes at once', async () => {
    const logDir = newWorkspace();
    const host = relayAt(logDir);
    await host.ask('first');
    const other = relayAt(logDir);
    const ids = Array.from({ length: 100 }, (_, n) => `${n}`);

    const answers = await Promise.all(ids.map((id) => other.ask(id)));

    expect(answers.every((answer) => answer?.outcome?.ok)).toBe(true);
    expect(host.done).toEqual(['first', ...ids]);
  });

  test('leaves its place to the next when it ends', async () => {
    const logDir = newWorkspace();
    const host = relayAt(logDir);
    const other = relayAt(logDir);
    await host.ask('1');
    await other.ask('2');
    await host.relay[Symbol.asyncDispose]();
    expect(existsSync(join(logDir, 'relay.sock'))).toBe(false);

    await eventually('an answer', async () => (await other.ask('3')) !== null);

    expect(host.done).toEqual(['1', '2']);
    expect(other.done).toEqual(['3']);
  });

  test('gives up where another one was taken for the host meanwhile', async () => {
    const logDir = newWorkspace();
    const host = relayAt(logDir);
    await host.ask('1');
    renameSync(join(logDir, 'relay.sock'), join(logDir, 'elsewhere'));
    const other = relayAt(logDir);
    await other.ask('2');
    expect(other.done).toEqual(['2']);

    await eventually('the first one to ask there', async () => {
      await host.ask('3');
      return other.done.includes('3');
    });
  });
});

describe('nobody is known to have carried out a command', () => {
  test('that failed', async () => {
    const logDir = newWorkspace();
    const host = relayAt(logDir, { fails: true });
    const other = relayAt(logDir);
    expect((await host.ask('1'))?.outcome).toBeNull();
    expect((await other.ask('2'))?.outcome).toBeNull();
  });

  test('of another build, and it is not carried out', async () => {
    const logDir = newWorkspace();
    const host = relayAt(logDir);
    await host.ask('1');
    expect((await relayAt(logDir, { build: 'other' }).ask('2'))?.outcome).toBeNull();
    expect(host.done).toEqual(['1']);
  });

  test('that is too long to be sent', async () => {
    const logDir = newWorkspace();
    const host = relayAt(logDir);
    await host.ask('1');
    expect(await relayAt(logDir).ask('2'.repeat(300_000))).toBeNull();
    expect(host.done).toEqual(['1']);
  });

  test('where the path is too long for a socket', async () => {
    const { ask, done } = relayAt(join(newWorkspace(), 'deep'.repeat(40)));
    expect(await ask('1')).toBeNull();
    expect(done).toEqual([]);
  });

  test('where something else stands in the place of the socket', async () => {
    const logDir = newWorkspace();
    writeFileSync(join(logDir, 'relay.sock'), 'not a socket');
    const { ask } = relayAt(logDir);
    expect((await ask('1'))?.outcome).toMatchObject({ ok: true });
  });
});

describe('a host', () => {
  test('is not disturbed by one who talks nonsense', async () => {
    const logDir = newWorkspace();
    const host = relayAt(logDir);
    await host.ask('1');
    for (const nonsense of ['hello\n', '{"n":1}\n', `${'x'.repeat(600_000)}\n`]) {
      const socket = connect(join(logDir, 'relay.sock'));
      let isClosed = false;
      socket.on('error', () => undefined).on('close', () => (isClosed = true));
      socket.write(nonsense);
      await eventually('the end of the connection', () => isClosed);
    }
    expect((await relayAt(logDir).ask('2'))?.outcome).toMatchObject({ ok: true });
    expect(host.done).toEqual(['1', '2']);
  });

  test('that was killed is replaced, and whoever waits for it waits no longer', async () => {
    const logDir = newWorkspace();
    const { child, carriedOut } = await hostProcess(logDir);
    const one = relayAt(logDir);
    const waiting = one.ask('wait');
    await eventually('the command', () => carriedOut('wait'));
    child.kill('SIGKILL');

    expect(await waiting).toBeNull();
    // A process that is going may still take a call or two, and answers none.
    await eventually('an answer', async () => (await one.ask('next')) !== null);
    expect(one.done).toEqual(['next']);
  });

  test('that was killed while nobody asked is replaced as well', async () => {
    const logDir = newWorkspace();
    const { child } = await hostProcess(logDir);
    child.kill('SIGKILL');
    const one = relayAt(logDir);
    await eventually('an answer', async () => (await one.ask('next')) !== null);
    expect(one.done).toEqual(['next']);
  });

  test('that is stopped is replaced, and sees that when it goes on', async () => {
    const logDir = newWorkspace();
    const { child, carriedOut } = await hostProcess(logDir);
    child.kill('SIGSTOP');
    const one = relayAt(logDir);

    expect(await one.ask('unheard')).toBeNull();
    await eventually('an answer', async () => (await one.ask('next')) !== null);
    expect(one.done).toEqual(['next']);
    child.kill('SIGCONT');
    const two = relayAt(logDir);
    expect((await two.ask('last'))?.outcome).toMatchObject({ ok: true });
    expect(one.done).toEqual(['next', 'last']);
    expect(carriedOut('last')).toBe(false);
  });
});
