/** The host hears of each change once, soon, and not more often than it can show. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Publisher } from '../../../extension/view/publisher.ts';
import type { WorkerEvent } from '../../../extension/vscode/worker/contract.ts';
import { emptyModel } from '../../../extension/view/emptyModel.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function newPublisher() {
  const events: WorkerEvent[] = [];
  let end = 0;
  let session: string | null = null;
  const build = () => {
    const store = { state: 'open', message: null } as const;
    return { end, model: { ...emptyModel(Date.now(), true, store), session } };
  };
  const publisher = new Publisher(build, (event) => events.push(event));
  const change = (to: number) => {
    end = to;
    publisher.soon();
  };
  const look = (at: string) => {
    session = at;
    publisher.soon();
  };
  const told = () =>
    events.map((event) => (event.type === 'update' ? [event.from, event.end] : []));
  return { publisher, change, look, told };
}

describe('changes', () => {
  test('are told from where the last one ended', () => {
    const { change, told } = newPublisher();
    for (const end of [3, 7]) {
      change(end);
      vi.advanceTimersByTime(200);
    }
    expect(told()).toEqual([
      [0, 3],
      [3, 7],
    ]);
  });

  test('that follow one another fast are told together, at most ten a second', () => {
    const { change, told } = newPublisher();
    for (let end = 1; end <= 100; end++) {
      change(end);
      vi.advanceTimersByTime(10);
    }
    vi.advanceTimersByTime(200);
    expect(told().length).toBeLessThanOrEqual(12);
    expect(told().at(-1)?.at(1)).toBe(100);
  });

  test('outside the log are told at the same position', () => {
    const { change, look, told } = newPublisher();
    change(3);
    vi.advanceTimersByTime(200);
    look('a session');
    vi.advanceTimersByTime(200);
    expect(told()).toEqual([
      [0, 3],
      [3, 3],
    ]);
  });

  test('are not told where nothing but the time is another', () => {
    const { change, told } = newPublisher();
    change(3);
    vi.advanceTimersByTime(5_000);
    change(3);
    vi.advanceTimersByTime(5_000);
    expect(told()).toHaveLength(1);
  });

  test('are told before the whole is answered with, so that what follows fits', () => {
    const { publisher, change, told } = newPublisher();
    change(3);
    expect(publisher.now().end).toBe(3);
    expect(told()).toEqual([[0, 3]]);
    vi.advanceTimersByTime(500);
    expect(told()).toHaveLength(1);
  });

  test('are told no more once it is closed', () => {
    const { publisher, change, told } = newPublisher();
    publisher.close();
    change(3);
    vi.advanceTimersByTime(500);
    expect(told()).toEqual([]);
  });
});
