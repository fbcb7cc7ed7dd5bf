/** A workspace of its own for one test, removed after it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

export function newWorkspace(): string {
  const directory = mkdtempSync(join(tmpdir(), 'signalbox-test-'));
  // What a killed process had begun may still be put there.
  onTestFinished(() => rmSync(directory, { recursive: true, force: true, maxRetries: 10 }));
  return directory;
}
