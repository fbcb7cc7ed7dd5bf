/** Editing `TASK_QUEUE.json` by hand: what becomes a change of the queue, and what is refused. */
import { describe, expect, test } from 'vitest';
import { add, cancel, claim, complete } from '../../support/core.ts';
import type { EditedFile, EditedTask } from '../../support/editedQueue.ts';
import { editedQueue } from '../../support/editedQueue.ts';

/** The task `id` in the file. */
function taskIn(file: EditedFile, id: number): EditedTask {
  const found = file.queue.find((task) => task['id'] === id);
  if (found === undefined) throw new Error(`The file has no task ${id}`);
  return found;
}

describe('a person who saves the queue file', () => {
  test('adds tasks, with an id or without, in any order of their dependencies', async () => {
    const queue = await editedQueue(add('first'));
    queue.edit((file) =>
      file.queue.push(
        { title: 'needs the others', dependencies: [7, 1] },
        { id: 7, title: 'numbered', priority: 'high', type: 'technical', mine: { kept: true } },
        { id: 'named', title: 'named', description: 'all of it' },
      ),
    );
    const told = await queue.command();

    expect(told).toContain('Took in the edit of TASK_QUEUE.json: added');
    expect(queue.file().queue.slice(1)).toMatchObject([
      { id: 7, status: 'pending', priority: 'HIGH', type: 'technical', mine: { kept: true } },
      { id: 'named', description: 'all of it' },
      { id: 8, title: 'needs the others', dependencies: [7, 1] },
    ]);
    expect((await queue.events()).slice(-3)).toEqual([
      'CREATED 7 human:file',
      'CREATED named human:file',
      'CREATED 8 human:file',
    ]);
    expect(queue.kept()).toEqual({});
  });

  test('changes texts, type, priority, dependencies, estimate and fields of their own', async () => {
    const queue = await editedQueue(add('first'), add('second', { estimateMinutes: 5 }));
    queue.edit((file) => {
      Object.assign(taskIn(file, 2), {
        title: 'renamed',
        description: 'what is to be done',
        type: 'creative',
        priority: 'CRITICAL',
        dependencies: ['1'],
        estimate_minutes: null,
        ticket: 'AB-12',
      });
    });
    await queue.command();

    const { content } = await queue.task(2);
    expect(content).toMatchObject({
      title: 'renamed',
      description: 'what is to be done',
      type: 'creative',
      priority: 'CRITICAL',
      dependencies: [1],
      extra: { ticket: 'AB-12' },
    });
    expect(content.estimateMinutes).toBeUndefined();
    queue.edit((file) => delete taskIn(file, 2)['ticket']);
    await queue.command();
    expect((await queue.task(2)).content.extra).toBeUndefined();
    expect(queue.kept()).toEqual({});
  });

  test('cancels a pending task, frees a held one, and deletes open ones', async () => {
    const queue = await editedQueue(add('a'), add('b'), add('c'), add('d'), claim(2, 'Copilot'));
    await queue.does(claim(4, 'Copilot'), complete(4, { agent: 'Copilot' }));
    queue.edit((file) => {
      taskIn(file, 1)['status'] = 'cancelled';
      taskIn(file, 2)['status'] = 'pending';
      file.queue = file.queue.filter(({ id }) => id !== 3 && id !== 4);
    });
    await queue.command();

    expect(queue.file().queue.map(({ status }) => status)).toEqual([
      'cancelled',
      'pending',
      'cancelled',
      'completed',
    ]);
    expect((await queue.events()).slice(-3).sort()).toEqual([
      'CANCELLED 1 human:file',
      'CANCELLED 3 human:file',
      'RELEASED 2 human:file',
    ]);
    expect(queue.kept()).toEqual({});
  });

  test('changes nothing by another order, other spaces, CRLF, a byte order mark or omissions', async () => {
    const queue = await editedQueue(add('first'), add('second'));
    const before = await queue.events();
    const saves = [
      (text: string) => `\uFEFF${text.replaceAll('\n', '\r\n')}`,
      (text: string) => JSON.stringify(JSON.parse(text)),
      (text: string) => {
        const file = JSON.parse(text) as EditedFile;
        return JSON.stringify({ ...file, queue: file.queue.toReversed() });
      },
      (text: string) => {
        const file = JSON.parse(text) as EditedFile;
        const queue = file.queue.map(({ id, title, status }) => ({ id, title, status }));
        return JSON.stringify({ generated: file['generated'], queue });
      },
    ];
    const written = queue.text();
    for (const save of saves) {
      queue.save(save(queue.text()));
      expect(await queue.command()).toBe('');
      expect(queue.text()).toBe(written);
    }
    expect(await queue.events()).toEqual(before);
    expect(queue.kept()).toEqual({});
  });

  test('is told of each change that is refused; the others are made, and the file is kept', async () => {
    const queue = await editedQueue(add('a'), add('b'), add('c', { key: 'k' }), claim(2, 'Claude'));
    let saved = '';
    queue.edit((file) => {
      Object.assign(taskIn(file, 1), { title: 'A', attempts: 7, status: 'completed' });
      Object.assign(taskIn(file, 2), { assigned_to: 'Copilot', dependencies: [1] });
      Object.assign(taskIn(file, 3), { key: 'other', priority: 'SOON', dependencies: [3, 99] });
      file.queue.push({ id: 20, title: 'done already', status: 'completed' }, { id: 21 });
      saved = `${JSON.stringify(file, null, 2)}\n`;
    });
    const told = await queue.command();

    const reasons = queue.reasons();
    for (const about of [
      ...['#1 attempts', '#1 status', '#2 assigned_to', '#2 dependencies', '#3 key'],
      ...['#3 priority', '#3 dependencies', '#20', 'queue[4].title'],
    ]) {
      expect(reasons).toContain(`- ${about}: `);
    }
    expect(reasons).toContain('signalbox complete 1');
    expect(told).toContain('refused');
    expect(Object.values(queue.kept())).toContain(saved);
    expect(queue.file().queue).toMatchObject([
      { id: 1, title: 'A', status: 'pending', attempts: 0 },
      { id: 2, status: 'in_progress', assigned_to: 'Claude', dependencies: [] },
      { id: 3, key: 'k', priority: 'NORMAL', dependencies: [] },
    ]);
    expect(await queue.command()).toBe('');
  });

  test('never lets a program run by it', async () => {
    const queue = await editedQueue(add('first'));
    queue.edit((file) => {
      taskIn(file, 1)['program'] = 'shell:touch ran';
      file.queue.push({ title: 'mine', program: 'shell:touch ran' });
    });
    await queue.command(async (desk) => {
      const isApproved = desk.approvals.read(['cli', 'person']);
      expect([...desk.queue.tasks.values()].map(isApproved)).toEqual([false, false]);
    });
    expect((await queue.task(1)).content.program).toBeUndefined();
    expect((await queue.task(2)).content.program).toBe('shell:touch ran');
  });
});

