/** The status item says the one thing that runs, or what rests, in words that hold no surprises. */
import { expect, test } from 'vitest';
import type { QueueViewModel } from '../../../extension/protocol/webviewModel.ts';
import { emptyModel } from '../../../extension/view/emptyModel.ts';
import { statusOf } from '../../../extension/vscode/statusText.ts';
import type { StatusLook } from '../../../extension/vscode/statusText.ts';
import { permission, typical, upNextRow, waitingRow } from '../../fixtures/webview/models.ts';

const now = 1_800_000_000_000;
const quiet = { needsYou: { rows: [], more: 0 } } satisfies Partial<QueueViewModel>;
const open = { state: 'open', message: null } as const;

/** The single place that knows how to ask; cases below are only data. */
function look(model: QueueViewModel, lastKind: string | null = null): StatusLook | null {
  return statusOf({ model, failure: null, lastKind, now });
}

function atRest(more: Partial<QueueViewModel> = {}): QueueViewModel {
  const lane = { phase: 'idle', owner: null, since: null, message: null, resumesAt: null } as const;
  return { ...emptyModel(now, true, open), lane, ...more };
}

function waiting(count: number): Partial<QueueViewModel> {
  const rows = [upNextRow(1, 'first'), upNextRow(2, 'second')];
  return {
    upNext: { rows, more: count - 3, estimateMs: null },
    waiting: { rows: [waitingRow(3, 'third')], more: 0 },
  };
}

test('the active task is named with its kind, its word and its time', () => {
  const shown = look({ ...typical(now), ...quiet });
  expect(shown?.text).toBe('$(sync~spin) AI: Working · Narrate the harbour scene · 0:42');
  expect(shown).toMatchObject({ tone: 'plain', ticks: true, click: 'queue' });
});

test('the time goes on without another model', () => {
  const model = { ...typical(now), ...quiet };
  const later = statusOf({ model, failure: null, lastKind: null, now: now + 20_000 });
  expect(later?.text).toContain('· 1:02');
});

test.each([
  ['nothing waits', atRest(), '$(check) AI: Ready'],
  ['three wait', atRest(waiting(3)), '$(check) AI: Ready · 3'],
  ['nobody started it and nothing waits', emptyModel(now, true, open), '$(check) AI: Ready'],
  [
    'nobody started it and twelve wait',
    { ...emptyModel(now, true, open), ...waiting(12) },
    '$(debug-stop) Stopped · 12 waiting · Start',
  ],
  [
    'it is paused',
    atRest({ ...waiting(4), lane: { ...atRest().lane, phase: 'paused' } }),
    '$(debug-pause) Paused · 4 waiting',
  ],
])('at rest, when %s', (_, model, text) => {
  expect(look(model)?.text).toBe(text);
});

test('at rest the ready word is that of the kind that worked last', () => {
  const kinds = [
    { kind: 'ai', label: 'AI', word: 'Ready', state: 'ready', detail: null },
    { kind: 'sd', label: 'SD', word: 'Ready', state: 'ready', detail: null },
  ] as const;
  expect(look(atRest({ kinds: [...kinds] }), 'sd')?.text).toBe('$(check) SD: Ready');
});

test('an error word stays in sight until it is put away', () => {
  const kinds: QueueViewModel['kinds'] = [
    { kind: 'sd', label: 'SD', word: 'Error', state: 'error', detail: 'out of memory' },
  ];
  const shown = look(atRest({ kinds, ...waiting(3) }));
  expect(shown?.text).toBe('$(error) SD: Error · 3');
  expect(shown?.tooltip).toContain('SD: Error (out of memory)');
});

test('what needs a person colours it, whether something runs or not', () => {
  const needsYou = { rows: [permission(now)], more: 1 };
  expect(look(atRest({ needsYou }))).toMatchObject({
    text: '$(check) AI: Ready · $(bell-dot) 2',
    tone: 'warning',
  });
  expect(look({ ...typical(now), needsYou })?.tone).toBe('warning');
});

test('a task that a person stopped is no alarm', () => {
  const rows: QueueViewModel['needsYou']['rows'] = [
    { type: 'interrupted', task: 4, title: 'stopped', by: null, at: now },
  ];
  expect(look(atRest({ needsYou: { rows, more: 0 } }))?.tone).toBe('plain');
});

test('a title is text: no icon, no control character, no reversal, and not endless', () => {
  const title = `$(flame) a\u202eb\u001b[31m ${'long '.repeat(40)}`;
  const base = typical(now);
  const shown = look({ ...base, ...quiet, active: { ...base.active!, title } });
  expect(shown?.text).toMatch(/Working · \\\$\(flame\) ab long long .*… · 0:42$/);
  expect(shown?.text.length).toBeLessThan(90);
});

test('without a queue there is nothing to say', () => {
  expect(look(emptyModel(now, true, { state: 'none', message: null }))).toBeNull();
});

test('without trust it says so, and raises no alarm', () => {
  const shown = look(emptyModel(now, false, { state: 'none', message: null }));
  expect(shown).toMatchObject({ text: '$(shield) Signalbox: Restricted', tone: 'plain' });
});

test('a worker that is gone is an error whose click starts it again', () => {
  const shown = statusOf({ model: typical(now), failure: 'it ended with 1', lastKind: null, now });
  expect(shown).toMatchObject({ tone: 'error', click: 'restart', ticks: false });
});
