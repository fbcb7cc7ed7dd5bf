/** Killed at any instant: nothing acknowledged is lost, nothing is recorded twice. */
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { describe, expect, onTestFailed, test } from 'vitest';
import type { Json, Workspace } from '../../support/cli.ts';
import { preparedWorkspace } from '../../support/cli.ts';
import { acceptedLines } from '../../support/cliChain.ts';
import { processesIn } from '../../support/cliProcesses.ts';
import { eventually } from '../../support/supervisor.ts';

const long = process.env['SIGNALBOX_LONG'] === '1';
const rounds = long ? 150 : 6;
const lanes = 3;

/** Kills commands at random instants, and repeats each under its id until it is acknowledged. */
class Killer {
  readonly #ws: Workspace;
  /** How long commands take here and now: the one that was let live last. */
  #usualMs = 1_000;
  /** For whoever reads of a failure. */
  readonly diary: string[] = [];
  killed = 0;

  constructor(ws: Workspace) {
    this.#ws = ws;
    onTestFailed(() => console.log(this.diary.join('\n')));
  }

  async untilAcknowledged(...args: readonly string[]): Promise<Json> {
    const command = [...args, '--command-id', randomUUID(), '--json'];
    for (let tries = 0; ; tries++) {
      // More time with each try: on a machine that others load, the usual time is a guess.
      const afterMs = Math.random() * this.#usualMs * (2 + tries);
      const startedAt = performance.now();
      const started = this.#ws.start(command);
      const timer = setTimeout(() => started.kill('SIGKILL'), afterMs);
      const { code, stdout, stderr } = await started.ended;
      clearTimeout(timer);
      const how = code === null ? `killed after ${afterMs.toFixed(1)} ms` : `exit ${code}`;
      this.diary.push(`${command.join(' ')}: ${how} ${stdout.trim()} ${stderr.trim()}`);
      if (code === null) this.killed++;
      else this.#usualMs = performance.now() - startedAt;
      // What was printed before the kill is an acknowledgement all the same.
      if (stdout.endsWith('\n')) return JSON.parse(stdout) as Json;
      expect(code, stderr).toBe(null);
    }
  }
}

async function expectSound(ws: Workspace): Promise<void> {
  await ws.ok('status');
  const accepted = acceptedLines(ws.path('AI/log/seg-1.jsonl'));
  expect(ws.read('AI/audit/task_audit.jsonl')).toBe(`${accepted.join('\n')}\n`);
  expect(await ws.json('audit', 'verify')).toMatchObject({ ok: true, seq: accepted.length });
  expect(await ws.json('health')).toMatchObject({ ok: true });
}

const timeout = long ? 3_600_000 : 300_000;

describe('kill -9 at random instants', () => {
  test('of add, claim and complete loses and repeats nothing', { timeout }, async () => {
    const ws = await preparedWorkspace();
    const killer = new Killer(ws);
    const acknowledged: { id: number; title: string; token: number }[] = [];
    await Promise.all(
      Array.from({ length: lanes }, async (_, lane) => {
        for (let n = 0; n < rounds; n++) {
          const title = `Task ${lane}.${n}`;
          const added = await killer.untilAcknowledged('add', title);
          expect(added, title).toMatchObject({ ok: true });
          const id = added['id'] as number;
          const claimed = await killer.untilAcknowledged('claim', String(id), `agent-${lane}`);
          expect(claimed, title).toMatchObject({ ok: true, task: { title } });
          const token = claimed['token'] as number;
          const ended = await killer.untilAcknowledged(
            ...['complete', String(id), title, '--token', String(token)],
          );
          expect(ended, title).toMatchObject({ ok: true, id });
          acknowledged.push({ id, title, token });
        }
      }),
    );

    expect(killer.killed).toBeGreaterThan(rounds);
    await expectSound(ws);
    expect(ws.queue()).toHaveLength(lanes * rounds);
    for (const { id, title, token } of acknowledged) {
      expect(ws.task(id)).toMatchObject({ title, status: 'completed', result: title, attempts: 1 });
      const lines = ws.audit().filter(({ task }) => task === id);
      expect(lines.map(({ event }) => event)).toEqual(['CREATED', 'CLAIMED', 'COMPLETED']);
      expect(lines[1]?.seq).toBe(token);
    }
  });

  test(
    'of next --claim and fail records each claim and each failure once',
    { timeout },
    async () => {
      const ws = await preparedWorkspace();
      ws.write('AI/recovery/retry_config.json', { max_retries: 100, poison_pill_threshold: 1000 });
      await ws.add('Fails often');
      const killer = new Killer(ws);
      const tokens: number[] = [];
      for (let n = 1; n <= rounds; n++) {
        const claimed = await killer.untilAcknowledged('next', 'Copilot', '--claim');
        expect(claimed).toMatchObject({ ok: true, task: { id: 1, attempts: n } });
        tokens.push(claimed['token'] as number);
        await killer.untilAcknowledged(
          'fail',
          '1',
          'X',
          `Failure ${n}`,
          '--token',
          `${tokens.at(-1)}`,
        );
        await killer.untilAcknowledged('retry', '1');
      }
      await expectSound(ws);
      const claims = ws.audit().filter(({ event }) => event === 'CLAIMED');
      expect(claims.map(({ seq }) => seq)).toEqual(tokens);
      expect(ws.events().filter((event) => event === 'FAILED')).toHaveLength(rounds);
    },
  );
});

