/** Views of the queue without a terminal: at any width, in any locale, whatever titles say. */
import { existsSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { openDesk } from '../../../extension/cli/openDesk.ts';
import { overviewOf } from '../../../extension/cli/overview.ts';
import { dashboardLines } from '../../../extension/cli/render/dashboard.ts';
import { renderChain, renderPipeline } from '../../../extension/cli/render/graph.ts';
import { renderTasks } from '../../../extension/cli/render/tasks.ts';
import { widthOf } from '../../../extension/cli/render/width.ts';
import { workloadLines } from '../../../extension/cli/render/workload.ts';
import type { Desk } from '../../../extension/coordinator/desk.ts';
import type { LogRecord } from '../../../extension/core/event.ts';
import { openChains, pipelineOf } from '../../../extension/core/projections/pipeline.ts';
import { workload } from '../../../extension/core/projections/workload.ts';
import { findTask, tasksOf } from '../../../extension/core/queue.ts';
import type { Json } from '../../support/cli.ts';
import { idleProcess, Workspace } from '../../support/cli.ts';
import { eventually } from '../../support/supervisor.ts';

const hostile =
  'Hi \u001b]0;owned\u0007\u001b[2J\u202egnp.exe\u2066 a\u200bb\n# |heading| <b>*x*</b>';
const wide = '日本語のタイトルを翻訳する：とても長い題名なので切り詰められるはずです';
const titles = [hostile, wide, 'Emoji 👩‍👩‍👧‍👦 family 🇩🇪 flag', 'x'.repeat(400)];
const views: readonly (readonly string[])[] = [
  ...[['list'], ['dependencies', '5'], ['pipeline'], ['workload'], ['dashboard', '--once']],
];

/** For tests that only look. */
let plainTasks: Workspace;
let hostileTasks: Workspace;

beforeAll(async () => {
  [plainTasks, hostileTasks] = await Promise.all([someTasks(['A title']), someTasks(titles)]);
});

afterAll(() => {
  plainTasks.dispose();
  hostileTasks.dispose();
});

afterEach(() => {
  vi.unstubAllEnvs();
});

interface Items extends Json {
  readonly items: readonly Json[];
}

/** 1 → 2 → 4 → 5 and 3 → 4; 1 is done, 2 is held, 6 failed for good, 7 is the lane's. */
async function someTasks(named: readonly string[]): Promise<Workspace> {
  const ws = new Workspace();
  await ws.ok('init');
  const title = (n: number) => named[n % named.length] ?? '';
  const dependencies = [[], [1], [], [2, 3], [4], [], []];
  const queue = dependencies.map((each, n) => ({
    ...{ id: n + 1, title: title(n), dependencies: each, estimate_minutes: 10 * n },
    ...(n === 6 && { program: 'shell:true' }),
  }));
  ws.write('in.json', { queue });
  ws.write('AI/agents.json', { agents: { Claude: { capabilities: ['any'], capacity: 4 } } });
  ws.write('AI/recovery/retry_config.json', { max_retries: 0 });
  await ws.ok('import', 'in.json');
  await ws.ok('claim', '1', 'Claude');
  await ws.ok('complete', '1', '--agent', 'Claude');
  await ws.ok('claim', '6', 'Copilot');
  await ws.ok('fail', '6', 'BUILD_ERROR', title(0), '--agent', 'Copilot');
  await ws.ok('claim', '2', 'Claude', '--pid', String(process.pid));
  return ws;
}

/** Every view as the verbs draw it, without a process for each. */
function drawn(desk: Desk, records: readonly LogRecord[], width: number): Record<string, string> {
  vi.stubEnv('COLUMNS', String(width));
  const { queue } = desk;
  const context = desk.pickContext();
  const { now } = context;
  const task = findTask(queue, 5);
  if (task === undefined) throw new Error('There is no task 5');
  const agents = workload(queue, desk.rules, now);
  return {
    list: renderTasks(desk, [...tasksOf(queue, queue.tasks.keys())]),
    dependencies: renderChain(queue, task, context, width),
    pipeline: renderPipeline(queue, pipelineOf(queue, openChains(queue)), context, width),
    workload: workloadLines(agents, new Map(), { now, width, held: true }).join('\n'),
    dashboard: dashboardLines(desk, overviewOf(desk, records), { width }).join('\n'),
  };
}

test('every view fits every width from 40 to 200, whatever titles say', async () => {
  const ws = hostileTasks;
  const desk = await openDesk({ cwd: ws.dir, env: ws.env, workspace: ws.dir, create: false });
  onTestFinished(async () => {
    await desk.close();
  });
  const records = await desk.history();
  for (let width = 40; width <= 200; width += 4) {
    for (const [name, text] of Object.entries(drawn(desk, records, width))) {
      const tooWide = text.split('\n').filter((line) => widthOf(line) > width);
      expect(tooWide, `${name} at ${width}`).toEqual([]);
    }
  }
});

test('no title commands the terminal, or begins a line of its own', async () => {
  const ws = hostileTasks;
  for (const args of views) {
    const { code, stdout } = await ws.run(args, { env: { COLUMNS: '60' } });
    expect(code).toBe(0);
    const text = stdout.replaceAll('\n', ' ');
    // eslint-disable-next-line no-control-regex -- these are what must not come through
    expect(text).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u200b\u202a-\u202e\u2066]/);
    expect(stdout).not.toMatch(/^# /m);
  }
});

