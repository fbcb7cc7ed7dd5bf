/** Several processes at once, and processes that are killed: the files always come out right. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, readdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodeQueue } from '../../../extension/protocol/queueFile.ts';
import { bundle } from '../../support/supervisor.ts';
import { add } from '../../support/core.ts';
import type { Desk } from '../../support/projection.ts';
import {
  acceptedLines,
  keptTexts,
  leftovers,
  openDesk,
  readAudit,
} from '../../support/projection.ts';
import { newWorkspace } from '../../support/workspace.ts';

/** `npm run test:long` strikes more often. */
const kills = process.env['SIGNALBOX_LONG'] === '1' ? 300 : 12;

let bundled: Awaited<ReturnType<typeof bundle>>;
beforeAll(async () => {
  bundled = await bundle('test/support/projectingProcess.ts');
});
afterAll(() => bundled.dispose());

/** Runs the process, through `shell` where given: `"$@"` in it stands for the process. */
function start(dir: string, count: number | 'project', shell = 'exec "$@"'): ChildProcess {
  const args = ['-c', shell, 'bash', process.execPath, bundled.path, dir, String(count)];
  return spawn('bash', args, { stdio: ['ignore', 'pipe', 'pipe'] });
}

/** What it wrote, and how it ended. */
async function ended(child: ChildProcess) {
  let text = '';
  child.stdout?.on('data', (chunk: Buffer) => (text += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, text };
}

/** Resolves once the process has projected so many changes. @throws where it ends before */
function dots(child: ChildProcess, count: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let text = '';
    const hear = (chunk: Buffer) => {
      text += chunk.toString();
      if (text.length >= 'started\n'.length + count) resolve();
    };
    child.stdout?.on('data', hear);
    child.stderr?.on('data', hear);
    child.once('close', () => reject(new Error(`It ended by itself: ${text}`)));
  });
}

/** Every file says just what the log says, and nothing lies about. */
function expectInLine(desk: Desk): void {
  const { paths, coordinator } = desk;
  expect(readAudit(paths)).toBe(acceptedLines(desk));
  const text = readFileSync(paths.queueFile, 'utf8');
  expect(text.slice(text.indexOf('"queue"'))).toBe(encodeQueue(coordinator.queue, 'live'));
  const held = [...coordinator.queue.held].map((key) => `task_${key}.lock`);
  // Killed while it gave back the projectors' lock, one leaves it without a name: it is broken by
  // the next one that needs it.
  const lock = join(paths.locks, '.projector');
  if (existsSync(lock) && readdirSync(lock).length === 0) rmdirSync(lock);
  expect(readdirSync(paths.locks).sort()).toEqual(held.sort());
  expect(leftovers(paths)).toEqual([]);
  expect(keptTexts(paths)).toEqual([]);
}

describe('several processes', () => {
  test('each see their own change on disk, and leave all files in line with the log', async () => {
    const desk = await openDesk(newWorkspace());
    const outcomes = await Promise.all(
      Array.from({ length: 4 }, () => ended(start(desk.paths.root, 8))),
    );
    const text = `started\n${'.'.repeat(24)}\n[]\n`;
    expect(outcomes).toEqual(outcomes.map(() => ({ code: 0, text })));

    await desk.coordinator.refresh();
    await desk.project();
    expect(desk.coordinator.queue.completedCount).toBe(32);
    expectInLine(desk);
  });
});

describe('a process that is killed', () => {
  test('at any instant leaves nothing that the next one does not put right', async () => {
    // A directory without any file is taken for a script's for ten seconds.
    const desk = await openDesk(newWorkspace(), { laterMs: 11_000 });
    for (let round = 0; round < kills; round++) {
      const child = start(desk.paths.root, 0);
      await dots(child, round % 5);
      // Random instants within the next command; where it strikes is the test.
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 40));
      const closed = once(child, 'close');
      child.kill('SIGKILL');
      await closed;

      await desk.coordinator.refresh();
      expect(await desk.project()).toEqual({ warnings: [], kept: [] });
      expectInLine(desk);
    }
    expect(desk.coordinator.queue.completedCount).toBeGreaterThan(0);
  });
});

describe('a disk that is full', () => {
  test('costs no command its success, and is made good when there is room', async () => {
    const desk = await openDesk(newWorkspace());
    for (let n = 0; n < 40; n++) await desk.does(add(`Task ${n}`));
    await desk.project();
    const before = readFileSync(desk.paths.queueFile);

    // No file may grow beyond 4 KiB but the log, which is written by this process.
    const limited = `trap '' XFSZ; ulimit -f 4; exec "$@"`;
    await desk.does(add('one more'));
    const { code, text } = await ended(start(desk.paths.root, 'project', limited));
    expect({ code, text }).toMatchObject({ code: 0, text: expect.stringContaining('is recorded') });
    expect(readFileSync(desk.paths.queueFile)).toEqual(before);
    // Half a file would take the room that there is none of.
    expect(leftovers(desk.paths)).toEqual([]);

    await desk.coordinator.refresh();
    await desk.project();
    expectInLine(desk);
  });
});
