/** Adding tasks: ids, dependencies, dedupe keys, room. */
import { describe, expect, test } from 'vitest';
import { highestChosenId } from '../../../extension/core/ids.ts';
import type { Reason } from '../../../extension/core/rejection.ts';
import type { Request, Step } from '../../support/core.ts';
import {
  add,
  cancel,
  claim,
  complete,
  edit,
  fail,
  given,
  later,
  minute,
  ms,
  release,
  rules,
  start,
} from '../../support/core.ts';

const twoAtMost = rules({ maxWaiting: 2 });
const twoASession = rules({ maxWaitingPerSession: 2 });
const inStory = { session: 'story' };

describe('an added task', () => {
  test('waits under the next number, and is recorded as one event', () => {
    const { events, answer, world } = given(add('one')).when(add('two'));
    expect({ events, answer }).toEqual({ events: ['CREATED'], answer: 2 });
    expect(world.status(2)).toBe('pending');
  });

  test('keeps the name that its creator gave it', () => {
    const world = given(add('one', {}, { task: 'Build.pdf' }));
    expect(world.task('build.PDF').id).toBe('Build.pdf');
  });

  test.each<[string, readonly Step[], number]>([
    ['the highest number ever given', [add('a', {}, { task: 41 }), cancel(41)], 42],
    ['a number below it', [add('a', {}, { task: 41 }), add('b', {}, { task: 7 })], 42],
    ['a name', [add('a', {}, { task: 'x9' })], 1],
  ])('is numbered after %s', (_, history, expected) => {
    expect(given(...history).when(add('new')).answer).toBe(expected);
  });

  test.each<[string, readonly Step[], Request, Reason]>([
    ['a number that is taken', [add('a')], add('b', {}, { task: 1 }), 'duplicate'],
    [
      'a name that differs in case only',
      [add('a', {}, { task: 'Foo' })],
      add('b', {}, { task: 'fOO' }),
      'duplicate',
    ],
    ['the id of a task that ended', [add('a'), cancel(1)], add('b', {}, { task: 1 }), 'duplicate'],
    [
      'a number so high that none would be left',
      [],
      add('b', {}, { task: highestChosenId + 1 }),
      'invalid-value',
    ],
    ['an unknown dependency', [add('a')], add('b', { dependencies: [9] }), 'unknown-task'],
    [
      'the number that it would be given as a dependency',
      [],
      add('b', { dependencies: [1] }),
      'unknown-task',
    ],
    ['itself as a dependency', [], add('b', { dependencies: ['SELF'] }, { task: 'self' }), 'cycle'],
    ['a full queue', [twoAtMost, add('a'), add('b')], add('c'), 'queue-full'],
    [
      'a full queue where failed tasks wait for their retry',
      [twoAtMost, add('a'), add('b'), claim(1, 'A'), fail(1, 'X', { agent: 'A' })],
      add('c'),
      'queue-full',
    ],
    [
      'a full session',
      [twoASession, add('a', inStory), add('b', inStory)],
      add('c', inStory),
      'queue-full',
    ],
  ])('is refused with %s', (_, history, request, reason) => {
    const world = given(...history);
    const end = world.queue.end;
    const outcome = world.when(request);
    expect({ reason: outcome.reason, events: outcome.events }).toEqual({ reason, events: [] });
    expect(world.queue.end).toBe(end);
  });

  test('says which limit was reached, with its number', () => {
    const { message } = given(twoAtMost, add('a'), add('b')).when(add('c'));
    expect(message).toContain('2 tasks are waiting');
    expect(message).toContain('max_waiting');
  });

  test.each<[string, readonly Step[], Request]>([
    ['is held', [twoAtMost, add('a'), add('b'), claim(1, 'A')], add('c')],
    ['ended', [twoAtMost, add('a'), add('b'), cancel(2)], add('c')],
    [
      'of the session is held',
      [twoASession, add('a', inStory), add('b', inStory), claim(1, 'A')],
      add('c', inStory),
    ],
    [
      'is of another session',
      [twoASession, add('a', inStory), add('b', inStory)],
      add('c', { session: 'other' }),
    ],
  ])('finds room where one of the limit %s', (_, history, request) => {
    expect(given(...history).when(request).events).toEqual(['CREATED']);
  });

  test('gives up at once where it should fail with a dependency that failed already', () => {
    const world = given(add('a'), cancel(1));
    const request = add('b', { dependencies: [1], onDependencyFailure: 'fail' });
    expect(world.when(request).events).toEqual(['CREATED', 'POISON_PILL']);
    expect(world.status(2)).toBe('poisoned');
  });
});

