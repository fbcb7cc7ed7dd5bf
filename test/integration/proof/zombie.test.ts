/** A writer that is stopped between reading and writing, and goes on when the world has moved. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { position } from '../../../extension/core/ids.ts';
import type { Desk } from '../../support/projection.ts';
import { openDesk } from '../../support/projection.ts';
import { add, claim, expire } from '../../support/core.ts';
import { bundleMutant } from '../../support/mutant.ts';
import { bundle, eventually } from '../../support/supervisor.ts';
import { notes } from '../../support/storeNotes.ts';
import { newWorkspace } from '../../support/workspace.ts';

const entry = 'test/support/zombieWriter.ts';

/** Lets `program` stop within its completion, the others go on, and it too; answers what it said. */
async function revive(program: string, desk: Desk, task: number, others: () => Promise<void>) {
  const child = spawn(process.execPath, [program, desk.paths.root, String(task)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  const closed = once(child, 'close');
  await eventually('it stops itself', () =>
    readFileSync(`/proc/${child.pid}/stat`, 'latin1').slice(0, 60).includes(' T '),
  );
  await others();
  child.kill('SIGCONT');
  await closed;
  return said.trim().split('\n').at(-1);
}

/** The task goes to another, and 1,000 events are recorded. */
async function goOn(desk: Desk, task: number): Promise<void> {
  await desk.coordinator.refresh();
  await desk.does(expire(task)(desk.coordinator.queue));
  await desk.does(claim(task, 'another'));
  for (let n = 0; n < 20; n++) {
    const messages = Array.from({ length: 50 }, (_none, line) => `event ${n} ${line}`);
    await desk.coordinator.refresh();
    const appended = await desk.store.append(notes(...messages), desk.coordinator.queue.end);
    expect(appended.ok).toBe(true);
  }
}

async function begin() {
  const desk = await openDesk(newWorkspace());
  const added = await desk.does(add('Wanted by two'));
  return { desk, task: added.ok ? Number(added.task) : 0 };
}

/** Lines in all segments that complete the task. */
function completionsWritten(desk: Desk): number {
  const names = readdirSync(desk.paths.log).filter((name) => name.endsWith('.jsonl'));
  const text = names.map((name) => readFileSync(join(desk.paths.log, name), 'utf8')).join('');
  return text.split('"event":"COMPLETED"').length - 1;
}

async function completions(desk: Desk): Promise<number> {
  const records = await desk.store.read(position(0));
  return records.filter(({ event }) => event === 'COMPLETED').length;
}

describe('a zombie', () => {
  test.each([
    { when: 'after 1,000 events of others', rotates: false },
    { when: 'after 1,000 events and a rotation', rotates: true },
  ])('$when has its line ignored and its completion refused', async ({ rotates }) => {
    const program = await bundle(entry);
    onTestFinished(program.dispose);
    const { desk, task } = await begin();
    const last = await revive(program.path, desk, task, async () => {
      await goOn(desk, task);
      if (rotates) await desk.coordinator.rotate({ id: 'rotation', by: null }, 'size');
    });
    expect(last).toBe('refused stale-token');
    expect(completionsWritten(desk)).toBe(1);
    expect(await completions(desk)).toBe(0);
    expect(desk.store.inspect().damage).toBeNull();
  });

  test('that does not look again believes that it has completed, and is caught', async () => {
    const mutant = await bundleMutant(entry, {
      file: 'extension/store/file/appender.ts',
      from: 'return view.hashAt(position(lastSeq)) === lastHash',
      to: 'return true',
    });
    onTestFinished(mutant.dispose);
    const { desk, task } = await begin();
    const last = await revive(mutant.path, desk, task, () => goOn(desk, task));
    expect(last).not.toBe('refused stale-token');
    expect(await completions(desk)).toBe(0);
  });
});