test('views are drawn in ASCII where the locale is no UTF-8', async () => {
  const ws = plainTasks;
  for (const args of views) {
    const { stdout } = await ws.run(args, { env: { LC_ALL: 'C' } });
    expect(stdout, args.join(' ')).toMatch(/^[\n -~]+$/);
  }
  const pipeline = await ws.run(['pipeline'], { env: { LC_ALL: 'C' } });
  expect(pipeline.stdout).toContain('`- ');
});

describe('what waits for what', () => {
  test('is told by `dependencies` with what is in the way, and as JSON', async () => {
    const ws = plainTasks;
    const text = await ws.ok('dependencies', '5');
    expect(text).toMatch(/In the way now\n.*#2 .*Claude[^\n]*\n.*#3 /);
    expect(text).toContain('Depends on 4 tasks, 1 completed');
    expect(await ws.json('dependencies', '5')).toMatchObject({
      ...{ ok: true, task: { id: 5, status: 'pending' }, blocked: true },
      ...{ blocked_by: [4], in_the_way: [2, 3], dependents: [] },
    });
    expect(await ws.exits(3, 'dependencies', '99')).toMatchObject({ reason: 'unknown-task' });
  });

  test('is drawn by `pipeline` around a task, or for all that is open', async () => {
    const ws = plainTasks;
    const { items, ...rest } = (await ws.json('pipeline')) as Items;
    expect(rest).toEqual({
      ok: true,
      alone: 2,
      stages: 4,
      longest: [3, 4, 5],
      longest_minutes: 90,
    });
    expect(items.map(({ id, stage }) => [id, stage])).toEqual([
      ...[
        [1, 1],
        [3, 1],
        [2, 2],
        [4, 3],
        [5, 4],
      ],
    ]);
    expect(await ws.ok('pipeline')).toMatch(/#4 A title {2}also after #3\n +└─ · #5/);
    const around = (await ws.json('pipeline', '3')) as Items;
    expect(around.items.map(({ id }) => id)).toEqual([3, 4, 5]);
    expect(await ws.exits(3, 'pipeline', '99')).toMatchObject({ reason: 'unknown-task' });
  });
});

test('`workload` tells for each agent what it holds, did today, and how often it failed', async () => {
  const ws = plainTasks;
  const { items } = (await ws.json('workload')) as Items;
  expect(items.find(({ agent }) => agent === 'Claude')).toMatchObject({
    ...{ capacity: 4, held: [{ task: 2, title: 'A title' }], today: { completed: 1, failed: 0 } },
    failure_rate: 0,
  });
  expect(items.find(({ agent }) => agent === 'Copilot')).toMatchObject({
    failed: 1,
    failure_rate: 1,
  });
  const text = await ws.ok('workload');
  expect(text).toMatch(/Claude +█+░+ {2}1 of 4 {2}1 done today/);
  expect(text).toMatch(/● #2 A title {2}\d+ s/);
});

test('`dashboard` tells what to look at, each with the command that leads on', async () => {
  const ws = plainTasks;
  const said = await ws.json('dashboard');
  expect(said).toMatchObject({ ok: true, done_today: 1, lane: { phase: 'idle' } });
  expect(said['to_look_at']).toMatchObject([
    { type: 'poisoned', task: 6, command: 'signalbox recovery clear 6' },
    { type: 'approval', task: 7, command: 'signalbox approve 7' },
  ]);
  expect(await ws.ok('dashboard')).toMatch(/#6 +A title +gave up after 1 failure: BUILD_ERROR/);
});

test('`dashboard` counts in its head what stands in its lists, and nothing stands in two', async () => {
  const shown = await plainTasks.ok('dashboard');
  expect(shown).toContain('1 running · 1 ready · 2 waiting · 2 to look at · 1 done today');
  const list = (title: string) =>
    new RegExp(`^${title} \\((\\d+)\\)\\n((?:.+\\n)*)`, 'm').exec(shown);
  const tasks = ['Needs a look', 'Running', 'Up next', 'Waiting'].map((title) => {
    const [, count, lines = ''] = list(title) ?? [];
    const ids = [...lines.matchAll(/^. +#(\d+) /gm)].map(([, id]) => Number(id));
    expect(ids, title).toHaveLength(Number(count));
    return ids;
  });
  expect(tasks).toEqual([[6, 7], [2], [3], [4, 5]]);
  const notes = ['Claude, ', 'NORMAL', 'after #2, #3', 'after #4'];
  const columns = notes.map((note) =>
    shown
      .split('\n')
      .map((line) => line.indexOf(note))
      .find((at) => at > 0),
  );
  expect(new Set(columns).size, 'what is said of a task stands below what is said of others').toBe(
    1,
  );
});

test('`list --ready` has what is set aside for an agent, too: that agent may claim it', async () => {
  const ws = await someTasks(['A title']);
  onTestFinished(() => ws.dispose());
  const ready = async (...agent: readonly string[]) =>
    ((await ws.json('list', '--ready', ...agent)) as unknown as readonly Json[]).map(
      ({ id }) => id,
    );
  await ws.ok('balance');
  expect(await ready()).toEqual([3]);
  expect(await ready('--agent', 'Claude')).toEqual([3]);
  expect(await ready('--agent', 'Copilot')).toEqual([]);
});

test('`report` is a document in which texts of tasks are text, printed or written', async () => {
  const ws = hostileTasks;
  const report = await ws.ok('report');
  for (const title of ['Health', 'Counts', 'Active', 'Failures and poison pills', 'Workload']) {
    expect(report).toContain(`\n## ${title}\n`);
  }
  expect(report).toMatch(/\n## Up next\n\n(.*\n){2}\| #3 \| .* \| NORMAL \| any agent \|\n/);
  expect(report).toMatch(/\n## Waiting\n[^#]*(.*\n)*?\| #4 \| .* \| after #2, #3 \|\n/);
  expect(report).toMatch(/\n## Completed today\n\n(.*\n){2}\| #1 \| .* \| Claude \|/);
  expect(report).toMatch(/\n## Last events\n[^]*\n## Versions\n/);
  expect(report).toContain('&lt;b&gt;\\*x\\*&lt;/b&gt;');
  expect(report).toContain('\\|heading\\|');
  expect(report).not.toContain('<b>');
  expect(report).toContain('| poison pill |');
  expect(await ws.ok('report', 'status.md')).toContain(ws.path('status.md'));
  expect(ws.read('status.md')).toContain('# Signalbox report');
  expect(await ws.exits(1, 'report', 'no/such/folder.md')).toMatchObject({ ok: false });
  expect(existsSync(ws.path('no'))).toBe(false);
});

test('`monitor` frees what the dead hold, says so a line a round, and ends when told to', async () => {
  const ws = await someTasks(['A title']);
  onTestFinished(() => ws.dispose());
  const holder = idleProcess();
  await ws.ok('claim', '3', 'Copilot', '--pid', String(holder.pid));
  const monitor = ws.start(['monitor', '--interval', '0.2', '--json']);
  const rounds = () => monitor.said().split('\n').slice(0, -1);
  await eventually('a round', () => rounds().length >= 1, 60_000);
  await holder.end();
  const freed = await eventually(
    'it frees the task',
    () => rounds().find((line) => line.includes('"freed":[3]')),
    60_000,
  );
  expect(JSON.parse(freed)).toMatchObject({ ok: true, freed: [3], running: 1 });
  // The files follow while it runs.
  await eventually('the file says so', () => ws.status(3) === 'pending', 60_000);
  monitor.kill('SIGTERM');
  expect(await monitor.ended).toMatchObject({ code: 0, stderr: '' });
  const plain = ws.start(['monitor']);
  await eventually('a line', () => plain.said().includes('\n'), 60_000);
  plain.kill('SIGINT');
  const { code, stdout } = await plain.ended;
  expect({ code, lines: stdout.split('\n').length }).toEqual({ code: 0, lines: 2 });
  expect(stdout).toMatch(/^\d\d:\d\d:\d\d {2}lane idle · 1 running · .*look at #6 poisoned/);
  expect(await ws.run(['monitor', '--interval', '0'])).toMatchObject({ code: 2 });
});
