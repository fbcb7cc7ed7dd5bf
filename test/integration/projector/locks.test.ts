/** The visible lock directories: one taker, respect for plain scripts, and nothing left behind. */
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { LockedClaim } from '../../../extension/coordinator/claimLocks.ts';
import { LockDirs } from '../../../extension/coordinator/projector/lockDirs.ts';
import type { Instant, TaskKey } from '../../../extension/core/ids.ts';
import { instant, position } from '../../../extension/core/ids.ts';
import { ownIdentity, ownPlace } from '../../../extension/platform/processIdentity.ts';
import { add, claim, complete, release } from '../../support/core.ts';
import type { Desk } from '../../support/projection.ts';
import type { DeskOptions } from '../../support/projection.ts';
import { leftovers, openDesk, readLockDir } from '../../support/projection.ts';
import { newWorkspace } from '../../support/workspace.ts';

const hour = 3_600_000;

function intent(changed: Partial<LockedClaim> = {}): LockedClaim {
  const at = Date.now() as Instant;
  return { agent: 'Copilot', holder: null, commandId: 'command-1', at, ...changed };
}

/** Beyond the highest that any kernel gives: one that a process had may be another's by now. */
const deadPid = 999_999_999;

async function oneTask(options?: DeskOptions): Promise<Desk> {
  const desk = await openDesk(newWorkspace(), options);
  await desk.does(add('a'));
  return desk;
}

/** A lock as plain scripts make it; `agoMs` is how long it has been there, at the instant `at`. */
function scriptLock(
  { paths }: Desk,
  files: Readonly<Record<string, string>>,
  agoMs = 0,
  at = Date.now(),
): string {
  const dir = join(paths.locks, 'task_1.lock');
  mkdirSync(dir);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), `${text}\n`);
  const since = new Date(at - agoMs);
  utimesSync(dir, since, since);
  return dir;
}

