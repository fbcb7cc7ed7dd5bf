/** The queue file as text: what stands in it, in which order, and what its head proves. */
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { instant, position } from '../../../extension/core/ids.ts';
import type { Queue } from '../../../extension/core/queue.ts';
import {
  decodeQueueHead,
  encodeQueue,
  encodeQueueHead,
  taskToWords,
} from '../../../extension/protocol/queueFile.ts';
import type { QueueFileHead } from '../../../extension/protocol/queueFile.ts';
import { parseQueueFile } from '../../../extension/protocol/queueFileInput.ts';
import { toWords } from '../../../extension/protocol/words.ts';
import {
  add,
  cancel,
  claim,
  complete,
  fail,
  given,
  later,
  minute,
  processAt,
  release,
} from '../../support/core.ts';

const head: QueueFileHead = {
  logId: '0d5cf1b6-6a3c-4f3d-9d51-8a4f2e6f4a10',
  epoch: 1,
  seq: position(41),
  hash: 'a'.repeat(64),
  docHash: 'b'.repeat(64),
  at: instant(Date.UTC(2026, 10, 22, 10)),
  form: 'live',
};

interface File {
  readonly version: number;
  readonly generated: Readonly<Record<string, unknown>>;
  readonly queue: readonly Readonly<Record<string, unknown>>[];
}

/** The file of a queue, as a reader gets it. */
function fileOf(queue: Queue): File {
  return JSON.parse(encodeQueueHead(head) + encodeQueue(queue, 'live')) as File;
}

describe('a task in the queue file', () => {
  test('shows the fields of the format in their order, null where they have no value', () => {
    const world = given(add('Draw the cover'));

    expect(Object.entries(fileOf(world.queue).queue[0]!)).toEqual([
      ['id', 1],
      ['title', 'Draw the cover'],
      ['description', null],
      ['type', 'any'],
      ['kind', 'ai'],
      ['status', 'pending'],
      ['priority', 'NORMAL'],
      ['dependencies', []],
      ['key', null],
      ['assigned_to', null],
      ['claimed_on', null],
      ['completed_on', null],
      ['attempts', 0],
      ['estimate_minutes', null],
      ['actual_minutes', null],
      ['result', null],
    ]);
  });

  test('shows who holds it, since when, and afterwards what came of it', () => {
    const world = given(add('a'), claim(1, 'Copilot', { process: processAt(7) }));
    expect(fileOf(world.queue).queue[0]).toMatchObject({
      status: 'in_progress',
      assigned_to: 'Copilot',
      claimed_on: '2026-11-22T10:00:00.000Z',
      completed_on: null,
      attempts: 1,
    });

    world.take(later(20 * minute));
    world.take(complete(1, { process: processAt(7) }));
    expect(fileOf(world.queue).queue[0]).toMatchObject({
      status: 'completed',
      assigned_to: 'Copilot',
      claimed_on: '2026-11-22T10:00:00.000Z',
      completed_on: '2026-11-22T10:20:00.000Z',
      actual_minutes: 20,
      result: 'done',
    });
  });

  test('that was given back is nobody’s', () => {
    const world = given(add('a'), claim(1, 'Copilot'), release(1));
    expect(fileOf(world.queue).queue[0]).toMatchObject({ assigned_to: null, claimed_on: null });
  });

  test('that failed says when it may be tried again, and how often it failed', () => {
    const world = given(add('a'), claim(1, 'Copilot'), fail(1, 'BUILD_ERROR'));
    expect(fileOf(world.queue).queue[0]).toMatchObject({
      status: 'failed',
      failures: 1,
      not_before: '2026-11-22T10:05:00.000Z',
      completed_on: null,
    });
  });

  test('carries further fields only where they have a value, under their words', () => {
    const world = given(
      add('a', {
        program: 'shell:true',
        accept: 'npm test',
        paths: ['src/**'],
        session: 's',
        group: 'g',
        labels: ['x'],
        key: 'pdf',
        notBeforeAt: head.at,
        deadlineAt: head.at,
        validIf: 'file:a.txt',
        provenance: 'a test',
        background: true,
        preemptible: true,
        onDependencyFailure: 'ignore',
        limit: { minutes: 5 },
        capture: { at: 7 },
      }),
      add('b', { labels: [], background: false, paths: [] }),
    );
    const [full, bare] = fileOf(world.queue).queue;

    expect(Object.keys(bare!)).toHaveLength(16);
    // Whatever the table of words calls a field of the content, the file calls it so too.
    expect(full).toMatchObject(toWords(world.task(1).content));
    expect(Object.keys(full!)).toHaveLength(31);
  });

  test('keeps the unknown fields that it came with, and never lets them hide known ones', () => {
    const extra = { sprint: 4, status: 'completed', nested: { a: [1] }, assigned_to: 'Eve' };
    const world = given(add('a', { extra }));

    expect(fileOf(world.queue).queue[0]).toMatchObject({
      sprint: 4,
      nested: { a: [1] },
      status: 'pending',
      assigned_to: null,
    });
  });

  test('shows a long text by its reference, or whole where it is at hand', () => {
    const reference = { blob: 'c'.repeat(64), bytes: 20_000 };
    const task = given(add('a', { description: reference })).task(1);

    expect(taskToWords(task)['description']).toEqual(reference);
    expect(taskToWords(task, () => 'the text')['description']).toBe('the text');
  });
});

