/** Many processes on one log on each file system that can be mounted here, and one that is full. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readdirSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openFileStore } from '../../../extension/store/openStore.ts';
import { mounted } from '../../support/mounts.ts';
import type { FileSystem } from '../../support/mounts.ts';
import { bundleMutant } from '../../support/mutant.ts';
import { bundle } from '../../support/supervisor.ts';
import { newWorkspace } from '../../support/workspace.ts';

const long = process.env['SIGNALBOX_LONG'] === '1';
const processes = 50;
const commands = long ? 40 : 3;
const fileSystems: readonly FileSystem[] = ['ext4', 'xfs', 'btrfs', 'overlayfs', 'tmpfs'];
const timeout = long ? 3_600_000 : 300_000;

let writer: Awaited<ReturnType<typeof bundle>>;
beforeAll(async () => {
  writer = await bundle('test/support/storeWriter.ts');
});
afterAll(() => writer.dispose());

interface Heard {
  readonly acknowledged: readonly string[];
  readonly error: string | undefined;
}

async function write(program: string, dir: string, name: string, count: number): Promise<Heard> {
  const child = spawn(process.execPath, [program, dir, name, String(count), '2'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  await once(child, 'close');
  const lines = said.split('\n');
  return {
    acknowledged: lines.filter((line) => /^\d+ /.test(line)),
    error: lines.find((line) => line.startsWith('error ')),
  };
}

/** Lets them all write at once; answers what they were told. */
async function race(program: string, dir: string): Promise<readonly Heard[]> {
  const names = Array.from({ length: processes }, (_none, n) => `w${n}`);
  return Promise.all(names.map(async (name) => write(program, dir, name, commands)));
}

/** What is wrong with a log for what its writers were told, in words; empty where nothing is. */
function wrongIn(dir: string, heard: readonly Heard[]): readonly string[] {
  const wrong: string[] = heard.flatMap(({ error }) => (error === undefined ? [] : [error]));
  const { damage, records, counts } = openFileStore({
    workspaceDir: dir,
    create: false,
    writer: 'test',
  }).inspect();
  if (damage !== null) wrong.push(`damage: ${damage.message}`);
  if ((counts.get('torn') ?? 0) > 0) wrong.push('lines were written into one another');
  const found = records.map(({ seq, message }) => `${seq} ${message}`);
  const there = new Set(found);
  const acknowledged = heard.flatMap((one) => one.acknowledged);
  for (const line of acknowledged) if (!there.has(line)) wrong.push(`lost: ${line}`);
  const messages = records.map(({ message }) => message);
  if (new Set(messages).size < messages.length) wrong.push('a line is there twice');
  const positions = acknowledged.map((line) => line.split(' ')[0]);
  if (new Set(positions).size < positions.length) wrong.push('a position was issued twice');
  return wrong;
}

describe('50 processes at one log: of each position one is the winner, and nothing is lost, on', () => {
  for (const kind of fileSystems) {
    test(kind, { timeout }, async (context) => {
      const dir = mounted(context, kind);
      const heard = await race(writer.path, dir);
      expect(wrongIn(dir, heard)).toEqual([]);
      const lines = heard.flatMap(({ acknowledged }) => acknowledged);
      expect(lines).toHaveLength(processes * Math.floor(commands * 1.5));
    });
  }

  test.each([
    {
      what: 'does not look again',
      ...{
        from: 'return view.hashAt(position(lastSeq)) === lastHash',
        to: 'return true',
        also: '',
      },
    },
    {
      what: 'writes where it believes the end to be',
      from: 'writeSync(file.fd, bytes)',
      to: "writeSync(openSync(path, 'r+'), bytes, 0, bytes.length, file.sizeBytes)",
      also: "import { openSync } from 'node:fs';",
    },
  ])('a writer that $what is caught', { timeout }, async ({ from, to, also }) => {
    const file = 'extension/store/file/appender.ts';
    const mutant = await bundleMutant('test/support/storeWriter.ts', { file, from, to, also });
    // Whether two of them meet is for the scheduler to say; that they never do is not to be believed.
    let wrong: readonly string[] = [];
    for (let races = 0; races < 20 && wrong.length === 0; races++) {
      const dir = newWorkspace();
      wrong = wrongIn(dir, await race(mutant.path, dir));
    }
    await mutant.dispose();
    expect(wrong).not.toEqual([]);
  });
});

describe('a full disk', () => {
  test(
    'takes nothing back that was acknowledged, and all goes on once there is room',
    { timeout },
    async (context) => {
      const dir = mounted(context, 'tmpfs', { sizeBytes: 256 * 1024 });
      const ballast = join(dir, 'ballast');
      mkdirSync(ballast);
      const heard: Heard[] = [await write(writer.path, dir, 'before', 2)];
      for (let round = 0; round < 4; round++) {
        fill(ballast, round);
        // Its last free page may still take some lines.
        const full = await write(writer.path, dir, `full${round}`, 1_000);
        expect(full.error).toBe('error STORE_UNAVAILABLE');
        heard.push({ ...full, error: undefined });
        // Room for one page, so that the next round finds the end of the file elsewhere.
        rmSync(join(ballast, readdirSync(ballast)[0]!));
        heard.push(await write(writer.path, dir, `room${round}`, 2));
        expect(heard.at(-1)!.error).toBeUndefined();
        expect(wrongIn(dir, heard).filter((what) => !what.includes('into one another'))).toEqual(
          [],
        );
      }
    },
  );
});

/** Fills the file system that `folder` is on, with files of one page each. */
function fill(folder: string, round: number): void {
  for (let n = 0; ; n++) {
    let fd: number | undefined;
    try {
      fd = openSync(join(folder, `${round}-${n}`), 'w');
      writeSync(fd, Buffer.alloc(4096));
    } catch (error) {
      expect(error).toMatchObject({ code: 'ENOSPC' });
      return;
    } finally {
      if (fd !== undefined) closeSync(fd);
    }
  }
}
