/** What the queue view shows follows from the queue, the clock and what is known of processes. */
import { describe, expect, test } from 'vitest';
import type { Instant, TaskId } from '../../../extension/core/ids.ts';
import { instant } from '../../../extension/core/ids.ts';
import type { Queue } from '../../../extension/core/queue.ts';
import type { PermissionRow, ViewInput } from '../../../extension/view/viewInput.ts';
import { viewModel } from '../../../extension/view/viewModel.ts';
import { clockTime, midnightBefore } from '../../../extension/view/words.ts';
import { parseSettings } from '../../../extension/protocol/settings.ts';
import type { QueueViewModel } from '../../../extension/protocol/webviewModel.ts';
import { queueViewModel, usualListRows } from '../../../extension/protocol/webviewModel.ts';
import {
  add,
  addProgram,
  cancel,
  claim,
  complete,
  fail,
  given,
  interrupt,
  laneClaim,
  laneHolder,
  later,
  minute,
  settle,
  start,
  takeLane,
} from '../../support/core.ts';
import type { Step, World } from '../../support/core.ts';

const { kinds } = parseSettings({});

/** The single place that knows how the model is built; every model is one that may cross. */
function shownBy(world: World, changed: Partial<ViewInput> = {}): QueueViewModel {
  const model = viewModel({
    now: world.now,
    queue: world.queue,
    context: { now: world.now, rules: world.rules, locked: world.locked },
    store: { state: 'open', message: null },
    kinds,
    workspaceDir: '/work',
    self: 'human:ann',
    ownLabel: 'VS Code',
    started: true,
    ownsLane: true,
    isGone: () => false,
    isApproved: () => true,
    digestOf: ({ content }) => `digest of ${content.program ?? 'nothing'}`,
    originOf: () => 'added by Claude',
    live: null,
    questions: [],
    dismissed: new Map(),
    health: [],
    rows: {},
    ...changed,
  });
  return queueViewModel.parse(model);
}

const shown = (steps: readonly Step[], changed?: Partial<ViewInput>) =>
  shownBy(given(...steps), changed);

/** The lane's attempt fails that began with the newest event. */
const failLane = (task: TaskId, errorClass: string) => (queue: Queue) =>
  fail(task, errorClass, { token: queue.end });

const at = (ms: number) => clockTime(start + ms, start);

describe('the lane', () => {
  const running = [addProgram('Paint', { kind: 'sd' }), takeLane, laneClaim(1)];

  test('that nobody started and nobody owns is stopped', () => {
    const model = shown([addProgram('Paint')], { started: false, ownsLane: false });
    expect(model.lane).toMatchObject({ phase: 'stopped', owner: null });
  });

  test('that another process owns shows its phase and who that is', () => {
    const theirs = { started: false, ownsLane: false };
    expect(shown(running, theirs).lane).toMatchObject({ phase: 'running', owner: 'signalbox run' });
    const window = { ...takeLane, label: 'VS Code' };
    const model = shown([addProgram('Paint'), window, laneClaim(1)], theirs);
    expect(model.lane.owner).toBe('another window');
  });

  test('whose owner is gone shows its task among those that wait', () => {
    const model = shown(running, { started: false, ownsLane: false, isGone: () => true });
    expect(model.lane.phase).toBe('stopped');
    expect(model.active).toBeNull();
    expect(model.waiting.rows).toMatchObject([{ id: 1, reason: 'other' }]);
    expect(model.kinds).toMatchObject([{ kind: 'ai' }, { kind: 'sd', state: 'ready' }]);
    expect(model.workload.rows).toEqual([]);
  });

  test('that runs shows the attempt with what its program said', () => {
    const world = given(...running);
    const token = world.token(1);
    const live = {
      token,
      output: { seq: 3, text: 'brush', cut: false },
      percent: 40,
      progress: 'sky',
      tools: [{ toolId: 'a', title: 'Read a.md', status: 'done' as const }],
    };
    expect(shownBy(world, { live }).active).toMatchObject({
      id: 1,
      token,
      kindLabel: 'SD',
      agent: 'shell',
      attempt: 1,
      maxAttempts: 4,
      percent: 40,
      progress: 'sky',
      output: live.output,
      tools: live.tools,
    });
    const other = { ...live, token: token + 1 };
    expect(shownBy(world, { live: other }).active).toMatchObject({ percent: null, tools: [] });
  });

  test('says who stopped what runs, and what keeps it from starting more', () => {
    const stopping = shown([...running, { ...interrupt(), by: 'human:bob' }]);
    expect(stopping.lane).toMatchObject({ phase: 'stopping', message: 'Stopped by bob' });
    const paused = shown([{ type: 'pause', scope: 'queue' }]);
    expect(paused.lane.phase).toBe('paused');
    expect(paused.lane.message).toContain('agents too');
    const held = { type: 'laneReport', data: { action: 'held', pids: [7, 8] } } as const;
    expect(shown([takeLane, held]).lane).toMatchObject({
      phase: 'held',
      message: 'Processes of a stopped program do not end: 7, 8',
    });
  });
});

