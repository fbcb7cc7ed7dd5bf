/** A log where appends are not atomic: one file for each command, and which file systems that is for. */
import {
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { position } from '../../../extension/core/ids.ts';
import { openFileStore } from '../../../extension/store/openStore.ts';
import { add, fileLog, messagesOf } from '../../support/fileLog.ts';
import type { FileLog } from '../../support/fileLog.ts';
import { notes, sealing } from '../../support/storeNotes.ts';

const ext4 = 0xef53;
const nfs = 0x6969;

const on = (type: number) => ({ fileSystemType: () => type });

async function filled(): Promise<FileLog> {
  const log = fileLog();
  const store = log.open(on(nfs));
  await add(store, 'a');
  await add(store, 'b', 'c');
  await add(store, 'd');
  return log;
}

const command = (log: FileLog, first: number) => join(log.logDir, 'seg-1.d', `${first}.jsonl`);

describe('the mode of a log', () => {
  test.each([
    ['ext4', ext4, 'append'],
    ['XFS', 0x58465342, 'append'],
    ['Btrfs', 0x9123683e, 'append'],
    ['Btrfs, where numbers have 32 bits and a sign', 0x9123683e | 0, 'append'],
    ['tmpfs', 0x01021994, 'append'],
    ['overlayfs', 0x794c7630, 'append'],
    ['NFS', nfs, 'positions'],
    ['SMB', 0x517b, 'positions'],
    ['CIFS', 0xff534d42, 'positions'],
    ['SMB2', 0xfe534d42, 'positions'],
    ['FUSE and virtiofs', 0x65735546, 'positions'],
    ['9p', 0x01021997, 'positions'],
    ['one that nobody knows', 0x1234, 'positions'],
  ])('is fixed by the file system that it begins on: %s', async (_name, type, mode) => {
    const log = fileLog();
    const store = log.open(on(type));
    expect(store.mode).toBe(mode);
    const [genesis] = await store.read(position(0));
    expect(genesis).toMatchObject({ event: 'GENESIS', data: { store: mode } });
  });

  test('that appends is refused on a shared file system, with what to do', () => {
    const log = fileLog();
    log.open(on(ext4));
    const before = log.bytes();
    const reopen = () =>
      openFileStore({ workspaceDir: log.workspaceDir, create: true, writer: 'x', ...on(nfs) });
    expect(reopen).toThrow(expect.objectContaining({ code: 'WRONG_FILE_SYSTEM' }) as Error);
    expect(reopen).toThrow(/NFS.*Move the workspace back to a local disk/s);
    expect(log.bytes()).toEqual(before);
  });

  test('with one file for each command stays so on a local disk', async () => {
    const log = await filled();
    const store = log.open(on(ext4));
    expect(store.mode).toBe('positions');
    await add(store, 'e');
    expect(existsSync(command(log, 6))).toBe(true);
    expect(await messagesOf(log.open(on(nfs)))).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  test('is kept by a snapshot and by a recovery', async () => {
    const log = await filled();
    const store = log.open(on(nfs));
    await store.append(sealing(), position(5));
    await store.continueAfter(position(6), '{"version":1}');
    expect(log.open(on(ext4)).mode).toBe('positions');
    expect(store.recover({ to: position(4) })).toMatchObject({ ok: true });
    const recovered = log.open(on(ext4));
    expect(recovered.mode).toBe('positions');
    await add(recovered, 'later');
    expect(await messagesOf(log.open(on(nfs)))).toEqual(['a', 'b', 'c', 'later']);
  });
});

describe('the file of a command', () => {
  test('is private, holds all lines of its command, and is named by the first', async () => {
    const log = await filled();
    const directory = join(log.logDir, 'seg-1.d');
    expect(readdirSync(directory).sort()).toEqual(['2.jsonl', '3.jsonl', '5.jsonl']);
    expect(readFileSync(command(log, 3), 'utf8').trimEnd().split('\n')).toHaveLength(2);
    expect(statSync(directory).mode & 0o777).toBe(0o700);
    expect(statSync(command(log, 3)).mode & 0o777).toBe(0o600);
  });

  test('that was changed anywhere halts the log, and what came before can be kept', async () => {
    const log = await filled();
    const sound = readFileSync(command(log, 5));
    for (let at = 0; at < sound.length; at += 7) {
      const spoilt = Buffer.from(sound);
      spoilt.writeUInt8((spoilt[at] ?? 0) ^ 1, at);
      writeFileSync(command(log, 5), spoilt);
      await expect(log.open(on(nfs)).read(position(0))).rejects.toMatchObject({
        code: 'STORE_HALTED',
      });
    }
    expect(log.open(on(nfs)).recover()).toMatchObject({ ok: true, kept: 4 });
    const store = log.open(on(nfs));
    await add(store, 'e');
    expect(await messagesOf(log.open(on(nfs)))).toEqual(['a', 'b', 'c', 'e']);
  });

  test.each([
    ['in the middle', 3],
    ['the last one', 5],
  ])('that is gone, %s, halts the log', async (_where, first) => {
    const log = await filled();
    const reader = log.open(on(nfs));
    await reader.read(position(0));
    rmSync(command(log, first));
    await expect(log.open(on(nfs)).read(position(0))).rejects.toMatchObject({
      code: 'STORE_HALTED',
    });
    if (first === 5) {
      await expect(reader.append(notes('x'), position(5))).rejects.toMatchObject({
        code: 'STORE_HALTED',
      });
    }
  });

  test('that is a link is refused', async () => {
    const log = await filled();
    const elsewhere = join(log.workspaceDir, 'elsewhere');
    writeFileSync(elsewhere, readFileSync(command(log, 5)));
    rmSync(command(log, 5));
    symlinkSync(elsewhere, command(log, 5));
    expect(() => log.open(on(nfs))).toThrow(
      expect.objectContaining({ code: 'UNSAFE_PATH' }) as Error,
    );
  });

  test('that was left half made by a crash means nothing', async () => {
    const log = await filled();
    writeFileSync(`${command(log, 6)}.4711.abcdef.tmp`, '{"v":2,');
    const store = log.open(on(nfs));
    await add(store, 'e');
    expect(await messagesOf(log.open(on(nfs)))).toEqual(['a', 'b', 'c', 'd', 'e']);
  });
});