describe('taking a lock', () => {
  test('makes a directory that says who holds what, in words that scripts read', async () => {
    const { locks, paths } = await oneTask();
    const { pid, startTime } = ownIdentity();
    const holder = { pid, startTime, ...ownPlace() };
    const at = instant(1_795_341_600_123);

    expect(locks.take(1, intent({ holder, at }))).toEqual({ ok: true });
    const files = readLockDir(paths, 1)!;
    expect(files).toEqual({
      owner: 'Copilot',
      timestamp: '1795341600',
      pid: String(pid),
      host: ownPlace().host,
      boot_id: ownPlace().bootId,
      start_time: startTime,
      command: expect.stringMatching(/^command-1\n/),
    });
    locks.nameToken(1, position(7));
    expect(readLockDir(paths, 1)).toEqual({ ...files, token: '7' });
  });

  test('for a holder that nobody can judge names no process that could be found dead', async () => {
    const { locks, paths } = await oneTask();
    locks.take(1, intent());
    expect(readLockDir(paths, 1)).toMatchObject({ pid: '0', host: ownPlace().host });
  });

  test('succeeds for one command, and again for the same', async () => {
    const desk = await oneTask();
    const other = await openDesk(desk.paths.root);

    expect(desk.locks.take(1, intent())).toEqual({ ok: true });
    expect(other.locks.take(1, intent({ commandId: 'command-2' }))).toEqual({
      ok: false,
      by: 'claim',
    });
    expect(other.locks.take(1, intent())).toEqual({ ok: true });
  });

  test('is refused with the owner’s name where a script was first', async () => {
    const desk = await oneTask();
    const dir = scriptLock(desk, { owner: 'my-script', pid: String(process.pid) });
    expect(desk.locks.take(1, intent())).toEqual({ ok: false, by: 'script', owner: 'my-script' });
    rmSync(dir, { recursive: true });
    expect(desk.locks.take(1, intent())).toEqual({ ok: true });
  });

  test.each([
    ['a script that is about to write its name', {}, 9_000, false],
    ['nobody for longer than that', {}, 11_000, true],
    ['a living script, however old', { owner: 's', pid: String(process.pid) }, 9 * hour, false],
    [
      'a script that is gone, for less than an hour',
      { owner: 's', pid: 'dead' },
      0.9 * hour,
      false,
    ],
    ['a script that is gone, for more than an hour', { owner: 's', pid: 'dead' }, 1.1 * hour, true],
    ['someone without a pid, for less than two hours', { owner: 's' }, 1.9 * hour, false],
    ['someone without a pid, for more than two hours', { owner: 's' }, 2.1 * hour, true],
    ['someone with a name that is none', { owner: '../x; rm -rf' }, 0, false],
  ])('held by %s', async (_who, files, agoMs, isFree) => {
    const at = Date.now();
    const desk = await oneTask({ at });
    const named = 'pid' in files && files.pid === 'dead' ? { pid: String(deadPid) } : {};
    scriptLock(desk, { ...files, ...named }, agoMs, at);

    const owners = [...desk.locks.scriptLocks().values()];
    const taken = desk.locks.take(1, intent());
    expect(taken.ok).toBe(isFree);
    expect(owners).toHaveLength(isFree ? 0 : 1);
    const isSigned = Object.keys(files).length > 0;
    const held = isSigned ? { by: 'script', owner: owners[0] } : { by: 'unsigned' };
    if (!taken.ok) expect(taken).toEqual({ ok: false, ...held });
    expect(owners.join()).not.toContain('..');
  });

  test('that a script renews by its time stamp is not old', async () => {
    const desk = await oneTask();
    const now = String(Math.floor(Date.now() / 1000));
    scriptLock(desk, { owner: 's', pid: String(deadPid), timestamp: now }, 5 * hour);
    expect(desk.locks.take(1, intent()).ok).toBe(false);
  });

  test('is not kept for ever by a time stamp that lies in the future', async () => {
    const desk = await oneTask();
    scriptLock(desk, { owner: 's', pid: String(deadPid), timestamp: '99999999999' }, 5 * hour);
    expect(desk.locks.take(1, intent()).ok).toBe(true);
  });

  test('removes a leftover of a command whose process is dead', async () => {
    const desk = await oneTask();
    desk.locks.take(1, intent({ commandId: 'crashed' }));
    const file = join(desk.paths.locks, 'task_1.lock', 'command');
    const [id, , ...rest] = readFileSync(file, 'utf8').split('\n');
    writeFileSync(file, [id, String(deadPid), ...rest].join('\n'));

    expect(desk.locks.take(1, intent())).toEqual({ ok: true });
    expect(readLockDir(desk.paths, 1)!['command']).toMatch(/^command-1\n/);
    expect(leftovers(desk.paths)).toEqual([]);
  });

  test('waits for a command of a living process, but not for ever', async () => {
    const at = Date.now();
    const desk = await oneTask({ at });
    const later = await openDesk(desk.paths.root, { laterMs: 61_000 });
    desk.locks.take(1, intent({ commandId: 'stuck' }));

    expect(desk.locks.take(1, intent())).toEqual({ ok: false, by: 'claim' });
    expect(later.locks.take(1, intent())).toEqual({ ok: true });
  });

  test('removes a leftover of a claim that is over, and not one of a claim still unknown', async () => {
    const desk = await oneTask();
    await desk.does(claim(1, 'Copilot'));
    const behind = await openDesk(desk.paths.root);
    await desk.does(release(1, { agent: 'Copilot' }));
    await desk.does(claim(1, 'Claude'));

    // The directory of the newer claim is no leftover for one who does not know that claim yet.
    expect(behind.locks.take(1, intent())).toEqual({ ok: false, by: 'claim' });
    await desk.does(release(1, { agent: 'Claude' }));
    expect(desk.locks.take(1, intent())).toEqual({ ok: true });
  });

  test.each(['file', 'link'])(
    'through a %s in the place of the directory is refused',
    async (kind) => {
      const desk = await oneTask();
      const dir = join(desk.paths.locks, 'task_1.lock');
      const elsewhere = join(desk.paths.root, 'elsewhere');
      mkdirSync(elsewhere);
      if (kind === 'link') symlinkSync(elsewhere, dir);
      else writeFileSync(dir, '');

      expect(() => desk.locks.take(1, intent())).toThrow(
        expect.objectContaining({ code: 'unsafe-path' }),
      );
      expect((await desk.project()).warnings).toEqual([expect.stringContaining('task_1.lock')]);
      expect(readdirSync(elsewhere)).toEqual([]);
      // Nor is the task offered to anyone meanwhile.
      expect(desk.locks.scriptLocks()).toEqual(new Map([['1' as TaskKey, 'unknown']]));
    },
  );

  test('through a link in the place of the whole folder is refused', async () => {
    const desk = await oneTask();
    const elsewhere = join(desk.paths.root, 'elsewhere');
    mkdirSync(elsewhere);
    rmSync(desk.paths.locks, { recursive: true });
    symlinkSync(elsewhere, desk.paths.locks);

    expect(() => desk.locks.take(1, intent())).toThrow(
      expect.objectContaining({ code: 'unsafe-path' }),
    );
    expect((await desk.project()).warnings).toEqual([expect.stringContaining(desk.paths.locks)]);
    expect(readdirSync(elsewhere)).toEqual([]);
  });
});

