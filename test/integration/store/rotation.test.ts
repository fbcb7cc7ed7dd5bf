/** A log in several segments: whoever comes next finishes what was begun, and no seam loses a line. */
import {
  appendFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Coordinator } from '../../../extension/coordinator/coordinator.ts';
import type { Command } from '../../../extension/core/command.ts';
import { position } from '../../../extension/core/ids.ts';
import { defaultRules } from '../../../extension/core/rules.ts';
import { encodeSnapshot } from '../../../extension/core/snapshot.ts';
import type { FileStore } from '../../../extension/store/file/fileStore.ts';
import { add, fileLog, interruptedNote, messagesOf } from '../../support/fileLog.ts';
import type { FileLog } from '../../support/fileLog.ts';
import { notes, sealing } from '../../support/storeNotes.ts';
import { content } from '../../support/core.ts';

function coordinatorOf(store: FileStore): Coordinator {
  return new Coordinator({ store, rules: () => defaultRules, random: () => 0.5 });
}

let commands = 0;
function adding(title: string, description: string | null = null): Command {
  return {
    type: 'add',
    id: `command-${++commands}`,
    by: null,
    content: content(title, { description }),
    dedupe: { mode: 'keep' },
  };
}

/** A log with three tasks, sealed, and gone on from where `finished`. */
async function rotated(finished = true): Promise<{ log: FileLog; coordinator: Coordinator }> {
  const log = fileLog();
  const store = log.open();
  const coordinator = coordinatorOf(store);
  for (const title of ['a', 'b', 'c']) await coordinator.execute(adding(title));
  if (finished) await coordinator.rotate({ id: 'rotation', by: null }, 'size');
  else await store.append(sealing(), position(4));
  return { log, coordinator };
}

async function titlesOf(store: FileStore): Promise<readonly string[]> {
  const coordinator = coordinatorOf(store);
  await coordinator.refresh();
  return [...coordinator.queue.tasks.values()].map((task) => task.content.title);
}

