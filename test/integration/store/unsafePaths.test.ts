/** Links and foreign files where the log's own files belong: refused, and never written through. */
import { execFileSync } from 'node:child_process';
import {
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { position } from '../../../extension/core/ids.ts';
import { add, fileLog, messagesOf } from '../../support/fileLog.ts';
import { notes } from '../../support/storeNotes.ts';
import { newWorkspace } from '../../support/workspace.ts';

const unsafe = { name: 'StoreError', code: 'UNSAFE_PATH' };

/** Puts a link to what is at `path` in its place; answers where it is now. */
function replaceByLink(path: string): string {
  const elsewhere = join(newWorkspace(), 'elsewhere');
  renameSync(path, elsewhere);
  symlinkSync(elsewhere, path);
  return elsewhere;
}

describe('a link instead of', () => {
  test.each(['AI', 'AI/log'])('the directory %s is refused', (name) => {
    const log = fileLog();
    log.open();
    replaceByLink(join(log.workspaceDir, name));
    for (const create of [true, false]) {
      expect(() => log.open({ create })).toThrow(expect.objectContaining(unsafe));
    }
  });

  test.each(['AI', 'AI/log'])('the directory %s is refused before anything is made', (name) => {
    const log = fileLog();
    const elsewhere = newWorkspace();
    if (name !== 'AI') mkdirSync(join(log.workspaceDir, 'AI'));
    symlinkSync(elsewhere, join(log.workspaceDir, name));
    expect(() => log.open()).toThrow(expect.objectContaining(unsafe));
    expect(readdirSync(elsewhere)).toEqual([]);
  });

  test('a segment is refused, by open handles and new ones', async () => {
    const log = fileLog();
    const store = log.open();
    await add(store, 'a');
    const elsewhere = replaceByLink(log.segment());
    const before = readFileSync(elsewhere);
    expect(() => log.open()).toThrow(expect.objectContaining(unsafe));
    await expect(store.read(position(0))).rejects.toMatchObject(unsafe);
    await expect(store.append(notes('b'), position(2))).rejects.toMatchObject(unsafe);
    expect(readFileSync(elsewhere)).toEqual(before);
  });

  test('the witness is refused', async () => {
    const log = fileLog();
    const store = log.open();
    await add(store, 'a');
    replaceByLink(join(log.logDir, 'witness.json'));
    await expect(store.append(notes('b'), position(2))).rejects.toMatchObject(unsafe);
  });

  test('the blob directory or a blob is refused', async () => {
    const log = fileLog();
    const store = log.open();
    const digest = await store.putBlob('text');
    const blob = join(log.logDir, 'blob', digest);
    const elsewhere = replaceByLink(blob);
    await expect(store.getBlob(digest)).rejects.toMatchObject(unsafe);
    await store.putBlob('text');
    expect(lstatSync(blob).isFile()).toBe(true);
    expect(readFileSync(elsewhere, 'utf8')).toBe('text');
    replaceByLink(join(log.logDir, 'blob'));
    await expect(store.getBlob(digest)).rejects.toMatchObject(unsafe);
    await expect(store.putBlob('other')).rejects.toMatchObject(unsafe);
  });

  test.each(['AI/locks', 'AI/locks/task_7.lock', 'AI/locks/task_7.lock/heartbeat'])(
    '%s is refused for heartbeats',
    async (name) => {
      const log = fileLog();
      const store = log.open();
      const lock = join(log.workspaceDir, 'AI/locks/task_7.lock');
      mkdirSync(lock, { recursive: true });
      writeFileSync(join(lock, 'token'), '5');
      await store.beat(7, position(5));
      replaceByLink(join(log.workspaceDir, name));
      await expect(store.beat(7, position(5))).rejects.toMatchObject(unsafe);
      await expect(store.lastBeat(7, position(5))).rejects.toMatchObject(unsafe);
    },
  );
});

test.each([
  ['a directory', (path: string) => mkdirSync(path)],
  ['a pipe', (path: string) => execFileSync('sh', ['-c', 'mkfifo "$0"', path])],
])('%s instead of a segment is refused without waiting for it', async (_what, make) => {
  const log = fileLog();
  const store = log.open();
  await add(store, 'a');
  rmSync(log.segment());
  make(log.segment());
  expect(() => log.open()).toThrow(expect.objectContaining({ name: 'StoreError' }));
  await expect(store.append(notes('b'), position(2))).rejects.toMatchObject({ name: 'StoreError' });
});

test('a file instead of the log directory is refused', () => {
  const log = fileLog();
  mkdirSync(join(log.workspaceDir, 'AI'));
  writeFileSync(log.logDir, '');
  expect(() => log.open()).toThrow(expect.objectContaining(unsafe));
});

test('names that lead elsewhere reach no path', async () => {
  const log = fileLog();
  const store = log.open();
  await expect(store.beat('../../x', position(1))).rejects.toMatchObject(unsafe);
  await expect(store.lastBeat('..', position(1))).rejects.toMatchObject(unsafe);
  await expect(store.getBlob('../seg-1.jsonl')).rejects.toMatchObject(unsafe);
});

test('what is made is for this person only', async () => {
  const log = fileLog();
  const store = log.open();
  await add(store, 'a');
  const digest = await store.putBlob('text');
  const mode = (path: string) => (statSync(path).mode & 0o777).toString(8);
  expect(mode(log.logDir)).toBe('700');
  expect(mode(join(log.logDir, 'blob'))).toBe('700');
  expect(mode(log.segment())).toBe('600');
  expect(mode(join(log.logDir, 'witness.json'))).toBe('600');
  expect(mode(join(log.logDir, 'blob', digest))).toBe('600');
  expect(readdirSync(log.logDir).sort()).toEqual(['blob', 'seg-1.jsonl', 'witness.json']);
});

describe('blobs', () => {
  test('a purged text is known to be gone on purpose, and may come back', async () => {
    const log = fileLog();
    const store = log.open();
    const digest = await store.putBlob('secret');
    const path = join(log.logDir, 'blob', digest);
    renameSync(path, `${path}.purged`);
    expect(await store.getBlob(digest)).toBeNull();
    await store.putBlob('secret');
    expect(await store.getBlob(digest)).toBe('secret');
  });

  test('a text that was changed is refused, and putting it again repairs it', async () => {
    const log = fileLog();
    const store = log.open();
    const digest = await store.putBlob('text');
    writeFileSync(join(log.logDir, 'blob', digest), 'test');
    await expect(store.getBlob(digest)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await store.putBlob('text');
    expect(await store.getBlob(digest)).toBe('text');
  });
});

describe('heartbeats', () => {
  test('make nothing where the claim has no lock directory, or it is another claim’s', async () => {
    const log = fileLog();
    const store = log.open();
    await store.beat(7, position(5));
    expect(readdirSync(join(log.workspaceDir, 'AI'))).toEqual(['log']);
    const lock = join(log.workspaceDir, 'AI/locks/task_7.lock');
    mkdirSync(lock, { recursive: true });
    await store.beat(7, position(5));
    writeFileSync(join(lock, 'token'), '6\n');
    await store.beat(7, position(5));
    expect(readdirSync(lock)).toEqual(['token']);
  });

  test('a script that touches the file counts as one', async () => {
    const log = fileLog();
    const store = log.open();
    const lock = join(log.workspaceDir, 'AI/locks/task_7.lock');
    mkdirSync(lock, { recursive: true });
    writeFileSync(join(lock, 'token'), '5');
    execFileSync('touch', ['-d', '2026-01-01', join(lock, 'heartbeat')]);
    const before = await store.lastBeat(7, position(5));
    execFileSync('touch', [join(lock, 'heartbeat')]);
    expect((await store.lastBeat(7, position(5)))?.mark).not.toBe(before?.mark);
  });
});

test('a second name for the same segment harms nothing', async () => {
  const log = fileLog();
  const store = log.open();
  linkSync(log.segment(), join(log.workspaceDir, 'backup.jsonl'));
  await add(store, 'a');
  expect(await messagesOf(log.open())).toEqual(['a']);
});