describe('kinds', () => {
  test('are shown with their words where a task uses them, and ai always', () => {
    expect(shown([]).kinds).toEqual([
      { kind: 'ai', label: 'AI', word: 'Ready', state: 'ready', detail: null },
    ]);
    const model = shown([
      addProgram('One', { kind: 'sd' }),
      add('Two', { kind: 'own' }),
      takeLane,
      laneClaim(1),
    ]);
    expect(model.kinds.map(({ label, word, state }) => `${label}: ${word} (${state})`)).toEqual([
      'AI: Ready (ready)',
      'SD: Generating (working)',
      'own: Ready (ready)',
    ]);
  });

  const failed = [
    addProgram('Paint', { kind: 'sd' }),
    takeLane,
    laneClaim(1),
    failLane(1, 'NO_GPU'),
  ];

  test('show an error from a failure until the next start of the kind', () => {
    const world = given(...failed);
    expect(shownBy(world).kinds[1]).toMatchObject({ state: 'error', word: 'Error' });
    expect(shownBy(world).kinds[1]?.detail).toBe('Paint: NO_GPU, it broke');
    expect(shownBy(world).lane.phase).toBe('idle');
    const next = given(
      ...failed,
      addProgram('Again', { kind: 'sd' }),
      laneClaim(2),
      settle(2, 'release'),
    );
    expect(shownBy(next).kinds[1]).toMatchObject({ state: 'ready' });
  });

  test('show no error that was put away, but the next one', () => {
    const world = given(...failed);
    const dismissed = new Map<string, number>([['sd', world.task(1).lastClaim!.token]]);
    expect(shownBy(world, { dismissed }).kinds[1]?.state).toBe('ready');
    expect(shownBy(world, { dismissed: new Map([['sd', 1]]) }).kinds[1]?.state).toBe('error');
  });

  test('show no error of a task that was ended since', () => {
    expect(shown([...failed, cancel(1)]).kinds[1]?.state).toBe('ready');
  });
});

describe('what waits', () => {
  test('says after which tasks, by name', () => {
    const model = shown([
      add('Narrate the harbour scene'),
      add('Two'),
      add('Three'),
      add('After one', { dependencies: [1] }),
      add('After three', { dependencies: [1, 2, 3] }),
    ]);
    expect(model.waiting.rows.map(({ why }) => why)).toEqual([
      'after #1 Narrate the harbour scene',
      'after #1 Narrate the harbour scene, #2 Two and 1 more',
    ]);
    expect(model.waiting.rows[0]).toMatchObject({ reason: 'dependency', dueAt: null });
  });

  test('says when it is tried again, and after which error', () => {
    const model = shown([addProgram('Publish'), takeLane, laneClaim(1), failLane(1, 'TIMEOUT')]);
    expect(model.waiting.rows[0]).toMatchObject({
      reason: 'retry',
      why: `second try at ${at(5 * minute)}, after TIMEOUT`,
      dueAt: start + 5 * minute,
    });
  });

  test('says what else it waits for', () => {
    const notBeforeAt = instant(start + 90 * minute);
    const model = shown([
      add('Scheduled', { notBeforeAt }),
      add('Gone'),
      add('Blocked', { dependencies: [2] }),
      cancel(2),
    ]);
    expect(model.waiting.rows.map(({ reason, why }) => [reason, why])).toEqual([
      ['schedule', `not before ${at(90 * minute)}`],
      ['dependency', 'blocked: #2 Gone did not complete'],
    ]);
  });

  test('only for approval stands where it can be given', () => {
    const steps = [addProgram('Check links', { accept: 'make check', validIf: 'cmd:test -e x' })];
    const model = shown(steps, { isApproved: () => false });
    expect(model.waiting.rows).toEqual([]);
    expect(model.upNext.rows).toEqual([]);
    expect(model.needsYou.rows).toEqual([
      {
        type: 'approval',
        task: 1,
        title: 'Check links',
        digest: 'digest of shell:true',
        commandLine: 'true\nthen accepted if: make check\nonly if: test -e x',
        workingDirectory: '/work',
        environment: [],
        why: 'added by Claude',
        at: start,
      },
    ]);
  });

  test('for something else too can be approved before that is over', () => {
    const steps = [add('First'), addProgram('Then', { dependencies: [1] })];
    const model = shown(steps, { isApproved: () => false });
    expect(model.waiting.rows).toMatchObject([{ id: 2, reason: 'dependency' }]);
    expect(model.needsYou.rows).toMatchObject([{ type: 'approval', task: 2 }]);
  });
});

