/** Saves of the queue file at bad moments, and files that nobody can take for an edit. */
import { mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { add, claim } from '../../support/core.ts';
import { EditedQueue, editedQueue } from '../../support/editedQueue.ts';
import { newWorkspace } from '../../support/workspace.ts';

const adding = (title: string) => (file: { queue: Record<string, unknown>[] }) =>
  file.queue.push({ title });

describe('a save', () => {
  test('while a command is at work is taken in before that command ends', async () => {
    const queue = await editedQueue(add('first'));
    const told = await queue.command(async (desk) => {
      queue.edit(adding('meanwhile'));
      await desk.execute({ id: crypto.randomUUID(), by: null, ...add('its own') });
    });
    expect(told).toContain('added #3 "meanwhile"');
    expect(queue.file().queue.map(({ title }) => title)).toEqual(['first', 'its own', 'meanwhile']);
    expect(queue.kept()).toEqual({});
  });

  test('that replaces the file, as editors do, counts like any other', async () => {
    const queue = await editedQueue(add('first'));
    const file = queue.file();
    file.queue.push({ title: 'renamed into place' });
    const made = path.join(queue.dir, '.TASK_QUEUE.json.swp');
    writeFileSync(made, JSON.stringify(file));
    renameSync(made, queue.paths.queueFile);
    await queue.command();
    expect(await queue.titles()).toEqual(['first', 'renamed into place']);
  });

  test('that one process moved away and did not come to read is taken in by the next', async () => {
    const queue = await editedQueue(add('first'));
    const projection = queue.text();
    queue.edit(adding('left behind'));
    mkdirSync(queue.paths.edits, { recursive: true });
    const left = path.join(queue.paths.edits, 'TASK_QUEUE.unread.2026-11-22T10-00-00.000Z.json');
    renameSync(queue.paths.queueFile, left);
    queue.save(projection);
    await queue.command();
    expect(await queue.titles()).toEqual(['first', 'left behind']);
    expect(queue.kept()).toEqual({});
  });

  test('that two processes see at once is taken in once', async () => {
    const queue = await editedQueue(add('first'), claim(1, 'Copilot'));
    queue.edit((file) => {
      file.queue.push({ title: 'one' }, { id: 'two', title: 'two' });
      Object.assign(file.queue[0] ?? {}, { priority: 'LOW', status: 'pending' });
    });
    const desks = await Promise.all(Array.from({ length: 4 }, () => queue.open()));
    await Promise.all(desks.map((desk) => desk.takeIn()));
    await Promise.all(desks.map((desk) => desk.close()));
    expect((await queue.events()).slice(3)).toEqual(
      [
        'CREATED two human:file',
        'CREATED 2 human:file',
        'REPRIORITIZED 1 human:file',
        'RELEASED 1 human:file',
      ].sort((a, b) => order(a) - order(b)),
    );
    expect(queue.kept()).toEqual({});
  });

  test('that an editor is still writing is waited for', async () => {
    const queue = await editedQueue(add('first'));
    const text = queue.text().replace('"first"', '"whole"');
    queue.save(text.slice(0, 400));
    const command = queue.command();
    queue.save(text);
    await command;
    expect(await queue.titles()).toEqual(['whole']);
    expect(queue.kept()).toEqual({});
  });
});

function order(event: string): number {
  return ['CREATED 2', 'CREATED t', 'REPRIOR', 'RELEASE'].findIndex((each) =>
    event.startsWith(each),
  );
}

describe('what is no edit is kept, and the queue stays as it is:', () => {
  const cases: readonly (readonly [string, (text: string) => string, RegExp])[] = [
    ['a file cut short', (text) => text.slice(0, 300), /cut short or mistyped/],
    ['an empty file', () => '', /empty/],
    ['something else', () => '[]', /no list "queue"/],
    [
      'a merge that git did not finish',
      (text) =>
        text.replace(/("queue": \[)/, '\n<<<<<<< HEAD\n  $1\n=======\n  $1\n>>>>>>> theirs\n'),
      /conflict markers/,
    ],
    [
      'a file of another log',
      (text) => text.replace(/"log_id": "[^"]+"/, '"log_id": "another"').replace('first', 'theirs'),
      /another log.*signalbox import.*#1/s,
    ],
    [
      'a file that claims a position that never was',
      (text) => text.replace(/"seq": \d+/, '"seq": 4000'),
      /another log/,
    ],
    [
      'a queue of other tasks under the same ids',
      () => JSON.stringify({ queue: [{ id: 1, title: 'not ours' }] }),
      /other tasks under ids/,
    ],
  ];
  test.each(cases)('%s', async (_name, save, reason) => {
    const queue = await editedQueue(add('first'));
    const before = queue.text();
    const saved = save(before);
    queue.save(saved);
    const told = await queue.command();
    expect(told).toMatch(reason);
    expect(told).toContain(path.join('recovery', 'edits'));
    expect(queue.reasons()).toMatch(reason);
    expect(Object.values(queue.kept())).toContain(saved);
    expect(queue.text()).toBe(before);
    expect(await queue.command()).toBe('');
  });

  test('a link in its place', async () => {
    const queue = await editedQueue(add('first'));
    const elsewhere = path.join(newWorkspace(), 'theirs.json');
    writeFileSync(elsewhere, JSON.stringify({ queue: [{ id: 9, title: 'through a link' }] }));
    rmSync(queue.paths.queueFile);
    symlinkSync(elsewhere, queue.paths.queueFile);
    await queue.command();
    expect(await queue.titles()).toEqual(['first']);
    expect(readFileSync(elsewhere, 'utf8')).toContain('through a link');
    expect(queue.file().queue).toHaveLength(1);
  });
});

describe('a file without "generated"', () => {
  test('adds what it has more, and says that the rest cannot be told', async () => {
    const queue = await editedQueue(add('first'), add('second'));
    queue.save(
      JSON.stringify({
        queue: [
          { id: 1, title: 'first', priority: 'HIGH' },
          { id: 3, title: 'third', dependencies: [1] },
          { title: 'fourth' },
        ],
      }),
    );
    await queue.command();
    expect(await queue.titles()).toEqual(['first', 'second', 'third', 'fourth']);
    expect(await queue.task(1)).toMatchObject({ content: { priority: 'NORMAL' } });
    expect(queue.reasons()).toContain('#1: The file has lost its "generated"');
  });

  test('is taken in as a whole where the queue has no tasks yet', async () => {
    const queue = new EditedQueue();
    await queue.command();
    const old = {
      queue: [
        { id: 3, title: 'done', status: 'completed' },
        { id: 4, title: 'open' },
      ],
    };
    queue.save(JSON.stringify(old));
    expect(await queue.command()).toContain('imported 2 tasks');
    expect(queue.file().queue).toMatchObject([
      { id: 3, status: 'completed' },
      { id: 4, status: 'pending' },
    ]);
  });
});

test('an older file, unchanged, such as git checks out, changes nothing', async () => {
  const queue = await editedQueue(add('first'));
  const old = queue.text();
  await queue.does(add('second'), claim(1, 'Copilot'));
  const { length } = await queue.events();
  queue.save(old);
  expect(await queue.command()).toBe('');
  expect(queue.file().queue).toMatchObject([{ status: 'in_progress' }, { title: 'second' }]);
  expect(await queue.events()).toHaveLength(length);
});