describe('the queue file', () => {
  test('holds the tasks in order of creation, whatever became of them', () => {
    const world = given(add('a'), add('b'), add('c'), cancel(1), claim(2, 'Copilot'));
    expect(fileOf(world.queue).queue.map(({ id }) => id)).toEqual([1, 2, 3]);
  });

  test('shows all open tasks and the last 1,000 that ended', () => {
    const world = given(add('open'));
    for (let id = 2; id <= 1_003; id++) {
      world.take(add('short'));
      world.take(cancel(id));
    }
    world.take(add('open too'));
    const ids = fileOf(world.queue).queue.map(({ id }) => id);

    expect(ids).toHaveLength(1_002);
    expect(ids.slice(0, 3)).toEqual([1, 4, 5]);
    expect(ids.at(-1)).toBe(1_004);
  });

  test('says in its head what the log was, in a form that is read from its first bytes', () => {
    const text = encodeQueueHead(head) + encodeQueue(given(add('a')).queue, 'live');

    expect(decodeQueueHead(text.slice(0, 512))).toEqual(head);
    expect(fileOf(given().queue).generated).toEqual({
      log_id: head.logId,
      epoch: 1,
      seq: 41,
      hash: head.hash,
      doc_hash: head.docHash,
      at: '2026-11-22T10:00:00.000Z',
    });
  });

  test('that goes into git is the same before, during and after a claim that came to nothing', () => {
    const world = given(add('a'), add('b'), claim(2, 'Claude'), complete(2));
    const before = encodeQueue(world.queue, 'tracked');
    expect(before).not.toMatch(/assigned_to|claimed_on|attempts/);

    world.take(claim(1, 'Copilot'));
    expect(encodeQueue(world.queue, 'tracked')).toBe(before);
    expect(encodeQueue(world.queue, 'live')).not.toBe(before);
    world.take(release(1, { agent: 'Copilot' }));
    expect(encodeQueue(world.queue, 'tracked')).toBe(before);
  });

  test('that goes into git counts failures, and shows no claim of a retry', () => {
    const world = given(add('a'), claim(1, 'Copilot'));
    const before = encodeQueue(world.queue, 'tracked');
    world.take(fail(1, 'BUILD_ERROR', { agent: 'Copilot' }));
    const failed = encodeQueue(world.queue, 'tracked');
    expect(failed).not.toBe(before);
    expect(failed).toContain('"failures": 1');

    world.take(later(10 * minute));
    world.take(claim(1, 'Copilot'));
    expect(encodeQueue(world.queue, 'tracked')).toBe(failed);
  });

  test('says in its head of which form it is', () => {
    const tracked: QueueFileHead = { ...head, form: 'tracked' };
    expect(decodeQueueHead(encodeQueueHead(tracked))).toEqual(tracked);
  });

  test('can be checked by the bytes from "queue" to its end, without parsing it', () => {
    const body = encodeQueue(given(add('“Ünïcode” and "queue"')).queue, 'live');
    const docHash = createHash('sha256').update(body).digest('hex');
    const bytes = Buffer.from(encodeQueueHead({ ...head, docHash }) + body);

    const checked = bytes.subarray(bytes.indexOf('"queue"'));
    expect(createHash('sha256').update(checked).digest('hex')).toBe(docHash);
    expect(decodeQueueHead(bytes.toString('utf8', 0, 512))?.docHash).toBe(docHash);
  });

  test.each([
    ['nothing', ''],
    ['a bare list', '{"queue": []}'],
    ['an older version', '{"version": 1, "queue": []}'],
    ['a torn head', '{"version": 2, "generated": {"log_id": "a", "epo'],
    ['a head with a wrong type', '{"generated": {"log_id": "a", "epoch": "1", "seq": 1}}'],
    ['a head within the queue', '{"queue": [{"generated": {"log_id": "a"}}]}'],
  ])('has no head where it is %s', (_what, text) => {
    expect(decodeQueueHead(text)).toBeNull();
  });

  test('comes back from its own text as the tasks that it was made of', () => {
    const world = given(
      add('a', { labels: ['x'], deadlineAt: head.at, limit: { turns: 3 }, extra: { sprint: 4 } }),
      add('b', { dependencies: [1], estimateMinutes: 5, notBeforeAt: head.at }),
      add('c'),
      claim(3, 'Copilot'),
      later(5 * minute),
      complete(3),
      add('d'),
      cancel(4),
    );
    const parsed = parseQueueFile(encodeQueueHead(head) + encodeQueue(world.queue, 'live'));

    expect(parsed.ok && parsed.tasks.map(({ id }) => id)).toEqual([1, 2, 3, 4]);
    if (!parsed.ok) return;
    const [a, b, c, d] = parsed.tasks;
    expect(a!.content).toEqual(world.task(1).content);
    expect(b!.content).toEqual(world.task(2).content);
    expect(c).toMatchObject({ status: 'completed', attempts: 1, result: 'done', actualMinutes: 5 });
    expect(c!.endedAt).toBe(head.at + 5 * minute);
    expect(d).toMatchObject({ status: 'cancelled', endedAt: head.at + 5 * minute });
  });
});
