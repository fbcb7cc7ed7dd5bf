/**
 * How long it takes from an append in one process to the callback of a follower in another, beside a
 * bare `fs.watch` on a file that is appended to in the same way.
 *
 *   node bench/follow.mjs [appends]     200 unless given; needs `npm ci`
 *
 * Both sides read the same monotonic clock. Prints one table; the bar is a p99 under 50 ms.
 */
import { fork } from 'node:child_process';
import { appendFileSync, mkdtempSync, rmSync, watch, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { build } from 'esbuild';

const pauseMs = 20;
const nowMs = () => Number(process.hrtime.bigint()) / 1e6;
const self = import.meta.filename;

/** @param {string} dir @param {string} bundle @param {boolean} create */
async function openStore(dir, bundle, create) {
  const { openFileStore } = await import(bundle);
  return openFileStore({ workspaceDir: dir, writer: 'bench', create, followersKeepAlive: true });
}

/** The other process: tells the instant of each callback. */
async function follow(
  /** @type {string} */ kind,
  /** @type {string} */ dir,
  /** @type {string} */ bundle,
) {
  const tell = () => process.send?.(nowMs());
  if (kind === 'bare') watch(path.join(dir, 'bare'), tell);
  else (await openStore(dir, bundle, false)).follow(tell);
  process.send?.('ready');
}

async function measure(
  /** @type {'store' | 'bare'} */ kind,
  /** @type {string} */ dir,
  /** @type {string} */ bundle,
  /** @type {number} */ appends,
) {
  const store = await openStore(dir, bundle, true);
  let end = (await store.read(0)).at(-1)?.seq ?? 0;
  const child = fork(self, ['--follow', kind, dir, bundle]);
  await new Promise((resolve) => child.once('message', resolve));
  /** @type {number[]} */
  const took = [];
  for (let n = 0; n < appends; n++) {
    const heard = new Promise((resolve) => child.once('message', resolve));
    const data = { event: 'BENCH' };
    const about = { task: null, agent: null, message: `${n}`, status: null };
    const startedAt = nowMs();
    if (kind === 'bare') appendFileSync(path.join(dir, 'bare'), `${n}\n`);
    else {
      const batch = {
        commandId: crypto.randomUUID(),
        at: Date.now(),
        events: [{ event: 'NOTE', ...about, data }],
      };
      const appended = await store.append(batch, end);
      end = appended.records.at(-1).seq;
    }
    took.push((await heard) - startedAt);
    // Whatever else the watcher says of this append is said by then.
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
  child.kill();
  await store[Symbol.asyncDispose]();
  return took.sort((a, b) => a - b);
}

async function main() {
  const appends = Number(process.argv[2] ?? 200);
  const dir = mkdtempSync(path.join(tmpdir(), 'signalbox-bench-'));
  try {
    const bundle = path.join(dir, 'store.mjs');
    const root = path.join(import.meta.dirname, '..');
    const entryPoints = [path.join(root, 'extension/store/openStore.ts')];
    await build({ entryPoints, outfile: bundle, bundle: true, platform: 'node', format: 'esm' });
    writeFileSync(path.join(dir, 'bare'), '');
    console.log(
      `${appends} appends, Node ${process.versions.node}; from before the append to the callback`,
    );
    for (const kind of /** @type {const} */ (['bare', 'store'])) {
      const took = await measure(kind, dir, bundle, appends);
      const at = (/** @type {number} */ part) => took[Math.floor(took.length * part)]?.toFixed(2);
      const name = kind === 'bare' ? 'bare fs.watch, not durable' : 'follow, durable append';
      console.log(
        `${name.padEnd(28)} p50 ${at(0.5)} ms   p99 ${at(0.99)} ms   max ${took.at(-1)?.toFixed(2)} ms`,
      );
    }
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

const [, , mode, kind = '', dir = '', bundle = ''] = process.argv;
if (mode === '--follow') await follow(kind, dir, bundle);
else await main();
