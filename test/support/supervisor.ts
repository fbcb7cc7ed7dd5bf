/**
 * The supervisor as it ships, built for one test file, and small helpers around real processes.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { BuildOptions } from 'esbuild';

const root = join(import.meta.dirname, '../..');

/** Absolute path of a program that tests run. */
export function fixtureProgram(name: string): string {
  return join(root, 'test/fixtures/programs', name);
}

/** How a program of several files becomes one module that runs by itself. */
export const inOneModule = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  // What is bundled of CommonJS packages still asks for modules of Node.
  banner: {
    js: `import{createRequire as makeRequire_}from'node:module';const require=makeRequire_(import.meta.url);`,
  },
  external: ['pg-native', 'pg-cloudflare'] as string[],
  logLevel: 'error',
} as const satisfies BuildOptions;

/** Builds `entry` (from the root) into a fresh directory; `dispose` removes it. */
export async function bundle(entry: string) {
  const dir = await mkdtemp(join(tmpdir(), 'signalbox-bundle-'));
  const outfile = join(dir, 'bundle.mjs');
  await build({
    entryPoints: [join(root, entry)],
    outfile,
    ...inOneModule,
  });
  return { path: outfile, dispose: () => rm(dir, { recursive: true, force: true }) };
}

export const bundleSupervisor = () => bundle('extension/runner/supervise.ts');

/** What comes, comes sooner on any machine; what does not come is worth the wait. */
const patienceMs = 60_000;

/** Resolves with the first answer of `probe` that is neither undefined nor false. */
export async function eventually<Value>(
  what: string,
  probe: () => Value | Promise<Value>,
  deadlineMs = patienceMs,
): Promise<Exclude<Value, undefined | false>> {
  const until = performance.now() + deadlineMs;
  while (performance.now() < until) {
    const value = await probe();
    if (value !== undefined && value !== false) {
      return value as Exclude<Value, undefined | false>;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`Not within ${deadlineMs} ms: ${what}`);
}
