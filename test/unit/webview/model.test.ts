/** What the view knows follows from what the host said, and from nothing else. */
import { appendOutput } from '../../../extension/protocol/outputTail.ts';
import { describe, expect, test } from 'vitest';
import type { HostMessage } from '../../../extension/protocol/webview.ts';
import { webviewProtocol } from '../../../extension/protocol/webview.ts';
import { outputTailChars } from '../../../extension/protocol/webviewModel.ts';
import type { QueueViewModel } from '../../../extension/protocol/webviewModel.ts';
import { initialState, receive, receiveUnreadable } from '../../../webview-ui/model.ts';
import type { Step } from '../../../webview-ui/model.ts';
import { empty, typical } from '../../fixtures/webview/models.ts';

const hostNow = 1_800_000_000_000;
const localNow = hostNow - 5_000;
const model = typical(hostNow);
const active = model.active!;

/** The single place that knows how to fold. */
function heard(...messages: readonly HostMessage[]): Step {
  return messages.reduce<Step>((step, message) => receive(step.state, message, localNow), {
    state: initialState,
    say: null,
  });
}
function snapshot(end: number, shown: QueueViewModel = model): HostMessage {
  return { type: 'snapshot', protocol: webviewProtocol, end, model: shown };
}
function update(from: number, end: number, shown: QueueViewModel = model): HostMessage {
  return { type: 'update', from, end, model: shown };
}
function output(seq: number, text: string, token = active.token): HostMessage {
  return { type: 'output', task: active.id, token, seq, text };
}
function withOutput(seq: number, text: string): QueueViewModel {
  return { ...model, active: { ...active, output: { seq, text, cut: false } } };
}

describe('positions', () => {
  test('before the first snapshot an update is dropped and nothing is asked for twice', () => {
    const { state, say } = heard(update(0, 1));

    expect(state).toMatchObject({ connection: 'waiting', model: null });
    expect(say).toBeNull();
  });

  test('an update from where the view stands is taken', () => {
    const { state, say } = heard(snapshot(7), update(7, 9, empty(hostNow)));

    expect(state).toMatchObject({ connection: 'live', end: 9, model: { active: null } });
    expect(say).toBeNull();
  });

  test('something outside the log may change without the position', () => {
    const { state } = heard(snapshot(7), update(7, 7, { ...model, trusted: false }));

    expect(state).toMatchObject({ connection: 'live', end: 7, model: { trusted: false } });
  });

  test.each([
    ['skips a position', update(8, 9)],
    ['comes from before', update(6, 9)],
    ['goes backward', update(7, 6)],
  ])('an update that %s is dropped, and the whole is asked for', (_, late) => {
    const { state, say } = heard(snapshot(7, empty(hostNow)), late);

    expect(state).toMatchObject({ connection: 'waiting', end: 7, model: { active: null } });
    expect(say).toEqual({ type: 'resync', have: 7, reason: 'gap' });
  });

  test('after a gap nothing but a snapshot counts, and one question is enough', () => {
    const before = heard(snapshot(7), update(9, 10));
    const dropped = receive(before.state, update(7, 8, empty(hostNow)), localNow);

    expect(dropped.say).toBeNull();
    expect(dropped.state.model?.active).not.toBeNull();
    expect(receive(dropped.state, snapshot(10), localNow).state).toMatchObject({
      connection: 'live',
      end: 10,
    });
  });

  test('something unreadable may have been an update, so the whole is asked for', () => {
    const { state } = heard(snapshot(7));

    expect(receiveUnreadable(state).say).toEqual({ type: 'resync', have: 7, reason: 'unreadable' });
    expect(receiveUnreadable(receiveUnreadable(state).state).say).toBeNull();
  });

  test('a host of another version ends it, whatever comes after', () => {
    const other: HostMessage = { type: 'snapshot', protocol: webviewProtocol + 1, end: 1, model };

    expect(heard(other, snapshot(2)).state.connection).toBe('mismatch');
  });

  test('the clock of the host is known from when it built the model', () => {
    expect(heard(snapshot(1)).state.clockOffsetMs).toBe(5_000);
  });
});

describe('live text', () => {
  test('the next chunk is appended to the attempt that it belongs to', () => {
    const { state } = heard(
      snapshot(1, withOutput(4, 'one ')),
      output(5, 'two '),
      output(6, 'three'),
    );

    expect(state.model?.active?.output).toEqual({ seq: 6, text: 'one two three', cut: false });
  });

  test('a chunk that the model already held is not shown twice', () => {
    const { state, say } = heard(snapshot(1, withOutput(4, 'one')), output(4, 'one'));

    expect(state.model?.active?.output.text).toBe('one');
    expect(say).toBeNull();
  });

  test('a missing chunk asks for the whole instead of showing a hole', () => {
    const { state, say } = heard(snapshot(3, withOutput(4, 'one')), output(6, 'three'));

    expect(state.model?.active?.output.text).toBe('one');
    expect(say).toEqual({ type: 'resync', have: 3, reason: 'output-gap' });
  });

  test('text of another attempt is not mixed in', () => {
    const { state, say } = heard(
      snapshot(1, withOutput(4, 'one')),
      output(5, 'old', active.token - 1),
    );

    expect(state.model?.active?.output.text).toBe('one');
    expect(say).toBeNull();
  });

  test('an update that was built before the newest text does not take it back', () => {
    const { state } = heard(
      snapshot(1, withOutput(4, 'one ')),
      output(5, 'two'),
      update(1, 2, withOutput(4, 'one ')),
    );

    expect(state.model?.active?.output).toMatchObject({ seq: 5, text: 'one two' });
  });

  test('a new attempt begins with its own text', () => {
    const next = {
      ...model,
      active: { ...active, token: 300, output: { seq: 0, text: '', cut: false } },
    };
    const { state } = heard(
      snapshot(1, withOutput(4, 'one')),
      output(5, 'two'),
      update(1, 2, next),
    );

    expect(state.model?.active?.output.text).toBe('');
  });

  test('the lists keep their identity when only live text changed', () => {
    const before = heard(snapshot(1, withOutput(4, 'one')));
    const after = receive(before.state, output(5, 'two'), localNow);

    expect(after.state.model?.upNext).toBe(before.state.model?.upNext);
  });

  test('activity replaces tools and progress of the active attempt only', () => {
    const tools = [{ toolId: 'x', title: 'Edit a.md', status: 'done' as const }];
    const activity = {
      type: 'activity',
      task: active.id,
      percent: 40,
      progress: 'half',
      tools,
    } as const;

    expect(
      heard(snapshot(1), { ...activity, token: active.token }).state.model?.active,
    ).toMatchObject({
      percent: 40,
      progress: 'half',
      tools,
    });
    expect(heard(snapshot(1), { ...activity, token: 1 }).state.model?.active).toEqual(active);
  });

  test('the tail is bounded, says that it was cut, and begins with a whole line', () => {
    const lines = Array.from({ length: 3_000 }, (_, n) => `line ${String(n)}\n`).join('');
    const tail = appendOutput({ seq: 1, text: 'start\n', cut: false }, 2, lines);

    expect(tail.text.length).toBeLessThanOrEqual(outputTailChars);
    expect(tail.text).toMatch(/^line \d+\n/);
    expect(tail.text.endsWith('line 2999\n')).toBe(true);
    expect(tail.cut).toBe(true);
  });

  test('a cut never leaves half a character', () => {
    const tail = appendOutput(
      { seq: 1, text: '', cut: false },
      2,
      `${'😀'.repeat(outputTailChars)}x`,
    );

    expect(() => encodeURIComponent(tail.text)).not.toThrow();
  });
});
