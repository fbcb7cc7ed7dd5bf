/** Several commands that wait for the disk once: nobody is told of any before it is durable. */
import { fdatasyncSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { position } from '../../../extension/core/ids.ts';
import { fileLog, messagesOf } from '../../support/fileLog.ts';
import { notes } from '../../support/storeNotes.ts';

const nothing = { ...notes(), events: [] };
const later = { sync: 'later' } as const;

/** A log whose syncs are counted and fail while `fails`. */
function countedLog() {
  const log = fileLog();
  log.open();
  const disk = { syncs: 0, fails: false };
  const store = log.open({
    sync: (fd) => {
      disk.syncs++;
      if (disk.fails) throw Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO' });
      fdatasyncSync(fd);
    },
  });
  const witnessed = () => {
    const text = readFileSync(join(log.logDir, 'witness.json'), 'utf8');
    return (JSON.parse(text) as { readonly seq: number }).seq;
  };
  return { log, store, disk, witnessed };
}

describe('lines whose sync is put off', () => {
  test('reach the disk, and the witness, together', async () => {
    const { store, disk, witnessed } = countedLog();
    await store.append(notes('first'), position(1));
    expect([disk.syncs, witnessed()]).toEqual([1, 2]);

    await store.append(notes('a'), position(2), later);
    await store.append(notes('b'), position(3), later);
    expect([disk.syncs, witnessed()]).toEqual([1, 2]);

    await store.append(nothing, position(4));
    expect([disk.syncs, witnessed()]).toEqual([2, 4]);
  });

  test('are kept in another file where the disk fails to keep them in this one', async () => {
    const { log, store, disk } = countedLog();
    await store.append(notes('a', 'b'), position(1), later);
    disk.fails = true;
    expect((await store.append(nothing, position(3))).ok).toBe(true);
    expect(log.bytes(2).toString()).toContain('"message":"b"');
    expect(await messagesOf(log.open())).toEqual(['a', 'b']);
  });
});