describe('a person who began with an older file', () => {
  test('has only their own changes made, however much happened since', async () => {
    const queue = await editedQueue(add('a'), add('b'), add('c'));
    const old = queue.text();
    await queue.does(
      { type: 'prioritize', task: 2, priority: 'HIGH' },
      claim(1, 'Copilot'),
      complete(1, { agent: 'Copilot' }),
    );
    for (let n = 0; n < 30; n++) await queue.does(add(`later ${n}`));
    queue.edit((file) => {
      taskIn(file, 3)['title'] = 'C';
      file.queue.push({ id: 4, title: 'mine' });
    }, old);
    const told = await queue.command();

    expect(told).toContain('#4 was taken meanwhile');
    expect(await queue.task(1)).toMatchObject({ state: { status: 'completed' } });
    expect(await queue.task(2)).toMatchObject({ content: { priority: 'HIGH' } });
    expect(await queue.titles()).toEqual([
      ...['a', 'b', 'C'],
      ...Array.from({ length: 30 }, (_, n) => `later ${n}`),
      'mine',
    ]);
    expect(queue.kept()).toEqual({});
  });

  test('undoes nothing that others did to the same task meanwhile', async () => {
    const queue = await editedQueue(add('a'), add('b'), add('c'), add('d'));
    await queue.does(claim(4, 'Claude'));
    const old = queue.text();
    const title = { type: 'edit', task: 1, content: { title: 'theirs' }, by: 'Copilot' } as const;
    await queue.does(title, claim(2, 'Copilot'), claim(3, 'Copilot'));
    await queue.does(complete(3, { agent: 'Copilot' }), complete(4, { agent: 'Claude' }));
    queue.edit((file) => {
      taskIn(file, 1)['title'] = 'mine';
      taskIn(file, 3)['status'] = 'cancelled';
      taskIn(file, 4)['status'] = 'pending';
      file.queue = file.queue.filter(({ id }) => id !== 2);
    }, old);
    await queue.command();

    expect(queue.file().queue).toMatchObject([
      { title: 'theirs' },
      { status: 'in_progress', assigned_to: 'Copilot' },
      { status: 'completed' },
      { status: 'completed' },
    ]);
    expect(queue.reasons()).toContain('#1 title: It was changed by Copilot');
    expect(queue.reasons()).toContain('#2: Copilot took it');
    expect(queue.reasons()).toContain('#3 status: It was completed meanwhile');
  });

  test('who saves the same buffer again and again has each thing done once', async () => {
    const queue = await editedQueue(add('first'));
    const old = queue.text();
    for (let n = 1; n <= 50; n++) {
      queue.edit((file) => {
        taskIn(file, 1)['title'] = `first ${n}`;
        for (let m = 0; m < n; m += 10) file.queue.push({ title: `added ${m}`, priority: 'LOW' });
        file.queue.push({ id: 100, title: 'typed on and on'.slice(0, 3 + n) });
      }, old);
      await queue.command();
    }
    expect(await queue.titles()).toEqual([
      'first 50',
      ...['added 0', 'typed on and on', 'added 10', 'added 20', 'added 30', 'added 40'],
    ]);
    expect(queue.kept()).toEqual({});
  });
});

test('two who began with the same file both have what they added', async () => {
  const queue = await editedQueue(add('first'));
  const old = queue.text();
  queue.edit((file) => file.queue.push({ id: 2, title: 'of one' }, { title: 'also' }), old);
  await queue.command();
  queue.edit((file) => file.queue.push({ id: 2, title: 'the other’s' }, { title: 'more' }), old);
  await queue.command();
  await queue.does(cancel(1));

  expect(await queue.titles()).toEqual(['first', 'of one', 'also', 'the other’s', 'more']);
});
