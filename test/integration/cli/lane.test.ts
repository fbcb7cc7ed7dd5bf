/** The lane, headless: one program at a time, in the right order, and stop means stop. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Started, Workspace } from '../../support/cli.ts';
import { preparedWorkspace } from '../../support/cli.ts';
import { processesIn } from '../../support/cliProcesses.ts';
import { eventually } from '../../support/supervisor.ts';

const deadlineMs = 90_000;

/** A script that writes when it starts and ends, in nanoseconds. */
const traced = (name: string, work = 'sleep 0.1') =>
  `echo start ${name} $(date +%s%N) >> trace; ${work}; echo end ${name} $(date +%s%N) >> trace`;

/** Hangs, and so does a child in its group, and one in a session of its own; all deaf. */
const hung =
  'trap "" INT TERM; sleep 600 & setsid sh -c "trap \\"\\" INT TERM; sleep 600" & echo working; touch running; while :; do sleep 600; done';

async function started(ws: Workspace, file = 'running'): Promise<void> {
  await eventually(`${file} is there`, () => existsSync(ws.path(file)), deadlineMs);
}

/** Quick deadlines for programs that do not listen. */
function impatient(ws: Workspace): void {
  ws.write('AI/config.json', { interrupt: { ask_ms: 200, terminate_ms: 200 } });
}

async function stopped(lane: Started): Promise<void> {
  lane.kill('SIGINT');
  const { code, stderr } = await lane.ended;
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
}

describe('what the lane runs', () => {
  test('goes by dependencies and priority, one program at a time', async () => {
    const ws = await preparedWorkspace();
    const first = await ws.addShell('Low', traced('low'), '--priority', 'LOW');
    const second = await ws.addShell('High', traced('high'), '--priority', 'HIGH');
    const depends = ['--depends', String(second), '--priority', 'CRITICAL'];
    const third = await ws.addShell('After high', traced('after'), ...depends);
    const ended = await ws.run(['run', '--until-empty', '--json']);
    expect(ended.code).toBe(0);
    expect(JSON.parse(ended.stdout)).toEqual({
      ok: true,
      ran: [second, third, first].map((id) => ({ id, outcome: 'completed' })),
      stays: [],
    });
    expect(traceOf(ws)).toEqual(['high', 'after', 'low']);
    // Each command line is on the screen before it runs.
    expect(ended.stderr).toContain('echo start high');
  });

  test('gets the prompt on its input and says which attempt it is in its environment', async () => {
    const ws = await preparedWorkspace();
    const script = 'cat > prompt; env | grep ^SIGNALBOX_ > environment; pwd > where; echo All done';
    await ws.addShell('Listens', script, '--description', 'Do $(this) `well`', '--session', 's1');
    await ws.ok('run', '--until-empty');
    expect(ws.read('prompt')).toBe('Do $(this) `well`');
    expect(ws.read('where').trim()).toBe(ws.dir);
    const environment = ws.read('environment');
    for (const line of ['SIGNALBOX_TASK=1', 'SIGNALBOX_ATTEMPT=1', 'SIGNALBOX_SESSION=s1']) {
      expect(environment).toContain(line);
    }
    expect(ws.task(1)).toMatchObject({ status: 'completed', result: 'All done' });
    expect(await ws.ok('output', '1')).toBe('All done\n');
    const { items } = (await ws.json('output', '1')) as { items: { type: string; seq: number }[] };
    expect(items.map(({ type }) => type)).toEqual(['chunk', 'complete']);
    expect(items.map(({ seq }) => seq)).toEqual([1, 2]);
  });

  test('is split into arguments and never read by a shell', async () => {
    const ws = await preparedWorkspace();
    await ws.add('Prints', '--program', "shell:printf '%s|' 'two words' $HOME ; touch pwned");
    await ws.ok('run', '--until-empty');
    expect(ws.task(1)['result']).toBe('two words|$HOME|;|touch|pwned|');
    expect(existsSync(ws.path('pwned'))).toBe(false);
  });

  test('never runs twice at once, however many lanes are started', async () => {
    const ws = await preparedWorkspace();
    for (let n = 1; n <= 4; n++) await ws.addShell(`Task ${n}`, traced(String(n), 'sleep 0.3'));
    const lanes = Array.from({ length: 4 }, () => ws.start(['run', '--until-empty', '--json']));
    const ends = await Promise.all(lanes.map(({ ended }) => ended));
    for (const { code, stdout } of ends) {
      if (code !== 0) expect(JSON.parse(stdout)).toMatchObject({ reason: 'lane-held' });
    }
    expect(ends.some(({ code }) => code === 0)).toBe(true);
    expect([...traceOf(ws)].sort()).toEqual(['1', '2', '3', '4']);
  });

  test('fails with its exit code and its last words, and the retry comes by the policy', async () => {
    const ws = await preparedWorkspace();
    await ws.addShell('Fails', 'echo It broke >&2; exit 7');
    const said = await ws.exits(3, 'run', '--until-empty');
    expect(said).toMatchObject({
      ok: false,
      ran: [{ id: 1, outcome: 'failed' }],
      stays: [{ id: 1 }],
    });
    expect(ws.status(1)).toBe('failed');
    expect(await ws.json('recovery', 'list')).toMatchObject({
      items: [{ task: 1, error_class: 'EXIT_7', message: 'It broke' }],
    });
  });

  test('--once ends after one task', async () => {
    const ws = await preparedWorkspace();
    await ws.addShell('One', traced('one'));
    await ws.addShell('Two', traced('two'));
    await ws.exits(3, 'run', '--once');
    expect(ws.queue().map(({ status }) => status)).toEqual(['completed', 'pending']);
  });

  test('--until-empty exits 3 and names what stays, and why', async () => {
    const ws = await preparedWorkspace();
    await ws.addShell('Fails', 'exit 1');
    await ws.addShell('Blocked', 'true', '--depends', '1');
    await ws.addShell('Later', 'true', '--not-before', '2099-01-01T00:00:00Z');
    await ws.add('For an agent');
    const { stays, message } = await ws.exits(3, 'run', '--until-empty');
    expect(stays).toMatchObject([
      { id: 1, why: expect.stringContaining('EXIT_1') },
      { id: 2, why: expect.stringContaining('#1') },
      { id: 3, why: expect.stringContaining('2099') },
    ]);
    expect(message).toContain('Blocked');
    expect(ws.status(4)).toBe('pending');
  });
});

