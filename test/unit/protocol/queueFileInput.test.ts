/** Queue files of people and of other systems: what is taken, and what is refused in which words. */
import { describe, expect, test } from 'vitest';
import type { ImportedTask } from '../../../extension/core/command.ts';
import type { Problem } from '../../../extension/protocol/queueFileInput.ts';
import { parseQueueFile } from '../../../extension/protocol/queueFileInput.ts';

function taken(file: unknown): readonly ImportedTask[] {
  const parsed = parseQueueFile(typeof file === 'string' ? file : JSON.stringify(file));
  if (!parsed.ok) throw new Error(`Refused: ${JSON.stringify(parsed.problems)}`);
  return parsed.tasks;
}

function refused(file: unknown): readonly Problem[] {
  const parsed = parseQueueFile(typeof file === 'string' ? file : JSON.stringify(file));
  if (parsed.ok) throw new Error('Taken, and should have been refused');
  return parsed.problems;
}

/** The one task of a file with nothing else in it. */
function one(fields: object): ImportedTask {
  return taken({ queue: [{ id: 1, title: 'a', ...fields }] })[0]!;
}

/** What is wrong with one task that is otherwise right, as `path: message`. */
function wrong(fields: object): readonly string[] {
  return refused({ queue: [{ id: 1, title: 'a', ...fields }] }).map(
    ({ path, message }) => `${path}: ${message}`,
  );
}

describe('a file', () => {
  test.each([
    ['version 2', { version: 2, generated: { seq: 1 } }],
    ['version 1', { version: 1 }],
    ['a version in words', { version: '1.0' }],
    ['no version', {}],
  ])('with %s is taken', (_what, frame) => {
    expect(taken({ ...frame, queue: [{ id: 1, title: 'a' }] })).toHaveLength(1);
  });

  test('may begin with a byte order mark', () => {
    expect(taken('\uFEFF{"queue": []}')).toEqual([]);
  });

  test.each([
    ['text', 'hello'],
    ['a torn file', '{"queue": [{"id": 1'],
    ['a list', '[]'],
    ['null', 'null'],
    ['an object without a queue', '{"tasks": []}'],
    ['a queue that is no list', '{"queue": {}}'],
    ['a later version', '{"version": 3, "queue": []}'],
    ['a version that is none', '{"version": {}, "queue": []}'],
  ])('that is %s is refused as a whole', (_what, text) => {
    expect(refused(text)).toEqual([{ path: '', message: expect.stringMatching(/\.|:/) }]);
  });

  test('names every task that cannot be taken, up to a bound', () => {
    const queue = Array.from({ length: 500 }, (_, n) => ({ id: n + 1 }));
    const problems = refused({ queue });
    expect(problems[0]).toEqual({ path: 'queue[0].title', message: 'It is missing.' });
    expect(problems.length).toBeLessThan(60);
  });
});

