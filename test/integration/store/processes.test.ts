/** Real processes on one log: racing, killed, short of space, short of permission. */
import { spawn } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { FileLog } from '../../support/fileLog.ts';
import { add, fileLog, messagesOf } from '../../support/fileLog.ts';
import { bundle } from '../../support/supervisor.ts';

let writer: Awaited<ReturnType<typeof bundle>>;

beforeAll(async () => {
  writer = await bundle('test/support/storeWriter.ts');
  // Some tests run it as another user.
  chmodSync(dirname(writer.path), 0o755);
});
afterAll(() => writer.dispose());

interface Run {
  readonly name: string;
  readonly commands: number;
  readonly maxLines: number;
  /** Killed once it has acknowledged so many lines. */
  readonly killAfter?: number;
  /** Largest file that it may write, in KiB. */
  readonly limitKiB?: number;
  readonly uid?: number | undefined;
}

/** Runs one writer to its end; answers what it said was acknowledged, and its exit code. */
async function run(log: FileLog, { name, commands, maxLines, ...options }: Run) {
  const args = [writer.path, log.workspaceDir, name, String(commands), String(maxLines)];
  const { limitKiB, killAfter = Infinity, uid } = options;
  const limit = limitKiB === undefined ? '' : `ulimit -f ${limitKiB}; `;
  const child = spawn('bash', ['-c', `${limit}exec "$0" "$@"`, process.execPath, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    ...(uid === undefined ? {} : { uid }),
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk;
    if (output.split('\n').length > killAfter) child.kill('SIGKILL');
  });
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  // A line that was cut off by the kill was not said.
  const said = output.split('\n').slice(0, -1);
  const error = said.find((line) => line.startsWith('error '))?.slice('error '.length);
  const acknowledged = said.filter((line) => /^\d+ /.test(line));
  return { code, error, acknowledged };
}

/** Every acknowledged line stands at its position, once, and the log is sound. */
async function expectAllThere(log: FileLog, acknowledged: readonly string[]): Promise<void> {
  const { damage, records } = log.open().inspect();
  expect(damage).toBeNull();
  const found = records.map(({ seq, message }) => `${seq} ${message}`);
  expect(new Set(found).size).toBe(found.length);
  const there = new Set(found);
  expect(acknowledged.filter((line) => !there.has(line))).toEqual([]);
  expect(new Set(acknowledged).size).toBe(acknowledged.length);
  const messages = records.map(({ message }) => message);
  expect(new Set(messages).size).toBe(messages.length);
}

test('of many processes that begin a log and race for it, none loses a line or doubles one', async () => {
  const log = fileLog();
  const runs = await Promise.all(
    Array.from({ length: 8 }, async (_none, n) =>
      run(log, { name: `w${n}`, commands: 30, maxLines: 3 }),
    ),
  );
  expect(runs.map(({ code, error }) => error ?? code)).toEqual(runs.map(() => 0));
  const acknowledged = runs.flatMap((one) => one.acknowledged);
  expect(acknowledged).toHaveLength(8 * 60);
  await expectAllThere(log, acknowledged);
  expect(await messagesOf(log.open())).toHaveLength(8 * 60);
});

test('processes that are killed while they append lose nothing that they acknowledged', async () => {
  const log = fileLog();
  const acknowledged: string[] = [];
  for (let round = 0; round < 6; round++) {
    const runs = await Promise.all(
      Array.from({ length: 4 }, async (_none, n) =>
        run(log, {
          name: `r${round}w${n}`,
          // More than it comes to before it is killed, however late this process hears of them.
          commands: 1_000_000,
          maxLines: 3,
          killAfter: 1 + ((round * 7 + n * 3) % 20),
        }),
      ),
    );
    expect(runs.every(({ code }) => code === null)).toBe(true);
    acknowledged.push(...runs.flatMap((one) => one.acknowledged));
    await expectAllThere(log, acknowledged);
  }
  await add(log.open(), 'the last');
  await expectAllThere(log, acknowledged);
}, 120_000);

test('a full disk stops a writer with a clear error, and the log goes on when there is room', async () => {
  const log = fileLog();
  const acknowledged: string[] = [];
  for (let limitKiB = 1; limitKiB <= 8; limitKiB++) {
    const name = `full${limitKiB}`;
    const cut = await run(log, { name, commands: 1_000, maxLines: 3, limitKiB });
    expect(cut).toMatchObject({ code: 5, error: 'STORE_UNAVAILABLE' });
    acknowledged.push(...cut.acknowledged);
    await expectAllThere(log, acknowledged);
    await add(log.open(), `room after ${limitKiB}`);
  }
  const after = await run(log, { name: 'after', commands: 5, maxLines: 3 });
  expect(after.code).toBe(0);
  await expectAllThere(log, [...acknowledged, ...after.acknowledged]);
  expect(log.open().inspect().counts.get('torn')).toBeGreaterThan(0);
});

test('a log that may not be written is refused with a clear error, and unchanged', async () => {
  const log = fileLog();
  await add(log.open(), 'a');
  const before = log.bytes();
  const isRoot = process.getuid?.() === 0;
  // Root may write anything, so it steps down to a user who may only look.
  const uid = isRoot ? 65_534 : undefined;
  for (const directory of [log.workspaceDir, dirname(log.logDir), log.logDir]) {
    chmodSync(directory, 0o555);
  }
  chmodSync(log.segment(), 0o444);
  const refused = await run(log, { name: 'w', commands: 1, maxLines: 1, uid });
  expect(refused).toMatchObject({ code: 5, error: 'STORE_UNAVAILABLE', acknowledged: [] });
  expect(log.bytes()).toEqual(before);
  for (const directory of [log.workspaceDir, dirname(log.logDir), log.logDir]) {
    chmodSync(directory, 0o700);
  }
});