describe('acceptance, limits and validity', () => {
  test('a task completes only if its acceptance command passes', async () => {
    const ws = await preparedWorkspace();
    await ws.addShell('Good', 'touch made', '--accept', 'test -e made');
    await ws.addShell('Bad', 'true', '--accept', 'test -e never');
    await ws.exits(3, 'run', '--until-empty');
    expect(ws.queue().map(({ status }) => status)).toEqual(['completed', 'failed']);
    expect(await ws.json('recovery', 'list')).toMatchObject({
      items: [{ task: 2, error_class: 'ACCEPTANCE_FAILED' }],
    });
  });

  test('a program that outlasts its time is stopped with all it started', async () => {
    const ws = await preparedWorkspace();
    impatient(ws);
    ws.write('AI/recovery/retry_config.json', { timeout_seconds: 1 });
    await ws.addShell('Hangs', hung);
    await ws.exits(3, 'run', '--until-empty');
    expect(ws.events(1).at(-1)).toBe('TIMEOUT');
    expect(processesIn(ws.dir)).toEqual([]);
  });

  test('a task that is not valid when its turn comes is skipped with the reason', async () => {
    const ws = await preparedWorkspace();
    mkdirSync(ws.path('.git'));
    ws.write('.git/HEAD', 'ref: refs/heads/main\n');
    ws.write('there.txt', '');
    const add = (condition: string) => ws.addShell(condition, 'true', '--valid-if', condition);
    for (const valid of ['file:there.txt', 'branch:main', 'cmd:true']) await add(valid);
    for (const invalid of ['file:gone.txt', 'branch:other', 'cmd:false']) await add(invalid);
    await ws.addShell('Too late', 'true', '--deadline', '2020-01-01T00:00:00Z');
    await ws.ok('run', '--until-empty');
    expect(ws.queue().map(({ status }) => status)).toEqual([
      ...['completed', 'completed', 'completed'],
      ...['skipped', 'skipped', 'skipped', 'skipped'],
    ]);
    const skipped = ws.log().filter(({ event }) => event === 'SKIPPED');
    for (const [n, word] of ['gone.txt', 'other', 'false', 'deadline'].entries()) {
      const why = skipped.find(({ task }) => task === n + 4);
      expect(why?.['message']).toContain(word);
    }
  });
});

