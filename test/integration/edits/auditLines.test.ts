/** What plain scripts append to the audit file, and what they do to lock directories. */
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { position } from '../../../extension/core/ids.ts';
import { add, claim } from '../../support/core.ts';
import type { EditedQueue } from '../../support/editedQueue.ts';
import { editedQueue } from '../../support/editedQueue.ts';

async function notes(queue: EditedQueue) {
  const desk = await queue.open();
  const records = await desk.history();
  const lines = Buffer.concat(desk.store.lines(position(0))).toString('utf8');
  await desk.store[Symbol.asyncDispose]();
  expect(readFileSync(queue.paths.auditFile, 'utf8')).toBe(lines);
  return records
    .filter(({ event }) => event === 'NOTE')
    .map(({ task, agent, message, data }) => ({ task, agent, message, data }));
}

describe('a line that a script appends to the audit file', () => {
  test('becomes a note by the script’s words, before anything else is read', async () => {
    const queue = await editedQueue(add('first'));
    const lines = [
      '{"event":"DEPLOYED","task":1,"agent":"night-build","message":"to staging","status":"ok"}',
      '{"timestamp":"2026-11-22T10:00:00Z","event_type":"CLAIMED","task_id":7,"ai":"Copilot","details":"old words"}',
      '{"event":"METRIC","seconds":12}',
      'no JSON at all',
    ];
    appendFileSync(queue.paths.auditFile, `${lines.join('\n')}\n`);
    let seen: unknown;
    await queue.command(async (desk) => {
      seen = (await desk.history()).filter(({ event }) => event === 'NOTE').length;
    });
    expect(seen).toBe(4);
    expect(await notes(queue)).toEqual([
      {
        ...{ task: 1, agent: 'night-build', message: 'to staging' },
        data: { event: 'DEPLOYED', status: 'ok' },
      },
      { task: 7, agent: 'Copilot', message: 'old words', data: { event: 'CLAIMED' } },
      { task: null, agent: null, message: lines[2], data: { event: 'METRIC' } },
      { task: null, agent: null, message: 'no JSON at all', data: {} },
    ]);
    expect(queue.kept()).toEqual({});
    expect(await queue.command()).toBe('');
  });

  test('is noted once by however many see it, and again when it is written again', async () => {
    const queue = await editedQueue(add('first'));
    const again = async () => {
      appendFileSync(queue.paths.auditFile, 'the same words\n');
      const desks = await Promise.all(Array.from({ length: 3 }, () => queue.open()));
      await Promise.all(desks.map((desk) => desk.takeIn()));
      await Promise.all(desks.map((desk) => desk.close()));
    };
    await again();
    await again();
    expect((await notes(queue)).map(({ message }) => message)).toEqual([
      'the same words',
      'the same words',
    ]);
  });

  test('is noted when it came while a command was at work', async () => {
    const queue = await editedQueue(add('first'));
    await queue.command(async (desk) => {
      await desk.execute({ id: crypto.randomUUID(), by: null, ...add('second') });
      appendFileSync(queue.paths.auditFile, 'meanwhile\n');
    });
    expect((await notes(queue)).map(({ message }) => message)).toEqual(['meanwhile']);
  });

  test('is told from a line of the log that someone changed, which is kept', async () => {
    const queue = await editedQueue(add('first'));
    const changed = readFileSync(queue.paths.auditFile, 'utf8').replace('first', 'fisrt');
    writeFileSync(queue.paths.auditFile, `${changed}mine\n`);
    expect(await queue.command()).toContain('was not as it was written');
    expect((await notes(queue)).map(({ message }) => message)).toEqual(['mine']);
    expect(queue.reasons()).toContain('line 2: It looks like a line of the log');
  });
});

describe('a lock directory', () => {
  const lockOf = (queue: EditedQueue) => path.join(queue.paths.locks, 'task_1.lock');

  function lockByScript(queue: EditedQueue): void {
    mkdirSync(lockOf(queue), { recursive: true });
    writeFileSync(path.join(lockOf(queue), 'owner'), 'night-build\n');
    writeFileSync(path.join(lockOf(queue), 'timestamp'), `${Math.floor(Date.now() / 1000)}\n`);
    writeFileSync(path.join(lockOf(queue), 'pid'), `${process.pid}\n`);
  }

  test('of a script keeps its task from everyone until the script removes it', async () => {
    const queue = await editedQueue(add('first'));
    lockByScript(queue);
    await expect(queue.does(claim(1, 'Copilot'))).rejects.toThrow('night-build');
    expect(existsSync(lockOf(queue))).toBe(true);
    rmSync(lockOf(queue), { recursive: true });
    await queue.does(claim(1, 'Copilot'));
    expect(readFileSync(path.join(lockOf(queue), 'owner'), 'utf8')).toBe('Copilot\n');
  });

  test('of a claim comes back when it is removed: only the log releases', async () => {
    const queue = await editedQueue(add('first'), claim(1, 'Copilot'));
    rmSync(lockOf(queue), { recursive: true });
    await queue.command();
    expect(readFileSync(path.join(lockOf(queue), 'owner'), 'utf8')).toBe('Copilot\n');
    await expect(queue.does(claim(1, 'Claude'))).rejects.toThrow('Copilot');
  });
});
