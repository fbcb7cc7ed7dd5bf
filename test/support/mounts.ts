/**
 * File systems of their own for tests, small and in temporary folders: always unmounted afterwards.
 *
 * Linux only, and only for root.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'vitest';
import { onTestFinished } from 'vitest';
import { notRun } from './notRun.ts';

export type FileSystem = 'ext4' | 'xfs' | 'btrfs' | 'overlayfs' | 'tmpfs';

const mib = 1024 * 1024;
/** The smallest that `mkfs` takes, with room to spare. */
const imageBytes = { ext4: 64 * mib, xfs: 320 * mib, btrfs: 160 * mib } as const;

/** An empty folder on a file system of that kind; where it cannot be mounted, the test is not run. */
export function mounted(
  context: TestContext,
  kind: FileSystem,
  { sizeBytes = 64 * mib }: { readonly sizeBytes?: number } = {},
): string {
  const base = mkdtempSync(join(tmpdir(), 'signalbox-mount-'));
  const at = (name: string) => join(base, name);
  for (const name of ['here', 'lower', 'upper', 'work']) mkdirSync(at(name));
  const target = at('here');
  const undo: (() => void)[] = [() => rmSync(base, { recursive: true, force: true })];
  onTestFinished(() => {
    for (const step of undo.toReversed()) step();
  });
  const mount = (...args: readonly string[]) => {
    run('mount', ...args, target);
    // Lazily: what still looks into it must not keep it mounted after the test.
    undo.push(() => run('umount', '--lazy', target));
  };
  try {
    if (kind === 'tmpfs') mount('-t', 'tmpfs', '-o', `size=${sizeBytes}`, 'tmpfs');
    else if (kind === 'overlayfs') {
      const dirs = `lowerdir=${at('lower')},upperdir=${at('upper')},workdir=${at('work')}`;
      mount('-t', 'overlay', '-o', dirs, 'overlay');
    } else {
      const image = at('image');
      writeFileSync(image, '');
      truncateSync(image, imageBytes[kind]);
      run(`mkfs.${kind}`, kind === 'ext4' ? '-qF' : '-q', image);
      mount('-t', kind, '-o', 'loop', image);
    }
  } catch (error) {
    notRun(context, error instanceof Error ? error.message.trim() : String(error));
  }
  return target;
}

function run(command: string, ...args: readonly string[]): void {
  // Where these programs are, whatever the environment says.
  const env = { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin:/sbin` };
  execFileSync(command, args, { stdio: 'pipe', encoding: 'utf8', env });
}