describe('interrupt', () => {
  test('ends a hung program and all it started, keeps its output, and settles once', async () => {
    const ws = await preparedWorkspace();
    impatient(ws);
    await ws.addShell('Hangs', hung);
    const lane = ws.start(['run']);
    await started(ws);
    expect(await ws.json('status')).toMatchObject({
      lane: { phase: 'running', task: 1, kind: 'ai', since: expect.any(String) },
    });
    expect(await ws.json('interrupt')).toMatchObject({ ok: true, stopped: 1 });
    expect(processesIn(ws.dir).filter((pid) => pid !== lane.pid)).toEqual([]);
    expect(ws.status(1)).toBe('interrupted');
    expect(ws.events(1).filter((event) => event === 'INTERRUPTED')).toHaveLength(1);
    expect(await ws.ok('output', '1')).toMatch(/^working\n/);
    // It rests: the lane does not take it again by itself.
    expect(await ws.json('interrupt')).toMatchObject({ stopped: null });
    expect(await ws.exits(3, 'wait', '1')).toMatchObject({ reason: 'interrupted' });
    await stopped(lane);
    expect(ws.events(1).filter((event) => event === 'CLAIMED')).toHaveLength(1);
  });

  test('lets the next task start only when all is quiet, after the farewell', async () => {
    const ws = await preparedWorkspace();
    impatient(ws);
    const farewell = `sh -c 'echo farewell >> trace; sleep 0.3; echo over >> trace'`;
    writeFileSync(`${ws.home}/farewells.json`, JSON.stringify({ bye: farewell }));
    await ws.addShell('Hangs', hung.replace('touch running', 'echo hung >> trace; touch running'));
    await ws.addShell('Next', 'echo next >> trace');
    const lane = ws.start(['run']);
    await started(ws);
    await ws.ok('interrupt', '--farewell', 'bye');
    await ws.ok('wait', '2', '--timeout', '90');
    expect(ws.read('trace')).toBe('hung\nfarewell\nover\nnext\n');
    await stopped(lane);
  });

  test('--clear ends the waiting tasks of the lane, each skipped', async () => {
    const ws = await preparedWorkspace();
    impatient(ws);
    await ws.addShell('Hangs', hung);
    await ws.addShell('Waits', 'touch ran');
    await ws.add('For an agent');
    const lane = ws.start(['run']);
    await started(ws);
    expect(await ws.json('interrupt', '--clear')).toMatchObject({ stopped: 1 });
    expect(ws.queue().map(({ status }) => status)).toEqual(['interrupted', 'skipped', 'pending']);
    await stopped(lane);
    expect(existsSync(ws.path('ran'))).toBe(false);
  });

  test('cancel of the running task stops it first', async () => {
    const ws = await preparedWorkspace();
    impatient(ws);
    await ws.addShell('Hangs', hung);
    const lane = ws.start(['run']);
    await started(ws);
    expect(await ws.json('cancel', '1', 'Not wanted')).toMatchObject({ ok: true, id: 1 });
    expect(processesIn(ws.dir).filter((pid) => pid !== lane.pid)).toEqual([]);
    expect(ws.status(1)).toBe('cancelled');
    await stopped(lane);
  });

  test('needs no log that can be written: the program is stopped all the same', async () => {
    const ws = await preparedWorkspace();
    impatient(ws);
    await ws.addShell('Hangs', hung);
    const lane = ws.start(['run']);
    await started(ws);
    // Not a byte more may be written to any file, as on a full disk; root is held to it, too.
    const { code, stdout } = await ws.runOnFullDisk(['interrupt', '--json']);
    const programs = () => processesIn(ws.dir).filter((pid) => pid !== lane.pid);
    await eventually('the program is gone', () => programs().length === 0, deadlineMs);
    expect(code).toBe(3);
    expect(JSON.parse(stdout)).toMatchObject({
      ok: false,
      message: expect.stringContaining('was stopped'),
    });
    await eventually(
      'the lane settled it',
      async () => (await ws.json('show', '1'))['status'] === 'interrupted',
    );
    await stopped(lane);
    expect(ws.events(1).filter((event) => event === 'CLAIMED')).toHaveLength(1);
  });
});

test('interrupt stops a program whose log has halted, and says that it is not on record', async () => {
  const ws = await preparedWorkspace();
  impatient(ws);
  await ws.addShell('Hangs', hung);
  const lane = ws.start(['run']);
  await started(ws);
  for (const title of ['Lost', 'Left']) await ws.add(title);
  const lines = ws.read('AI/log/seg-1.jsonl').split('\n');
  const lost = lines.findIndex((line) => line.includes('"Lost"'));
  ws.write('AI/log/seg-1.jsonl', lines.toSpliced(lost, 1).join('\n'));

  expect(await ws.exits(5, 'interrupt')).toMatchObject({
    ok: false,
    reason: 'store-halted',
    stopped: 1,
    message: expect.stringContaining('was stopped'),
  });
  const programs = () => processesIn(ws.dir).filter((pid) => pid !== lane.pid);
  await eventually('the program is gone', () => programs().length === 0, deadlineMs);
  lane.kill('SIGKILL');
  await lane.ended;
});