describe('a rotation', () => {
  test('that ended after its seal is finished by the next command of any process', async () => {
    const { log } = await rotated(false);
    expect(existsSync(log.segment(2))).toBe(false);
    const store = log.open();
    expect(await titlesOf(store)).toEqual(['a', 'b', 'c']);

    const outcome = await coordinatorOf(store).execute(adding('d'));

    expect(outcome.ok && outcome.records.map(({ seq }) => seq)).toEqual([7]);
    expect(await titlesOf(log.open())).toEqual(['a', 'b', 'c', 'd']);
    expect(log.open().inspect().damage).toBeNull();
  });

  test('is finished with the same bytes by whoever does it', async () => {
    const { log, coordinator } = await rotated(false);
    await coordinator.refresh();
    const made = new Set<string>();
    for (let n = 0; n < 3; n++) {
      const other = coordinatorOf(log.open({ writer: `writer-${n}`, clock: () => n }));
      await other.refresh();
      await other.store.continueAfter(other.queue.end, encodeSnapshot(other.queue));
      made.add(readFileSync(log.segment(2), 'latin1'));
      rmSync(log.segment(2));
      writeFileSync(join(log.logDir, 'witness.json'), '');
      rmSync(log.gitCopyPath);
    }
    expect(made.size).toBe(1);
  });

  test('is opened from its snapshot: the old segment is not even looked at', async () => {
    const { log } = await rotated();
    const spoilt = Buffer.from(log.bytes(1));
    writeFileSync(log.segment(1), spoilt.fill(0x78, 300, 400));
    const store = log.open();
    expect(await titlesOf(store)).toEqual(['a', 'b', 'c']);
    expect((await coordinatorOf(log.open()).execute(adding('d'))).ok).toBe(true);
    await expect(store.read(position(0))).rejects.toThrow(/past of the log is damaged.*seg-1/);
    const { damage, pastDamage } = store.inspect();
    expect(damage).toBeNull();
    expect(pastDamage).toMatchObject({ segment: 1 });
  });

  test('removes what killed processes left unfinished beside the log', async () => {
    const log = fileLog();
    const coordinator = coordinatorOf(log.open());
    await coordinator.execute(adding('a'));
    // No process has such a number.
    const left = join(log.logDir, 'witness.json.4194999.0a1b2c.tmp');
    writeFileSync(left, 'half');
    utimesSync(left, 1, 1);
    await coordinator.rotate({ id: 'rotation', by: null }, 'size');
    expect(existsSync(left)).toBe(false);
  });

  test('makes a writer who had not noticed decide again', async () => {
    const { log } = await rotated(false);
    const early = log.open();
    const late = interruptedNote('late', () => undefined);
    await coordinatorOf(log.open()).execute(adding('d'));
    expect(await early.append(late, position(5))).toEqual({ ok: false });
    const coordinator = coordinatorOf(early);
    expect((await coordinator.execute(adding('e'))).ok).toBe(true);
    expect(await titlesOf(log.open())).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  test('that another finishes while a line is being written loses that line', async () => {
    const log = fileLog();
    const store = log.open();
    const other = coordinatorOf(log.open());
    await other.refresh();
    // Everything up to the write is done; a rotation by another process comes in between.
    const waiting: Promise<unknown>[] = [];
    const zombie = interruptedNote('zombie', () => {
      waiting.push(other.rotate({ id: 'r', by: null }, 'size'));
    });
    const answer = await store.append(zombie, position(1));
    await Promise.all(waiting);
    const found = await messagesOf(log.open());
    expect(found).toEqual(answer.ok ? ['zombie'] : []);
  });

  test('makes what is written behind its seal dead, whole or torn', async () => {
    const { log } = await rotated(false);
    const before = log.bytes(1);
    const store = log.open();
    await coordinatorOf(store).execute(adding('d'));
    const line = log.bytes(2).toString().split('\n')[1] ?? '';
    appendFileSync(log.segment(1), `${line}\ntorn\nrubbish without an end`);
    const opened = log.open();
    expect(await titlesOf(opened)).toEqual(['a', 'b', 'c', 'd']);
    expect((await opened.read(position(0))).map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(opened.inspect().damage).toBeNull();
    expect(opened.inspect().counts.get('dead')).toBe(2);
    expect(log.bytes(1).subarray(0, before.length)).toEqual(before);
  });

  test('comes by itself when much was recorded, and never when little was', async () => {
    const log = fileLog();
    const coordinator = coordinatorOf(log.open());
    await coordinator.execute(adding('first'));
    const tasks = Array.from({ length: 1_001 }, (_, n) => ({
      id: `task-${n}`,
      content: content(`Task ${n}`),
      status: 'pending' as const,
      attempts: 0,
      failures: 0,
      endedAt: null,
      result: null,
      actualMinutes: 0,
      reason: '',
    }));
    expect(existsSync(log.segment(2))).toBe(false);
    const outcome = await coordinator.execute({ type: 'import', id: 'import', by: null, tasks });
    expect(outcome).toMatchObject({ ok: true });
    expect(existsSync(log.segment(2))).toBe(true);
    for (let n = 0; n < 3; n++) await coordinator.execute(adding(`more ${n}`));
    expect(existsSync(log.segment(3))).toBe(false);
    const store = log.open();
    expect(store.takeOpening()?.end).toBe(1_004);
    expect(await titlesOf(log.open())).toHaveLength(1_005);
  });
});

describe('a snapshot whose text is beside the log', () => {
  const long = 'x'.repeat(15_000);

  async function withBlobs(rotations: number) {
    const log = fileLog();
    const coordinator = coordinatorOf(log.open());
    for (let n = 1; n <= rotations; n++) {
      await coordinator.execute(adding(`one ${n}`, long));
      await coordinator.execute(adding(`two ${n}`, long));
      await coordinator.rotate({ id: `rotation-${n}`, by: null }, 'size');
    }
    await coordinator.execute(adding('last'));
    const blobs = () => readdirSync(join(log.logDir, 'blob')).sort();
    return { log, blobs, queue: encodeSnapshot(coordinator.queue) };
  }

  async function stateOf(store: FileStore): Promise<string> {
    const coordinator = coordinatorOf(store);
    await coordinator.refresh();
    return encodeSnapshot(coordinator.queue);
  }

  test('that is lost, changed or a link costs time and nothing else', async () => {
    const { log, blobs, queue } = await withBlobs(2);
    const opening = log.open().takeOpening();
    expect(opening?.end).toBe(8);
    const newest = blobs().find(
      (name) => readFileSync(join(log.logDir, 'blob', name), 'utf8') === opening?.state,
    );
    writeFileSync(join(log.logDir, 'blob', newest ?? ''), 'changed');
    const older = log.open();
    expect(older.takeOpening()?.end).toBe(4);
    expect(await stateOf(log.open())).toBe(queue);
    for (const name of blobs()) rmSync(join(log.logDir, 'blob', name));
    expect(log.open().takeOpening()).toBeNull();
    expect(await stateOf(log.open())).toBe(queue);
  });

  test('is kept while it is one of the newest two, and leaves a tombstone then', async () => {
    const { log, blobs, queue } = await withBlobs(4);
    expect(blobs().filter((name) => name.endsWith('.purged'))).toHaveLength(2);
    expect(blobs().filter((name) => !name.endsWith('.purged'))).toHaveLength(2);
    expect(log.open().inspect()).toMatchObject({ damage: null, pastDamage: null });
    expect(await stateOf(log.open())).toBe(queue);
  });
});

describe('a rewind of a rotated log', () => {
  test('to before its snapshot is noticed, by new processes and by old ones', async () => {
    const { log } = await rotated();
    const old = log.open();
    await old.read(position(0));
    rmSync(log.segment(2));
    for (const store of [log.open(), old]) {
      await expect(store.read(position(0))).rejects.toMatchObject({ code: 'STORE_HALTED' });
      await expect(store.append(notes('x'), position(5))).rejects.toMatchObject({
        code: 'STORE_HALTED',
      });
    }
  });

  test('that went on differently is noticed by a witness from before the snapshot', async () => {
    const { log } = await rotated();
    const witness = readFileSync(join(log.logDir, 'witness.json'), 'utf8');
    rmSync(log.gitCopyPath);
    const head = JSON.parse(witness) as { seq: number; hash: string; check?: string };
    const copy = { 'AI/log': undefined, '../AI/log': { ...head, seq: 3, hash: 'f'.repeat(64) } };
    writeFileSync(log.gitCopyPath, JSON.stringify(copy));
    await expect(log.open().read(position(6))).rejects.toThrow(/another line at position 3/);
  });

  test('of one segment leaves a log that recovery goes on with', async () => {
    const { log } = await rotated();
    await add(log.open(), 'after');
    const bytes = log.bytes(2);
    writeFileSync(log.segment(2), bytes.subarray(0, bytes.length - 10));
    const store = log.open();
    await expect(store.read(position(0))).rejects.toMatchObject({ code: 'STORE_HALTED' });
    expect(store.recover()).toMatchObject({ ok: true, kept: 6 });
    expect(await titlesOf(log.open())).toEqual(['a', 'b', 'c']);
    const again = log.open();
    expect(again.takeOpening()?.end).toBe(5);
    await add(again, 'later');
    expect(log.open().inspect().damage).toBeNull();
  });
});

describe('a disk that fails to keep a line', () => {
  function failing(log: FileLog, fails: () => boolean): FileStore {
    return log.open({
      sync: () => {
        if (fails()) throw Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO' });
      },
    });
  }

  test('once: the line is kept in another file before it is acknowledged', async () => {
    const { log } = await rotated();
    await add(log.open(), 'before');
    let failures = 1;
    const store = failing(log, () => failures-- === 1);

    expect(await add(store, 'after all')).toBe(8);

    const copied = log.bytes(3).toString();
    expect(copied).toContain('"before"');
    expect(copied).toContain('"after all"');
    expect(copied).toContain('"why":"sync"');
    // What was in the old file since it was begun may be gone, whatever was said when.
    writeFileSync(log.segment(2), log.bytes(2).subarray(0, log.bytes(2).indexOf(10) + 1));
    const opened = log.open();
    expect(await messagesOf(opened)).toEqual(['before', 'after all']);
    expect((await coordinatorOf(opened).execute(adding('d'))).ok).toBe(true);
    expect(await titlesOf(log.open())).toEqual(['a', 'b', 'c', 'd']);
    expect(log.open().inspect()).toMatchObject({ damage: null, pastDamage: null });
  });

  test('once, with a kill right after the seal: the next command keeps the lines', async () => {
    const { log } = await rotated();
    await add(log.open(), 'before');
    await log.open().append(sealing('sync'), position(7));
    await coordinatorOf(log.open()).execute(adding('d'));
    expect(log.bytes(3)).toEqual(log.bytes(2).subarray(log.bytes(2).indexOf(10) + 1));
    expect(log.bytes(4).toString()).toMatch(/^[^\n]*"event":"SNAPSHOT"/);
    expect(await titlesOf(log.open())).toEqual(['a', 'b', 'c', 'd']);
  });

  test('once: other writers go on in the new file too, and lose nothing', async () => {
    const { log } = await rotated();
    const other = log.open();
    await add(other, 'before');
    let failures = 1;
    await add(
      failing(log, () => failures-- === 1),
      'after all',
    );
    expect(await other.append(notes('late'), position(9))).toEqual({ ok: false });
    expect((await coordinatorOf(other).execute(adding('d'))).ok).toBe(true);
    expect(await messagesOf(log.open())).toEqual(['before', 'after all']);
    expect(await titlesOf(log.open())).toEqual(['a', 'b', 'c', 'd']);
  });
});
