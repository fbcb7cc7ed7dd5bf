/**
 * Logs as builds wrote them, each kept as a fixture: every later build opens them to the same queue.
 *
 * A hash that changes means that the fold came to remember something else: then `snapshotVersion`
 * must be raised with it, and the new hash recorded here. A fixture is never changed.
 */
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Coordinator } from '../../../extension/coordinator/coordinator.ts';
import { checkSnapshots } from '../../../extension/coordinator/snapshotCheck.ts';
import { position } from '../../../extension/core/ids.ts';
import { defaultRules } from '../../../extension/core/rules.ts';
import { encodeSnapshot } from '../../../extension/core/snapshot.ts';
import type { FileStore } from '../../../extension/store/file/fileStore.ts';
import { fileLog } from '../../support/fileLog.ts';

const fixtures = new URL('../../fixtures/logs/', import.meta.url);
const nfs = 0x6969;

async function stateOf(store: FileStore): Promise<{ end: number; hash: string }> {
  const coordinator = new Coordinator({ store, rules: () => defaultRules, random: () => 0 });
  await coordinator.refresh();
  const hash = createHash('sha256').update(encodeSnapshot(coordinator.queue)).digest('hex');
  return { end: coordinator.queue.end, hash };
}

test.each([
  ['format1', 19, 0, '544d3045b469afd28eb6d796cbb6e523328eb414531a628d58742d75a7fdb907'],
  ['append', 20, 0, '9c09cf936f5d55c8ab141ee63bd6390d4231cf50c104b99a2a7d6085e84d43f7'],
  ['append-rotated', 26, 3, 'c243a10ed2ca1739017322d45a8e516d82d7e36727a579c00a8b0aeb79e1d7b6'],
  ['positions', 20, 0, '23bc980c51d134a6b155f7c5bd7e1ae90d1cf7d7dcf212885c6f8859777fffba'],
  ['positions-rotated', 26, 3, '7f285eab900916184c5e1272d2195084d04897fa09e089e05b7094aaecb246ad'],
])('the log %s opens to the queue that it always held', async (name, end, snapshots, hash) => {
  const log = fileLog();
  mkdirSync(join(log.workspaceDir, 'AI'));
  cpSync(new URL(`${name}/`, fixtures), log.logDir, { recursive: true });
  const kind = name.startsWith('positions') ? { fileSystemType: () => nfs } : {};
  const open = () => log.open({ create: false, ...kind });

  expect(await stateOf(open())).toEqual({ end, hash });

  const store = open();
  expect(store.inspect()).toMatchObject({ damage: null, pastDamage: null, end });
  const records = await store.read(position(0));
  const checked = await checkSnapshots(records, store);
  expect(checked).toEqual({ compared: snapshots, damage: null });
  // Without the newest snapshot, and without any.
  rmSync(join(log.logDir, 'blob'), { recursive: true, force: true });
  expect(await stateOf(open())).toEqual({ end, hash });
  store.takeOpening();
  const whole = new Coordinator({ store, rules: () => defaultRules, random: () => 0 });
  await whole.refresh();
  expect(createHash('sha256').update(encodeSnapshot(whole.queue)).digest('hex')).toBe(hash);
});