describe('a dedupe key', () => {
  const pdf = { key: 'pdf' };
  const replace = { dedupe: { mode: 'replace' } } as const;
  const debounce = { dedupe: { mode: 'debounce', ms: ms(5 * minute) } } as const;

  test('answers a second task with the one that waits', () => {
    const { events, answer } = given(add('a', pdf)).when(add('b', pdf));
    expect({ events, answer }).toEqual({ events: [], answer: 1 });
  });

  test.each<[string, readonly Step[]]>([
    ['is held', [claim(1, 'A')]],
    ['is completed', [claim(1, 'A'), complete(1)]],
    ['is cancelled', [cancel(1)]],
    ['has another key by now', [edit(1, { key: 'other' })]],
  ])('adds a second task where the first %s', (_, then) => {
    expect(given(add('a', pdf), ...then).when(add('b', pdf)).answer).toBe(2);
  });

  test('answers with a failed task that waits for its retry', () => {
    const world = given(add('a', pdf), claim(1, 'A'), fail(1, 'X', { agent: 'A' }));
    expect(world.when(add('b', pdf)).answer).toBe(1);
  });

  test('works in a full queue, since nothing is added', () => {
    expect(given(rules({ maxWaiting: 1 }), add('a', pdf)).when(add('b', pdf)).ok).toBe(true);
  });

  test('lets the newest content win whole and keeps the place, where it replaces', () => {
    const world = given(add('a', { ...pdf, program: 'shell:old', session: 's' }), add('z'));
    const { events, answer } = world.when(add('b', pdf, replace));
    expect({ events, answer }).toEqual({ events: ['EDITED'], answer: 1 });
    const { content, createdSeq } = world.task(1);
    expect(content).toEqual({ ...content, title: 'b', key: 'pdf' });
    expect(content.program).toBeUndefined();
    expect(content.session).toBeUndefined();
    expect(createdSeq).toBe(1);
  });

  test('never replaces a task by one that closes a cycle', () => {
    const world = given(add('a', pdf), add('b', { dependencies: [1] }));
    const outcome = world.when(add('c', { ...pdf, dependencies: [2] }, replace));
    expect(outcome.reason).toBe('cycle');
    expect(outcome.message).toContain('#1 -> #2 -> #1');
  });

  test('never replaces a task by one with an unknown dependency', () => {
    const world = given(add('a', pdf));
    expect(world.when(add('c', { ...pdf, dependencies: [7] }, replace)).reason).toBe(
      'unknown-task',
    );
  });

  test('starts a debounced task only when none was added for a while', () => {
    const world = given(add('a', pdf, debounce));
    expect(world.task(1).content.notBeforeAt).toBe(start + 5 * minute);
    world.take(later(3 * minute));
    expect(world.when(add('b', pdf, debounce)).events).toEqual(['EDITED']);
    expect(world.task(1).content).toMatchObject({ title: 'b', notBeforeAt: start + 8 * minute });
    expect(world.when(claim(1, 'A')).reason).toBe('not-due');
    world.take(later(5 * minute));
    expect(world.when(claim(1, 'A')).ok).toBe(true);
  });

  test('is free again for a task that was released', () => {
    const world = given(add('a', pdf), claim(1, 'A'), release(1, { agent: 'A' }));
    expect(world.when(add('b', pdf)).answer).toBe(1);
  });
});
