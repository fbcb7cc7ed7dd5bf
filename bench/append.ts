/**
 * Durable appends a second, by 1, 10 and 50 processes at once, each event on disk before the next.
 *
 *   --processes 1,10,50
 *   --seconds 1.5     for each measurement
 *   --rounds 3        of each, in turns; the median counts
 *
 * The limit is a bare loop that opens, appends and syncs; the store's own work comes on top. Beside
 * it what people would use: a JSON file behind `proper-lockfile`, and SQLite in WAL mode with
 * `synchronous=FULL` where this Node has it.
 */
import { mkdtempSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { openFileStore } from '../extension/store/openStore.ts';
import { agentFile, cleanEnv, inScratch, machineLine, newestNode } from './support/machine.ts';
import { count, median, numberOption, numbersOption, printTable } from './support/numbers.ts';
import { runTogether } from './support/processes.ts';

const processes = numbersOption('processes', [1, 10, 50]);
const forMs = numberOption('seconds', 1.5) * 1_000;
const rounds = numberOption('rounds', 3);

const node = newestNode();
const machine = machineLine();
const hasSqlite = Number(node.version.slice(1).split('.')[0]) >= 24;
const engines = ['bare', 'signalbox', 'guarded', ...(hasSqlite ? ['sqlite'] : [])] as const;
const titles: Readonly<Record<string, string>> = {
  bare: 'bare loop',
  signalbox: 'Signalbox',
  guarded: '`proper-lockfile`',
  sqlite: 'SQLite, WAL, FULL',
};

/** A new folder in which every engine finds what it needs. */
async function prepare(scratch: string): Promise<string> {
  const dir = mkdtempSync(path.join(scratch, 'append-'));
  writeFileSync(path.join(dir, 'events.json'), '[]');
  const store = openFileStore({ workspaceDir: dir, writer: 'bench', create: true });
  await store[Symbol.asyncDispose]();
  return dir;
}

await inScratch(async (scratch) => {
  const env = cleanEnv(scratch);
  const rows = [
    ['processes', ...engines.map((engine) => titles[engine] ?? engine), 'of the limit'],
  ];
  for (const many of processes) {
    const rates = new Map<string, number[]>(engines.map((engine) => [engine, []]));
    for (let round = 0; round < rounds; round++) {
      for (const engine of engines) {
        const dir = await prepare(scratch);
        const start = [node.path, agentFile('appends'), engine, dir, String(forMs)];
        const starts = Array.from({ length: many }, () => start);
        const { tookMs, results } = await runTogether<number>(starts, { cwd: dir, env });
        const appended = results.reduce((sum, each) => sum + each, 0);
        rates.get(engine)?.push((appended / tookMs) * 1_000);
      }
    }
    const rate = (engine: string) => median(rates.get(engine) ?? []);
    rows.push([
      String(many),
      ...engines.map((engine) => count(rate(engine))),
      (rate('signalbox') / rate('bare')).toFixed(2),
    ]);
  }
  console.log(`${machine}; Node ${node.version}; durable appends a second\n`);
  printTable(rows);
});