describe('the lane itself', () => {
  test('gives its task back when it is closed', async () => {
    const ws = await preparedWorkspace();
    impatient(ws);
    await ws.addShell('Hangs', hung);
    const lane = ws.start(['run']);
    await started(ws);
    await stopped(lane);
    expect(processesIn(ws.dir)).toEqual([]);
    expect(ws.task(1)).toMatchObject({ status: 'pending', attempts: 1 });
    expect(ws.events(1)).toEqual(expect.arrayContaining(['CLAIMED', 'RELEASED']));
    expect(await ws.json('status')).toMatchObject({ lane: { phase: 'idle', owner: null } });
  });

  test('stops its program when it is closed while the log is damaged', async () => {
    const ws = await preparedWorkspace();
    impatient(ws);
    await ws.addShell('Hangs', hung);
    const lane = ws.start(['run']);
    await started(ws);
    rmSync(ws.path('AI/log/seg-1.jsonl'));
    lane.kill('SIGINT');
    const { code } = await lane.ended;
    expect(code).toBe(5);
    await eventually('nothing is left', () => processesIn(ws.dir).length === 0, deadlineMs);
  });

  test('starts nothing while it is paused, and goes on when resumed', async () => {
    const ws = await preparedWorkspace();
    await ws.ok('pause');
    await ws.addShell('Waits', traced('one'));
    const said = await ws.exits(3, 'run', '--until-empty');
    expect(said['stays']).toMatchObject([{ id: 1, why: expect.stringContaining('paused') }]);
    const lane = ws.start(['run']);
    await ws.ok('resume');
    await ws.ok('wait', '1', '--timeout', '90');
    await stopped(lane);
  });

  test('takes what is added while it runs', async () => {
    const ws = await preparedWorkspace();
    const lane = ws.start(['run']);
    await ws.addShell('One', traced('one'));
    await ws.ok('wait', '1', '--timeout', '90');
    await stopped(lane);
  });

  test('is refused to a second run while the first one lives', async () => {
    const ws = await preparedWorkspace();
    const lane = ws.start(['run']);
    await eventually('the lane is owned', async () => {
      const { lane: state } = (await ws.json('status')) as { lane: { owner: string | null } };
      return state.owner !== null;
    });
    expect(await ws.exits(3, 'run', '--until-empty')).toMatchObject({ reason: 'lane-held' });
    await stopped(lane);
  });

  test('interrupts what may be interrupted for what is critical, and goes back to it', async () => {
    const ws = await preparedWorkspace();
    impatient(ws);
    const once = 'test -e running && { echo again >> trace; exit 0; }; touch running; sleep 600';
    await ws.addShell('Long', once, '--preemptible');
    const lane = ws.start(['run']);
    await started(ws);
    await ws.addShell('Urgent', 'echo urgent >> trace', '--priority', 'CRITICAL');
    await ws.ok('wait', '1', '--timeout', '90');
    expect(ws.read('trace')).toBe('urgent\nagain\n');
    expect(ws.events(1)).toEqual(expect.arrayContaining(['PREEMPTED', 'COMPLETED']));
    expect(ws.task(1)).toMatchObject({ status: 'completed', attempts: 2 });
    await stopped(lane);
  });
});

/** The programs in the order of their starts; fails where two overlapped. */
function traceOf(ws: Workspace): readonly string[] {
  const order: string[] = [];
  const lines = readFileSync(ws.path('trace'), 'utf8').trim().split('\n');
  for (let n = 0; n < lines.length; n += 2) {
    const [start, name = '', startedAt = ''] = lines[n]!.split(' ');
    const [end, ended, endedAt = ''] = (lines[n + 1] ?? '').split(' ');
    expect([start, end, ended], lines.join('\n')).toEqual(['start', 'end', name]);
    const before = lines[n - 1]?.split(' ')[2] ?? '0';
    expect(BigInt(startedAt) >= BigInt(before) && BigInt(endedAt) >= BigInt(startedAt)).toBe(true);
    order.push(name);
  }
  return order;
}
