/**
 * Many long-lived agents on one queue, killed and stopped at random: each task is completed once,
 * no two tokens of it live at once, and nothing that was acknowledged is lost.
 */
import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { preparedWorkspace, startProcess } from '../../support/cli.ts';
import type { LineWords, Started, Workspace } from '../../support/cli.ts';
import { readNotes } from '../../support/chaosNotes.ts';
import type { ChaosNote } from '../../support/chaosNotes.ts';
import { bundle, eventually } from '../../support/supervisor.ts';

const long = process.env['SIGNALBOX_LONG'] === '1';
const agents = long ? 50 : 12;
const tasks = long ? 1_000 : 120;
/** With all agents at work, twice as many claims are held at once as there are agents. */
const claimsEach = 2;
const longestStopMs = long ? 30_000 : 1_500;
const deadlineMs = long ? 3_000_000 : 240_000;

let program: Awaited<ReturnType<typeof bundle>>;
beforeAll(async () => {
  program = await bundle('test/support/chaosAgent.ts');
});
afterAll(() => program.dispose());

/** Agents at work, and one hand that kills and stops them. */
class Chaos {
  killed = 0;
  stopped = 0;
  readonly #ws: Workspace;
  readonly #agents = new Map<string, Started>();
  readonly #ended = new Map<string, Promise<unknown>>();
  #lives = 0;
  #isOver = false;

  constructor(ws: Workspace) {
    this.#ws = ws;
    onTestFinished(() => {
      this.#isOver = true;
      for (const { kill } of this.#agents.values()) kill('SIGKILL');
    });
  }

  start(name: string): void {
    const notes = this.#ws.path(`notes-${name}-${String(this.#lives++)}.jsonl`);
    const args = [program.path, this.#ws.dir, name, String(claimsEach), notes];
    const started = startProcess(process.execPath, args, { cwd: this.#ws.dir, env: this.#ws.env });
    this.#agents.set(name, started);
    const ended = started.ended.then(({ code, stderr }) => {
      if (this.#agents.get(name) !== started) return;
      this.#agents.delete(name);
      // Nobody but `strike` ends an agent early, and it takes it off the list before.
      if (!this.#isOver) expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    });
    this.#ended.set(`${name}-${String(this.#lives)}`, ended);
  }

  /** Kills one agent and starts another of its name, or stops one for a while. */
  async strike(): Promise<void> {
    const names = [...this.#agents.keys()];
    const name = names[Math.floor(Math.random() * names.length)] ?? '';
    const agent = this.#agents.get(name);
    if (agent === undefined) return;
    if (Math.random() < 0.5) {
      this.#agents.delete(name);
      agent.kill('SIGKILL');
      await agent.ended;
      this.killed++;
      this.start(name);
    } else {
      agent.kill('SIGSTOP');
      this.stopped++;
      const again = setTimeout(() => agent.kill('SIGCONT'), Math.random() * longestStopMs);
      onTestFinished(() => clearTimeout(again));
    }
  }

  get isQuiet(): boolean {
    return this.#agents.size === 0;
  }

  /** Rejects where an agent ended otherwise than it should. */
  async allEnded(): Promise<void> {
    await Promise.all(this.#ended.values());
  }
}

/** A person who now and then takes a task away from whoever holds it. */
async function forceRelease(ws: Workspace): Promise<void> {
  const held = ws.queue().filter(({ status }) => status === 'in_progress');
  const task = held[Math.floor(Math.random() * held.length)];
  if (task === undefined) return;
  await ws.run(['release', String(task.id), 'By hand', '--agent', 'human:ann']);
}

/** Follows every attempt through the log: at most one is live, and each ends at most once. */
function endsOf(lines: readonly LineWords[]): ReadonlyMap<number, string> {
  const live = new Map<unknown, number>();
  const ends = new Map<number, string>();
  const ending = ['COMPLETED', 'FAILED', 'TIMEOUT', 'RELEASED', 'LEASE_EXPIRED', 'CANCELLED'];
  for (const { event, task, seq } of lines) {
    if (event === 'CLAIMED') {
      expect(live.has(task), `${String(task)} is claimed at ${seq} while it is held`).toBe(false);
      live.set(task, seq);
    } else if (ending.includes(event)) {
      const token = live.get(task);
      expect(token, `${event} of ${String(task)} at ${seq}, which nobody holds`).toBeDefined();
      ends.set(token ?? 0, event);
      live.delete(task);
    }
  }
  expect([...live]).toEqual([]);
  return ends;
}

function expectKept(note: ChaosNote, ends: ReadonlyMap<number, string>): void {
  const how = ends.get(note.token);
  const about = JSON.stringify(note);
  if (note.what === 'claimed') expect(how, about).toBeDefined();
  if (note.what === 'completed') expect(how, about).toBe('COMPLETED');
  if (note.what === 'gaveBack') expect(how, about).toMatch(/FAILED|RELEASED/);
  if (note.what === 'refused') expect(how, about).toMatch(/RELEASED|LEASE_EXPIRED/);
}

test(
  `${agents} agents work ${tasks} tasks that depend on one another, killed and stopped at random`,
  { timeout: deadlineMs + 60_000 },
  async () => {
    const ws = await preparedWorkspace();
    ws.write('AI/recovery/retry_config.json', {
      max_retries: 1_000,
      poison_pill_threshold: 10_000,
      retry_delay_seconds: 1,
      backoff_multiplier: 1,
    });
    ws.write('AI/agents.json', { agents: { Agent: { capacity: claimsEach } } });
    const queue = Array.from({ length: tasks }, (_, n) => ({
      id: n + 1,
      title: `Task ${n + 1}`,
      dependencies: n >= 20 && Math.random() < 0.5 ? [n - Math.floor(Math.random() * 15)] : [],
    }));
    ws.write('tasks.json', { queue });
    await ws.ok('import', 'tasks.json');

    const chaos = new Chaos(ws);
    for (let n = 1; n <= agents; n++) chaos.start(`Agent-${n}`);
    let strikes = 0;
    await eventually(
      'all tasks have ended, and all agents',
      async () => {
        await chaos.strike();
        if (++strikes % 5 === 0) await forceRelease(ws);
        await new Promise((resolve) => setTimeout(resolve, 100 + Math.random() * 300));
        return chaos.isQuiet;
      },
      deadlineMs,
    );
    await chaos.allEnded();

    expect(chaos.killed).toBeGreaterThan(0);
    expect(chaos.stopped).toBeGreaterThan(0);
    await ws.ok('status');
    const lines = ws.audit();
    const completed = lines.filter(({ event }) => event === 'COMPLETED');
    expect(completed.map(({ task }) => task).sort((a, b) => Number(a) - Number(b))).toEqual(
      queue.map(({ id }) => id),
    );
    const ends = endsOf(lines);
    const files = readdirSync(ws.dir).filter((name) => name.startsWith('notes-'));
    for (const file of files) {
      for (const note of readNotes(ws.path(file))) expectKept(note, ends);
    }
    expect(ws.queue().map(({ id, status }) => [id, status])).toEqual(
      queue.map(({ id }) => [id, 'completed']),
    );
    expect(await ws.json('audit', 'verify')).toMatchObject({ ok: true, seq: lines.length });
  },
);