describe('dropping a lock', () => {
  test('takes away that of the command, and no other', async () => {
    const desk = await oneTask();
    desk.locks.take(1, intent());
    desk.locks.drop(1, 'command-2');
    expect(readLockDir(desk.paths, 1)).not.toBeNull();
    desk.locks.drop(1, 'command-1');
    expect(readLockDir(desk.paths, 1)).toBeNull();
  });

  test('leaves one whose claim was recorded', async () => {
    const desk = await oneTask();
    desk.locks.take(1, intent());
    desk.locks.nameToken(1, position(3));
    desk.locks.drop(1, 'command-1');
    expect(readLockDir(desk.paths, 1)).toMatchObject({ token: '3' });
  });
});

describe('a projection', () => {
  test('puts back the lock of a held claim, and its heartbeat counts again', async () => {
    const desk = await oneTask();
    await desk.does(claim(1, 'Copilot'));
    const token = position(desk.coordinator.queue.end);
    await desk.store.beat(1, token);
    expect(await desk.store.lastBeat(1, token)).not.toBeNull();
    rmSync(join(desk.paths.locks, 'task_1.lock'), { recursive: true });

    await desk.project();
    expect(readLockDir(desk.paths, 1)).toMatchObject({ owner: 'Copilot', token: String(token) });
    expect(await desk.store.lastBeat(1, token)).toBeNull();
    await desk.store.beat(1, token);
    expect(await desk.store.lastBeat(1, token)).not.toBeNull();
  });

  test('names the token where a crash came between the claim and its lock', async () => {
    const desk = await oneTask();
    await desk.does(claim(1, 'Copilot'));
    const token = join(desk.paths.locks, 'task_1.lock', 'token');
    const before = readLockDir(desk.paths, 1);
    rmSync(token);

    await desk.project();
    expect(readLockDir(desk.paths, 1)).toEqual(before);
  });

  test('gives an older claim’s directory to the one that stands, without its signs of life', async () => {
    const desk = await oneTask();
    await desk.does(claim(1, 'Copilot'));
    await desk.store.beat(1, position(desk.coordinator.queue.end));
    writeFileSync(join(desk.paths.locks, 'task_1.lock', 'seen'), '{}');
    const other = await openDesk(desk.paths.root);
    await other.does(release(1, { agent: 'Copilot' }));
    // Claimed by a process that found the directory in its way and went on without one.
    const { coordinator } = other;
    await other.store.append(
      {
        commandId: 'by-hand',
        at: Date.now() as Instant,
        events: [
          {
            event: 'CLAIMED',
            task: 1,
            agent: 'Claude',
            message: '',
            status: 'in_progress',
            data: { attempt: 2, holder: null },
          },
        ],
      },
      coordinator.queue.end,
    );
    await coordinator.refresh();

    await other.project();
    const files = readLockDir(desk.paths, 1)!;
    expect(files).toMatchObject({ owner: 'Claude', token: String(coordinator.queue.end) });
    expect(Object.keys(files)).not.toEqual(expect.arrayContaining(['heartbeat', 'seen']));
  });

  test('leaves plain scripts’ locks alone, on held and on other tasks', async () => {
    const desk = await oneTask();
    await desk.does(add('b'));
    const dir = scriptLock(desk, { owner: 'mine', pid: String(deadPid) }, 5 * hour);
    await desk.project();
    expect(existsSync(dir)).toBe(true);
    expect(desk.locks.scriptLocks()).toEqual(new Map());

    await desk.does(claim(2, 'Claude'));
    rmSync(join(desk.paths.locks, 'task_2.lock'), { recursive: true });
    mkdirSync(join(desk.paths.locks, 'task_2.lock'));
    writeFileSync(join(desk.paths.locks, 'task_2.lock', 'owner'), 'theirs');
    await desk.project();
    expect(readLockDir(desk.paths, 2)).toEqual({ owner: 'theirs' });
    expect(desk.locks.scriptLocks()).toEqual(new Map([['2' as TaskKey, 'theirs']]));
  });

  test('leaves a directory whose maker may be writing its name, and takes it over later', async () => {
    const desk = await oneTask({ at: Date.now() });
    const later = await openDesk(desk.paths.root, { laterMs: 11_000 });
    await desk.does(claim(1, 'Copilot'));
    await later.coordinator.refresh();
    const dir = join(desk.paths.locks, 'task_1.lock');
    rmSync(dir, { recursive: true });
    mkdirSync(dir);

    await desk.project();
    expect(readLockDir(desk.paths, 1)).toEqual({});
    await later.project();
    expect(readLockDir(desk.paths, 1)).toMatchObject({ owner: 'Copilot' });
  });

  test('removes no lock that came in the place of the leftover it looked at', async () => {
    const desk = await oneTask();
    const dir = join(desk.paths.locks, 'task_1.lock');
    desk.locks.take(1, intent({ commandId: 'lost' }));
    // Between the look and the removal another process removes the leftover and takes the lock.
    let isLooking = false;
    const slow = new LockDirs(desk.paths.locks, {
      queue: () => desk.coordinator.queue,
      now: () => {
        if (isLooking) {
          rmSync(dir, { recursive: true });
          desk.locks.take(1, intent({ commandId: 'quicker' }));
          isLooking = false;
        }
        return instant(Date.now() + 61_000);
      },
    });
    isLooking = true;

    slow.sync(desk.coordinator.queue);
    expect(readLockDir(desk.paths, 1)!['command']).toMatch(/^quicker\n/);
    expect(leftovers(desk.paths)).toEqual([]);
  });

  test('removes the lock of an ended claim, and what a crash left on its way out', async () => {
    const desk = await oneTask();
    await desk.does(claim(1, 'Copilot'));
    await desk.does(complete(1, { agent: 'Copilot' }));
    mkdirSync(join(desk.paths.locks, '.gone-999999999-0'));
    await desk.project();
    expect(readdirSync(desk.paths.locks)).toEqual([]);
  });

  test('leaves a claim that is being recorded', async () => {
    const desk = await oneTask();
    desk.locks.take(1, intent());
    await desk.project();
    expect(readLockDir(desk.paths, 1)).toMatchObject({ owner: 'Copilot' });
  });
});

describe('a claim', () => {
  test('respects a script’s lock by name, and takes the task when it is gone', async () => {
    const desk = await oneTask();
    const dir = scriptLock(desk, { owner: 'my-script', pid: String(process.pid) });
    await expect(desk.does(claim(1, 'Copilot'))).rejects.toThrow(/locked by my-script/);

    rmSync(dir, { recursive: true });
    await desk.does(claim(1, 'Copilot'));
    expect(readLockDir(desk.paths, 1)).toMatchObject({
      owner: 'Copilot',
      token: String(desk.coordinator.queue.end),
    });
  });
});
