/** What a window finds in a folder, what it leaves alone, and what waits for a person's leave. */
import { cpSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isAlive } from '../../../extension/platform/processIdentity.ts';
import { eventually } from '../../support/supervisor.ts';
import { bundleWindows, shell } from '../../support/queueWorker.ts';
import type { Windows } from '../../support/queueWorker.ts';

let windows: Windows;
beforeAll(async () => {
  windows = await bundleWindows();
});
afterAll(() => windows.dispose());

/** Every file and folder below `dir`, with all that changes when it is written. */
function everythingIn(dir: string): readonly string[] {
  return readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .map((name) => {
      const { ino, size, mtimeMs, ctimeMs } = statSync(join(dir, name));
      return [name, ino, size, mtimeMs, ctimeMs].join(' ');
    })
    .sort();
}

describe('a folder without a queue', () => {
  test('stays as it is, whatever is asked but to add or to prepare', async () => {
    const place = windows.newPlace();
    const window = windows.open(place);
    const { end, model } = await window.call('snapshot');
    expect(end).toBe(0);
    expect(model.store).toEqual({ state: 'none', message: null });
    for (const outcome of [
      await window.call('startLane'),
      await window.call('interrupt'),
      await window.call('execute', { type: 'pause', scope: 'lane' }),
    ]) {
      expect(outcome).toMatchObject({ ok: false, reason: 'no-queue' });
    }
    await window.call('close');
    expect(everythingIn(place.folder)).toEqual([]);
    expect(everythingIn(place.home)).toEqual([]);
  });

  test('is noticed once another process begins a queue in it', async () => {
    const place = windows.newPlace();
    const window = windows.open(place);
    await window.call('snapshot');
    await windows.open(place).call('add', shell('Elsewhere', 'true'));
    await window.sees('there is a queue', ({ store }) => store.state === 'open');
  });
});

test('a window in which nobody does anything writes nothing at all', async () => {
  const place = windows.newPlace();
  const busy = windows.open(place);
  await busy.call('prepare');
  await busy.call('execute', { type: 'pause', scope: 'lane' });
  await busy.call('add', shell('Waits', 'echo never'));
  await busy.call('close');
  const before = [everythingIn(place.folder), everythingIn(place.home)];

  const window = windows.open(place);
  const { model } = await window.call('snapshot');
  expect(model.upNext.rows).toMatchObject([{ title: 'Waits' }]);
  expect(await window.call('describeTask', 1)).toContain('echo never');
  expect(await window.call('describeHealth')).toContain('sound up to position');
  await window.call('showMore', { section: 'upNext', rows: 200 });
  await window.call('close');
  expect([everythingIn(place.folder), everythingIn(place.home)]).toEqual(before);
});

test('a queue file that cannot be taken in is not built over', async () => {
  const place = windows.newPlace();
  const file = join(place.folder, 'TASK_QUEUE.json');
  writeFileSync(file, '{"queue": [{"id": 1}]}');
  const window = windows.open(place);
  const refusal = { ok: false, reason: 'invalid-file' };
  expect(await window.call('prepare')).toMatchObject(refusal);
  expect(await window.call('add', shell('New', 'true'))).toMatchObject(refusal);
  expect(readdirSync(place.folder)).toEqual(['TASK_QUEUE.json']);
});

