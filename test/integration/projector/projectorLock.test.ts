/** One projector at a time: whose lock is respected, for how long, and who does the work. */
import { existsSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { Projector } from '../../../extension/coordinator/projector/projector.ts';
import { monotonicMs } from '../../../extension/platform/clock.ts';
import { startTimeOf } from '../../../extension/platform/processIdentity.ts';
import { add } from '../../support/core.ts';
import type { Desk } from '../../support/projection.ts';
import { openDesk, readQueueFile } from '../../support/projection.ts';
import { newWorkspace } from '../../support/workspace.ts';

// The clock by which a command waits; a test may let it stand still.
vi.mock(import('../../../extension/platform/clock.ts'), { spy: true });

/** The lock of this process, which lives; no time makes it look abandoned. */
function heldLock({ paths }: Desk): string {
  const lock = join(paths.locks, '.projector');
  mkdirSync(lock);
  writeFileSync(join(lock, 'owner'), `${process.pid}\n${startTimeOf(process.pid)}\n`);
  const toCome = Date.now() / 1_000 + 3_600;
  utimesSync(lock, toCome, toCome);
  return lock;
}

/** A workspace with one task that no file shows yet. */
async function unprojected() {
  const desk = await openDesk(newWorkspace());
  await desk.project();
  await desk.does(add('first'));
  return desk;
}

describe('one projector at a time', () => {
  test('a lock of a dead process is no obstacle', async () => {
    const desk = await unprojected();
    const lock = join(desk.paths.locks, '.projector');
    mkdirSync(lock);
    writeFileSync(join(lock, 'owner'), '999999999\n1\n');

    await desk.project();
    expect(readQueueFile(desk.paths).queue).toHaveLength(1);
    expect(existsSync(lock)).toBe(false);
  });

  test('a lock that was left long ago is no obstacle, whoever made it', async () => {
    const desk = await unprojected();
    const lock = join(desk.paths.locks, '.projector');
    mkdirSync(lock);
    // Its maker lives, but was stopped in the middle of its work.
    writeFileSync(join(lock, 'owner'), `${process.pid}\n${startTimeOf(process.pid)}\n`);
    utimesSync(lock, 0, 0);

    await desk.project();
    expect(readQueueFile(desk.paths).queue).toHaveLength(1);
    expect(existsSync(lock)).toBe(false);
  });

  test('a slow one is waited for, and then does not matter', async () => {
    const desk = await unprojected();
    const lock = heldLock(desk);
    let looks = 0;
    // A second goes by with each look.
    vi.mocked(monotonicMs).mockImplementation(() => looks++ * 1_000);

    await desk.project();
    expect(looks).toBeGreaterThan(3);
    expect(readQueueFile(desk.paths).queue).toHaveLength(1);
    expect(existsSync(lock)).toBe(true);
  });

  test('whoever projects past a change does it for the one that waits', async () => {
    const desk = await unprojected();
    heldLock(desk);
    // However long the other one takes: the time that a command waits does not pass.
    vi.mocked(monotonicMs).mockReturnValue(0);
    const other = await openDesk(desk.paths.root);
    const ownWork = vi.spyOn(desk.store, 'bytesUpTo');
    const waiting = desk.project();

    // The holder of the lock at work: its own lock lies elsewhere, so that it need not wait.
    const { store: lines, locks, coordinator } = other;
    const paths = { ...desk.paths, locks: join(desk.paths.root, 'locks') };
    await new Projector({ paths, lines, locks, form: () => 'live' }).project(coordinator.queue);

    expect(await waiting).toEqual({ warnings: [], kept: [] });
    expect(ownWork).not.toHaveBeenCalled();
    expect(readQueueFile(desk.paths).queue).toHaveLength(1);
  });
});
