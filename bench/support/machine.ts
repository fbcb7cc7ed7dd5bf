/**
 * What is measured on: the Nodes of this machine, its processors, and a folder to work in.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { editorNode } from '../../scripts/editorNode.mjs';

/** Benchmarks are started in the root of the repository. */
const root = process.cwd();
export const cli = path.join(root, 'dist/cli.js');

/** A file of `bench/agents/`, as it was built. */
export function agentFile(name: string): string {
  return path.join(root, 'out/bench/agents', `${name}.js`);
}

/** A script of `bench/shell/`. */
export function shellFile(name: string): string {
  return path.join(root, 'bench/shell', name);
}

/** The bundle of the editor's worker thread. */
export const editorWorker = path.join(root, 'dist/worker.js');
export const supervisor = path.join(root, 'dist/supervise.js');

export interface Node {
  readonly path: string;
  /** Such as `v20.20.2`. */
  readonly version: string;
}

/** The Nodes to measure on: this one, and a Node 24 where there is one. */
export function nodes(): readonly Node[] {
  const other = process.env['SIGNALBOX_NODE24'] ?? editorNode();
  const paths = other === undefined ? [process.execPath] : [process.execPath, other];
  return paths.map((file) => ({
    path: file,
    version: spawnSync(file, ['--version'], { encoding: 'utf8' }).stdout.trim(),
  }));
}

/** The newest of them, for what is measured on one only. */
export function newestNode(): Node {
  const newest = nodes().at(-1);
  if (newest === undefined) throw new Error('There is always the Node that runs this');
  return newest;
}

/** Calls `work` with a new folder on the file system that `$TMPDIR` names, and removes it. */
export async function inScratch(work: (scratch: string) => Promise<void>): Promise<void> {
  const scratch = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'signalbox-bench-')));
  try {
    await work(scratch);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** The environment of this person without what it says of Signalbox. */
export function cleanEnv(scratch: string): NodeJS.ProcessEnv {
  return {
    ...Object.fromEntries(
      Object.entries(process.env).filter(([name]) => !name.startsWith('SIGNALBOX_')),
    ),
    SIGNALBOX_HOME: path.join(scratch, 'home'),
  };
}

/** One line about where and under what load the numbers came to be. */
export function machineLine(): string {
  const cpu = os.cpus()[0]?.model.trim() ?? 'unknown processor';
  const [load = 0] = os.loadavg();
  const where = fileSystemOf(realpathSync(os.tmpdir()));
  return `${os.cpus().length} × ${cpu}, ${os.type()}, ${where}, load ${load.toFixed(1)} before`;
}

/** The type of file system that `folder` is on, where the system says so. */
function fileSystemOf(folder: string): string {
  let mounts: string;
  try {
    mounts = readFileSync('/proc/self/mounts', 'utf8');
  } catch {
    // Only Linux has it.
    return 'unknown file system';
  }
  let longest = '';
  let type = 'unknown file system';
  for (const line of mounts.split('\n')) {
    const [, point = '', kind = ''] = line.split(' ');
    const inside = folder === point || folder.startsWith(point.endsWith('/') ? point : `${point}/`);
    if (!inside || point.length < longest.length) continue;
    longest = point;
    type = kind;
  }
  return type;
}