describe('kill -9 of signalbox run', () => {
  /** Says when it starts and ends, with a child of its own in another session. */
  const program = (name: string) =>
    `echo start ${name} >> trace; setsid sleep 600 & sleep 0.3; echo end ${name} >> trace`;

  test('leaves no program running, and the next run settles and goes on', { timeout }, async () => {
    const ws = await preparedWorkspace();
    const count = long ? 30 : 4;
    // The last one ends only after a kill, so that there is one however late the timer below comes.
    const last = `until test -e killed; do sleep 0.05; done; ${program(String(count))}`;
    for (let n = 1; n < count; n++) await ws.addShell(`Task ${n}`, program(String(n)));
    await ws.addShell(`Task ${count}`, last);
    // Killed attempts expire, and expired leases count towards the threshold.
    ws.write('AI/recovery/retry_config.json', { poison_pill_threshold: 1_000 });

    let kills = 0;
    for (let done = false; !done;) {
      const running = ws.start(['run', '--until-empty', '--json']);
      const events = ws.audit().length;
      // The lane makes some progress each time, and dies somewhere in the next attempt.
      await eventually(
        'the lane goes on',
        () => running.child.exitCode !== null || logLines(ws) > events + 4,
        60_000,
      );
      const timer = setTimeout(() => running.kill('SIGKILL'), Math.random() * 900);
      const { code, stdout } = await running.ended;
      clearTimeout(timer);
      if (code === null) {
        kills++;
        ws.write('killed', '');
        await eventually('no program is left', () => processesIn(ws.dir).length === 0, 30_000);
      } else {
        expect({ code, stdout }).toMatchObject({ code: 0 });
        done = true;
      }
    }

    expect(kills).toBeGreaterThan(0);
    await expectSound(ws);
    expect(ws.queue().map(({ status }) => status)).toEqual(
      Array.from({ length: count }, () => 'completed'),
    );
    for (const { id } of ws.queue()) {
      const events = ws.events(id);
      expect(events.filter((event) => event === 'COMPLETED')).toHaveLength(1);
      const ends = ['COMPLETED', 'LEASE_EXPIRED'];
      const attempts = events.filter((event) => event === 'CLAIMED').length;
      expect(events.filter((event) => ends.includes(event))).toHaveLength(attempts);
    }
    expectOneAtATime(ws.read('trace'));
  });

  test('settles the attempt it left as soon as the next run begins', async () => {
    const ws = await preparedWorkspace();
    await ws.addShell('Hangs once', 'test -e again && exit 0; touch again; sleep 600');
    const running = ws.start(['run']);
    await eventually('the program runs', () => existsSync(ws.path('again')), 60_000);
    running.kill('SIGKILL');
    await running.ended;
    await eventually('its program is gone', () => processesIn(ws.dir).length === 0, 30_000);
    expect(await ws.json('show', '1')).toMatchObject({ status: 'in_progress' });
    expect(await ws.json('run', '--until-empty')).toMatchObject({
      ok: true,
      ran: [{ id: 1, outcome: 'completed' }],
    });
    expect(ws.events(1)).toEqual(
      expect.arrayContaining(['CLAIMED', 'LEASE_EXPIRED', 'CLAIMED', 'COMPLETED']),
    );
    expect(ws.task(1)).toMatchObject({ status: 'completed', attempts: 2 });
  });
});

test('with every projection deleted in between, all of them come back', async () => {
  const ws = await preparedWorkspace();
  for (let n = 1; n <= 3; n++) {
    await ws.add(`Task ${n}`);
    for (const each of ['TASK_QUEUE.json', 'AI/audit', 'AI/locks', 'AI/recovery', 'AI/output']) {
      rmSync(ws.path(each), { recursive: true, force: true });
    }
    await ws.ok('claim', String(n), 'Copilot');
    expect(ws.queue()).toHaveLength(n);
    expect(ws.hasLock(1)).toBe(true);
  }
  await ws.add('For the lane', '--program', 'shell:echo kept');
  rmSync(ws.path('AI/output'), { recursive: true, force: true });
  await ws.ok('run', '--until-empty');
  expect(await ws.ok('output', '4')).toBe('kept\n');
  await expectSound(ws);
});

function logLines(ws: Workspace): number {
  return readFileSync(ws.path('AI/log/seg-1.jsonl'), 'utf8').split('\n').length - 1;
}

/** Two starts in a row are an attempt that was killed; an end is that of the start before it. */
function expectOneAtATime(trace: string): void {
  let running = '';
  for (const line of trace.trim().split('\n')) {
    const [what, name = ''] = line.split(' ');
    if (what === 'start') running = name;
    else expect(name, trace).toBe(running);
  }
}