describe('a task of a file', () => {
  test('needs no more than an id and a title', () => {
    expect(one({})).toEqual({
      id: 1,
      content: {
        title: 'a',
        description: null,
        type: 'any',
        kind: 'ai',
        priority: 'NORMAL',
        dependencies: [],
      },
      status: 'pending',
      attempts: 0,
      failures: 0,
      endedAt: null,
      result: null,
      actualMinutes: 0,
      reason: '',
    });
  });

  test.each([
    [7, 7],
    ['7', 7],
    ['007', 7],
    ['Cover-2.b_c', 'Cover-2.b_c'],
  ])('with the id %j is %j', (id, expected) => {
    expect(one({ id }).id).toBe(expected);
  });

  test.each([
    0,
    -1,
    1.5,
    2 ** 60,
    '',
    '../x',
    'a/b',
    'a\\b',
    '.hidden',
    'a b',
    'é',
    'x'.repeat(65),
    null,
    true,
    [1],
    {},
  ])('cannot have the id %j', (id) => {
    expect(wrong({ id })).toEqual([expect.stringMatching(/^queue\[0\]\.id: .*is no id/)]);
  });

  test.each([
    ['todo', 'pending'],
    ['Blocked', 'pending'],
    ['in-progress', 'in_progress'],
    ['In Progress', 'in_progress'],
    ['done', 'completed'],
    ['COMPLETED', 'completed'],
    ['canceled', 'cancelled'],
    ['poison_pill', 'poisoned'],
    ['skipped', 'skipped'],
  ])('with the older word %s is %s', (status, expected) => {
    expect(one({ status }).status).toBe(expected);
  });

  test('takes dates with a space, without a zone, and without a time as UTC', () => {
    const at = Date.UTC(2025, 10, 20, 10, 11, 12);
    const ended = (completed_on: string) => one({ status: 'done', completed_on }).endedAt;
    expect(ended('2025-11-20T10:11:12Z')).toBe(at);
    expect(ended('2025-11-20 10:11:12')).toBe(at);
    expect(ended('2025-11-20T12:11:12+02:00')).toBe(at);
    expect(ended('2025-11-20')).toBe(Date.UTC(2025, 10, 20));
  });

  test('that failed waits until its own time, and counts its failures', () => {
    const task = one({ status: 'failed', failures: 2, not_before: '2026-01-01T00:00:00Z' });
    expect(task).toMatchObject({ failures: 2, endedAt: Date.UTC(2026, 0, 1) });
    expect(task.content.notBeforeAt).toBeUndefined();
  });

  test('keeps what is not known here, and who had it where it ended', () => {
    const ended = { status: 'done', assigned_to: 'Copilot', claimed_on: '2025-11-20', sprint: 4 };
    expect(one(ended).content.extra).toEqual({
      sprint: 4,
      assigned_to: 'Copilot',
      claimed_on: '2025-11-20',
    });
    expect(one({ assigned_to: 'Copilot' }).content.extra).toBeUndefined();
  });

  test('depends on each task once', () => {
    expect(one({ dependencies: ['2', 2, 'B'] }).content.dependencies).toEqual([2, 'B']);
    expect(one({ dependencies: null }).content.dependencies).toEqual([]);
  });

  test('takes null and an empty text for no value', () => {
    const nothing = { key: null, session: '', program: '', deadline: null, result: null };
    expect(one(nothing)).toEqual(one({}));
  });

  test.each([
    ['title', 7],
    ['title', ''],
    ['title', 'x'.repeat(501)],
    ['description', {}],
    ['description', { blob: '../../secret', bytes: 1 }],
    ['description', 'x'.repeat(1024 * 1024 + 1)],
    ['type', '../x'],
    ['kind', 'a b'],
    ['status', 'unheard of'],
    ['status', 'constructor'],
    ['priority', 'URGENT'],
    ['priority', 3],
    ['dependencies', '7'],
    ['dependencies', [7, '../x']],
    ['dependencies', new Array(1_001).fill(7)],
    ['on_dependency_failure', 'shrug'],
    ['key', 7],
    ['session', 'x'.repeat(201)],
    ['labels', ['a', 7]],
    ['program', 'rm -rf /'],
    ['program', 'shell:'],
    ['accept', ['npm', 'test']],
    ['estimate_minutes', '20'],
    ['estimate_minutes', -1],
    ['deadline', 'tomorrow'],
    ['deadline', 1764000000000],
    ['valid_if', 'always'],
    ['background', 'yes'],
    ['limit', { coffee: 3 }],
    ['limit', { turns: -1 }],
    ['attempts', 1.5],
    ['failures', -1],
    ['result', { ok: true }],
    ['completed_on', '22.11.2026'],
    ['unknown_but_huge', 'x'.repeat(17 * 1024)],
  ])('is refused for its %s %j', (field, value) => {
    const problems = wrong({ [field]: value });
    expect(problems).toEqual([expect.stringMatching(new RegExp(`^queue\\[0\\]\\.${field}`))]);
    expect(problems[0]!.length).toBeLessThan(300);
  });

  test('is refused where an unknown field is nested without end', () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    const [problem] = refused(`{"queue": [{"id": 1, "title": "a", "deep": ${deep}}]}`);
    expect(problem).toMatchObject({ path: 'queue[0].deep' });
  });

  test('cannot change what other objects inherit', () => {
    const text = '{"queue": [{"id": 1, "title": "a", "__proto__": {"polluted": true}}]}';
    expect(refused(text)[0]).toMatchObject({ path: 'queue[0].__proto__' });
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  test.each([null, 'a', 7, [], true])('is no task where it is %j', (item) => {
    expect(refused({ queue: [item] })[0]).toMatchObject({
      path: 'queue[0]',
    });
  });

  test('says where in a list the wrong value is', () => {
    expect(wrong({ dependencies: [1, 'a b'] })).toEqual([
      expect.stringMatching(/^queue\[0\]\.dependencies\[1\]: /),
    ]);
    expect(wrong({ limit: { turns: 'many' } })).toEqual([
      expect.stringMatching(/^queue\[0\]\.limit\.turns: /),
    ]);
  });
});
