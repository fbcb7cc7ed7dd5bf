/** Commands about the queue as a whole, and the names that things in it have. */
import { describe, expect, test } from 'vitest';
import { formatTaskId, parseAgentName, parseTaskId, taskKey } from '../../../extension/core/ids.ts';
import { describeTask, waitingCount } from '../../../extension/core/queue.ts';
import type { Request, Step } from '../../support/core.ts';
import {
  add,
  addProgram,
  cancel,
  claim,
  complete,
  given,
  interrupt,
  laneClaim,
  settle,
  takeLane,
} from '../../support/core.ts';

function clear(session: string | null, all: boolean): Request {
  return { type: 'clearWaiting', session, all };
}

describe('clearing', () => {
  const inA = { session: 'a' };
  /** `#1` runs, `#2` rests, `#3` and `#4` wait for the lane, `#5` and `#6` for agents. */
  const mixed: readonly Step[] = [
    addProgram('rests', inA),
    takeLane,
    laneClaim(1),
    interrupt(),
    settle(1, 'interrupt'),
    addProgram('runs', inA),
    laneClaim(2),
    addProgram('waits', inA),
    addProgram('waits'),
    add('for agents', inA),
    add('held', inA),
    claim(6, 'A'),
  ];

  test.each<[string, string | null, boolean, readonly number[]]>([
    ['the lane’s tasks', null, false, [1, 3, 4]],
    ['the lane’s tasks of a session', 'a', false, [1, 3]],
    ['all tasks', null, true, [1, 3, 4, 5]],
    ['all tasks of a session', 'a', true, [1, 3, 5]],
    ['a session that has none', 'b', true, []],
  ])('%s ends those that wait or rest as skipped, and no held one', (_, session, all, expected) => {
    const world = given(...mixed);
    const { events } = world.when(clear(session, all));
    expect(events).toEqual(expected.map(() => 'SKIPPED'));
    const skipped = [...world.queue.tasks.values()].filter(
      ({ state }) => state.status === 'skipped',
    );
    expect(skipped.map(({ id }) => id)).toEqual(expected);
  });
});

describe('a pause', () => {
  test.each(['lane', 'queue'] as const)(
    'of the %s is recorded once, and so is its end',
    (scope) => {
      const world = given();
      const pause: Request = { type: 'pause', scope };
      const resume: Request = { type: 'resume', scope };
      expect(world.when(resume).events).toEqual([]);
      expect(world.when(pause).events).toEqual(['PAUSED']);
      expect(world.when(pause).events).toEqual([]);
      expect(world.queue.paused).toEqual({ lane: false, queue: false, [scope]: true });
      expect(world.when(resume).events).toEqual(['RESUMED']);
      expect(world.queue.paused).toEqual({ lane: false, queue: false });
    },
  );

  test('of the queue lets holders end what they hold', () => {
    const world = given(add('a'), claim(1, 'A'), { type: 'pause', scope: 'queue' });
    expect(world.when(complete(1)).ok).toBe(true);
  });
});

describe('the session in view', () => {
  test('is recorded when it changes', () => {
    const world = given();
    expect(world.when({ type: 'focus', session: 's' }).events).toEqual(['SESSION']);
    expect(world.when({ type: 'focus', session: 's' }).events).toEqual([]);
    expect(world.queue.focus).toBe('s');
    expect(world.when({ type: 'focus', session: null }).events).toEqual(['SESSION']);
    expect(world.queue.focus).toBeNull();
  });
});

describe('a note', () => {
  test('is recorded and changes no state', () => {
    const world = given(add('a'));
    const before = structuredClone(world.task(1));
    const note: Request = {
      type: 'note',
      task: 1,
      message: 'x',
      event: 'COMPLETED',
      status: 'done',
    };
    expect(world.when(note).events).toEqual(['NOTE']);
    expect(world.data('NOTE')).toEqual({ event: 'COMPLETED', status: 'done' });
    expect(world.task(1)).toEqual(before);
  });

  test('is recorded about a task that nobody knows, and makes none', () => {
    const world = given(add('a'));
    expect(world.when({ type: 'note', task: 99, message: 'x' }).events).toEqual(['NOTE']);
    expect([...world.queue.tasks.keys()]).toEqual(['1']);
    expect(world.when(add('b')).answer).toBe(2);
  });

  test('about the queue needs no task', () => {
    expect(given().when({ type: 'note', task: null, message: 'x' }).events).toEqual(['NOTE']);
  });
});

describe('what waits', () => {
  test('is counted without what is held, rests or ended', () => {
    const world = given(add('a'), add('b'), add('c'), claim(1, 'A'), cancel(2));
    expect(waitingCount(world.queue)).toBe(1);
  });
});

describe('names', () => {
  test.each<[unknown, number | string | undefined]>([
    [1, 1],
    ['7', 7],
    ['007', 7],
    ['build.pdf_2-x', 'build.pdf_2-x'],
    ['a'.repeat(64), 'a'.repeat(64)],
    ['a'.repeat(65), undefined],
    [0, undefined],
    ['0', undefined],
    [-1, undefined],
    [1.5, undefined],
    [2 ** 53, undefined],
    ['9'.repeat(20), undefined],
    ['', undefined],
    ['../x', undefined],
    ['.hidden', undefined],
    ['-x', undefined],
    ['a/b', undefined],
    ['a\\b', undefined],
    ['a\n', undefined],
    ['ä', undefined],
    ['a b', undefined],
    [null, undefined],
    [{}, undefined],
  ])('%j as a task id is %j', (value, expected) => {
    expect(parseTaskId(value)).toBe(expected);
  });

  test.each<[unknown, boolean]>([
    ['Copilot-1', true],
    ['human:anna', true],
    ['human:', false],
    ['robot:x', false],
    ['../x', false],
    ['', false],
    [7, false],
  ])('%j as an agent is one: %s', (value, expected) => {
    expect(parseAgentName(value) !== undefined).toBe(expected);
  });

  test('of tasks are unique ignoring case, and are shown as they were given', () => {
    expect(taskKey('Foo')).toBe(taskKey('fOO'));
    expect(taskKey(7)).not.toBe(taskKey('x7'));
    expect([formatTaskId(7), formatTaskId('Foo')]).toEqual(['#7', 'Foo']);
  });

  test('carry no control characters into messages, and are cut', () => {
    const world = given(add(`evil\u001b[31m\nline${'x'.repeat(100)}`));
    const described = describeTask(world.task(1));
    // eslint-disable-next-line no-control-regex -- control characters are what must not be there
    expect(described).not.toMatch(/[\u0000-\u001f]/);
    expect(described.length).toBeLessThan(70);
  });
});
