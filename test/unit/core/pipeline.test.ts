/** What waits for what: stages, what is in the way, the longest way. */
import { describe, expect, test } from 'vitest';
import {
  downstream,
  openChains,
  pipelineOf,
  rootBlockers,
  upstream,
} from '../../../extension/core/projections/pipeline.ts';
import type { Queue } from '../../../extension/core/queue.ts';
import { findTask } from '../../../extension/core/queue.ts';
import type { Step } from '../../support/core.ts';
import { add, cancel, claim, complete, fail, given, retryRules } from '../../support/core.ts';

const after = (...dependencies: readonly number[]) => ({ dependencies });

/** 1 → 2 → 4 → 5, 3 → 4, and 6 alone. */
const diamond: readonly Step[] = [
  add('a', { estimateMinutes: 5 }),
  add('b', { ...after(1), estimateMinutes: 5 }),
  add('c', { estimateMinutes: 60 }),
  add('d', after(2, 3)),
  add('e', after(4)),
  add('f'),
];

const gaveUp: readonly Step[] = [
  retryRules({ maxRetries: 0 }),
  claim(3, 'A'),
  fail(3, 'X', { agent: 'A' }),
];

function task(queue: Queue, id: number) {
  const found = findTask(queue, id);
  if (found === undefined) throw new Error(`There is no task ${id}`);
  return found;
}

function blockers(queue: Queue, id: number): readonly unknown[] {
  return rootBlockers(queue, task(queue, id)).map((each) => each.id);
}

describe('the pipeline', () => {
  test('puts each task one stage after the last of its dependencies, and under it', () => {
    const { queue } = given(...diamond);
    const { nodes, stages } = pipelineOf(queue, openChains(queue));
    expect(nodes.map(({ task: { id }, stage, parent }) => [id, stage, parent])).toEqual([
      ...[
        [1, 1, null],
        [3, 1, null],
        [2, 2, 1],
        [4, 3, 2],
        [5, 4, 4],
      ],
    ]);
    expect(stages).toBe(4);
  });

  test('names the longest way by the estimates, and tells tasks without one from it', () => {
    const { queue } = given(...diamond);
    const { longest, longestMinutes } = pipelineOf(queue, openChains(queue));
    expect(longest.map(({ id }) => id)).toEqual([3, 4, 5]);
    expect(longestMinutes).toBe(60);
  });

  test('leaves out tasks alone, and what ended unless an open task stands on it', () => {
    const ended = [
      claim(1, 'A'),
      complete(1, { agent: 'A' }),
      claim(2, 'A'),
      complete(2, { agent: 'A' }),
    ];
    const { queue } = given(...diamond, ...ended);
    expect([...openChains(queue)].sort()).toEqual(['2', '3', '4', '5']);
    expect(pipelineOf(queue, openChains(queue)).stages).toBe(3);
  });

  test('holds chains of thousands of tasks', () => {
    const many = Array.from({ length: 3_000 }, (_, n) => add(`t${n}`, n === 0 ? {} : after(n)));
    const { queue } = given(...many);
    expect(pipelineOf(queue, openChains(queue)).stages).toBe(3_000);
    expect(upstream(queue, task(queue, 3_000)).size).toBe(2_999);
    expect(downstream(queue, task(queue, 1)).size).toBe(2_999);
    expect(blockers(queue, 3_000)).toEqual([1]);
  });

  test('of nothing is empty', () => {
    expect(pipelineOf(given().queue, new Set())).toEqual({
      ...{ nodes: [], stages: 0, longest: [], longestMinutes: null },
    });
  });
});

describe('in the way of a task', () => {
  test('are the tasks that could start now, however far back they are', () => {
    const { queue } = given(...diamond);
    expect(blockers(queue, 5)).toEqual([1, 3]);
    expect(blockers(queue, 6)).toEqual([]);
  });

  test('are those that gave up or were cancelled, even where they wait for others', () => {
    const { queue } = given(...diamond, cancel(2), ...gaveUp);
    expect(blockers(queue, 5)).toEqual([2, 3]);
  });

  test('is nothing that its policy ignores', () => {
    const ignoring = add('g', { ...after(1, 3), onDependencyFailure: 'ignore' });
    const { queue } = given(...diamond, ignoring, cancel(1));
    expect(blockers(queue, 7)).toEqual([3]);
  });
});