describe('what comes next', () => {
  test('stands in the order of its turns, with who it is for and why', () => {
    const model = shown([
      addProgram('Lane', { estimateMinutes: 2 }),
      add('Agents'),
      addProgram('Urgent', { priority: 'HIGH', estimateMinutes: 3 }),
    ]);
    expect(model.upNext.rows.map(({ title, agent }) => [title, agent])).toEqual([
      ['Urgent', null],
      ['Lane', null],
      ['Agents', 'any agent'],
    ]);
    expect(model.upNext.rows[0]?.why).toBe(`HIGH, queued at ${at(0)}`);
    expect(model.upNext.estimateMs).toBe(5 * minute);
  });

  test('is no longer than usual unless more is asked for', () => {
    const steps = Array.from({ length: usualListRows + 50 }, (_, n) => addProgram(`Task ${n}`));
    expect(shown(steps).upNext).toMatchObject({ more: 50, estimateMs: null });
    const asked = shown(steps, { rows: { upNext: 120 } }).upNext;
    expect([asked.rows.length, asked.more]).toEqual([120, 30]);
  });
});

describe('what needs a person', () => {
  const question: PermissionRow = {
    type: 'permission',
    questionId: 'q1',
    task: 1,
    title: 'Move sessions',
    agent: 'Codex',
    wants: 'asks: Run it',
    subject: 'npm run migrate',
    options: [{ optionId: 'y', label: 'Yes', kind: 'allow_once' }],
    askedAt: start,
    later: false,
  };

  test('begins with questions; those that were put off come last', () => {
    const steps = [addProgram('Move sessions'), takeLane, laneClaim(1), addProgram('New')];
    const questions = [
      { ...question, later: true },
      { ...question, questionId: 'q2' },
    ];
    const model = shown(steps, { questions, isApproved: () => false });
    expect(
      model.needsYou.rows.map((row) => ('questionId' in row ? row.questionId : row.type)),
    ).toEqual(['q2', 'approval', 'q1']);
    expect(model.workload.rows).toMatchObject([{ lane: true, state: 'asks', held: 1 }]);
  });

  test('names who stopped a task, and why one gave up', () => {
    const model = shown([
      addProgram('Stopped'),
      takeLane,
      laneClaim(1),
      { ...interrupt(), by: 'human:ann' },
      settle(1, 'interrupt'),
      add('Bad'),
      { rules: { retry: { ...given().rules.retry, maxRetries: 0 } } },
      claim(2, 'Claude'),
      fail(2, 'BUILD_ERROR', { agent: 'Claude' }),
    ]);
    expect(model.needsYou.rows).toMatchObject([
      { type: 'interrupted', task: 1, by: 'you' },
      {
        type: 'poisoned',
        task: 2,
        agent: 'Claude',
        errorClass: 'BUILD_ERROR',
        message: 'it broke',
      },
    ]);
  });
});

describe('the other lists', () => {
  test('name every agent that holds a task, and whether it is gone', () => {
    const steps = [
      add('One'),
      add('Two'),
      claim(1, 'Claude'),
      claim(2, 'human:ann', { process: laneHolder }),
    ];
    const model = shown(steps, { isGone: (holder) => holder.pid === laneHolder.pid });
    expect(model.workload.rows).toMatchObject([
      { agent: 'Claude', lane: false, state: 'working', running: 1, capacity: 1 },
      { agent: 'you', state: 'gone', running: 0, held: 1 },
    ]);
  });

  test('show what ended since midnight, the newest first, with results and reasons', () => {
    const untilMidnight = midnightBefore(start + 24 * 60 * minute) - start;
    const world = given(
      add('Yesterday'),
      claim(1, 'Claude'),
      complete(1),
      later(untilMidnight + minute),
      add('Today'),
      claim(2, 'Claude'),
      complete(2),
      add('Not wanted'),
      cancel(3),
    );
    expect(shownBy(world).doneToday.rows).toMatchObject([
      { id: 3, status: 'cancelled', agent: null, result: 'Cancelled' },
      { id: 2, status: 'completed', agent: 'Claude', result: 'done' },
    ]);
  });

  test('cut texts to what may cross', () => {
    const title = '\u{1F600}'.repeat(5_000);
    const model = shown([
      add(title),
      addProgram(title, { session: title }),
      takeLane,
      laneClaim(2),
    ]);
    expect(model.upNext.rows[0]?.title.length).toBeLessThanOrEqual(4_000);
    // It throws where a character was cut in two.
    expect(encodeURIComponent(model.active?.session ?? '')).not.toBe('');
  });
});

test('another day is named in a time, and today is not', () => {
  const noon = new Date(2026, 2, 3, 12).getTime();
  expect(clockTime(noon, noon)).toBe('12:00');
  expect(clockTime(noon, (noon + 24 * 60 * minute) as Instant)).toBe('Mar 3, 12:00');
});