describe('a program that came with a file', () => {
  async function imported(program = 'shell:touch ran', more: object = {}) {
    const place = windows.newPlace();
    const queue = [{ id: 1, title: 'From a file', status: 'pending', program, ...more }];
    writeFileSync(join(place.folder, 'TASK_QUEUE.json'), JSON.stringify({ queue }));
    const window = windows.open(place);
    expect(await window.call('prepare')).toEqual({ ok: true });
    expect(await window.call('startLane')).toEqual({ ok: true });
    const model = await window.sees('it waits', ({ needsYou }) => needsYou.rows.length === 1);
    const [row] = model.needsYou.rows;
    if (row?.type !== 'approval') throw new Error(`No approval, but ${JSON.stringify(row)}`);
    return { window, row, folder: place.folder };
  }
  const hasRun = (folder: string) => readdirSync(folder).includes('ran');

  test('waits for a person, and runs once exactly what was shown is approved', async () => {
    const { window, row, folder } = await imported();
    expect(row).toMatchObject({ task: 1, commandLine: 'touch ran', workingDirectory: folder });
    expect(row.why).toBe('came with a file, imported by you');
    expect(await window.call('runTaskNow', 1)).toMatchObject({ reason: 'needs-approval' });
    const approved = await window.call('approveTask', { task: 1, digest: row.digest });
    expect(approved).toEqual({ ok: true });
    await window.sees('it is done', ({ doneToday }) => doneToday.rows.length === 1);
    expect(hasRun(folder)).toBe(true);
  });

  test('is not approved by what was shown before it was changed', async () => {
    const { window, row, folder } = await imported();
    const edit = { type: 'edit', task: 1, content: { program: 'shell:touch ran other' } } as const;
    expect(await window.call('execute', edit)).toEqual({ ok: true });
    const answer = await window.call('approveTask', { task: 1, digest: row.digest });
    expect(answer).toMatchObject({ ok: false, reason: 'needs-approval' });
    const { model } = await window.call('snapshot');
    expect(model.needsYou.rows).toMatchObject([
      { type: 'approval', commandLine: 'touch ran other' },
    ]);
    expect(hasRun(folder)).toBe(false);
  });

  test('is not approved by adding another program under its key', async () => {
    const { window, folder } = await imported('shell:touch ran', { key: 'nightly' });
    const added = await window.call('add', shell('Harmless', 'true', { key: 'nightly' }));
    expect(added).toMatchObject({ ok: true, task: 1 });
    const { model } = await window.call('snapshot');
    expect(model.needsYou.rows).toMatchObject([{ type: 'approval', commandLine: 'touch ran' }]);
    expect(hasRun(folder)).toBe(false);
  });

  test('that is too long to be shown whole cannot be approved by a click', async () => {
    const long = 'x'.repeat(3_000);
    const { window, row } = await imported(`shell:echo ${long}`, { accept: `test ${long}` });
    const answer = await window.call('approveTask', { task: 1, digest: row.digest });
    expect(answer).toMatchObject({ ok: false, reason: 'needs-approval' });
  });
});

/** A queue whose log was cut back, and a way to make it whole again. */
function damage(folder: string, home: string) {
  const log = join(folder, 'AI', 'log');
  const aside = join(home, 'log');
  cpSync(log, aside, { recursive: true });
  const [segment = ''] = readdirSync(log).filter((name) => name.endsWith('.jsonl'));
  const [first] = readFileSync(join(log, segment), 'utf8').split('\n');
  writeFileSync(join(log, segment), `${first}\n`);
  return function repair() {
    rmSync(log, { recursive: true });
    cpSync(aside, log, { recursive: true });
  };
}

describe('a damaged log', () => {
  test('is shown with what to do, is not written, and opens again once it is whole', async () => {
    const place = windows.newPlace();
    const window = windows.open(place);
    await window.call('prepare');
    await window.call('execute', { type: 'pause', scope: 'lane' });
    await window.call('add', shell('Kept', 'echo kept'));
    await window.sees('it is there', ({ upNext }) => upNext.rows.length === 1);

    const repair = damage(place.folder, place.home);
    const model = await window.sees('it is halted', ({ store }) => store.state === 'halted');
    expect(model.store.message).toMatch(/rewound|damaged/);
    expect(await window.call('add', shell('Not taken', 'true'))).toMatchObject({ ok: false });
    expect(await window.call('describeHealth')).toContain('rewound');

    repair();
    const again = await window.sees('it is whole', ({ store }) => store.state === 'open');
    expect(again.upNext.rows).toMatchObject([{ title: 'Kept' }]);
  });

  test('keeps no program from being stopped, and its task rests once it is whole', async () => {
    const place = windows.newPlace();
    const window = windows.open(place);
    await window.call(
      'add',
      shell('Runs', `bash -c 'test -e go || echo "pid $$"; test -e go || sleep 300'`),
    );
    const { active } = await window.sees('it runs', (model) => model.active !== null);
    const text = await eventually('it says its pid', () => window.textOf(active!.token) || false);
    const pid = Number(/pid (\d+)/.exec(text)?.[1]);

    const repair = damage(place.folder, place.home);
    await window.sees('it is halted', ({ store }) => store.state === 'halted');
    const answer = await window.call('interrupt');
    expect(answer).toMatchObject({ ok: false });
    expect(answer.ok ? '' : answer.message).toContain('was stopped, but');
    expect(isAlive({ pid, startTime: '' })).toBe(false);

    writeFileSync(join(place.folder, 'go'), '');
    repair();
    await window.sees('it rests', ({ store, needsYou }) => {
      return store.state === 'open' && needsYou.rows[0]?.type === 'interrupted';
    });
    expect(await window.call('runTaskNow', 1)).toEqual({ ok: true });
    await window.sees('it is done', ({ doneToday }) => doneToday.rows.length === 1);
  });
});
