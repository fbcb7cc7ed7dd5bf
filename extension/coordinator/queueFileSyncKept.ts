/**
 * Files of others that stood in a projection's place and of which something was refused: kept under
 * `AI/recovery/edits`, each with a text beside it that says why.
 */
import { renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { createFile, hasCode, keepAside, readPlain } from './projector/files.ts';
import type { RefusedEdit } from '../protocol/queueFileDifference.ts';
import type { WorkspacePaths } from './workspace.ts';

const fileMode = 0o600;

/** What became of a file. */
export interface Verdict {
  readonly done: readonly string[];
  readonly refused: readonly RefusedEdit[];
}

/** Keeps a copy of what was saved at the moment `at`; the same save is kept once. */
export function keepWithReasons(
  { edits, queueFile }: WorkspacePaths,
  { bytes, at }: { readonly bytes: Buffer; readonly at: Date },
  verdict: Verdict,
): string {
  const kept = keepAside(edits, queueFile, at, (target) => {
    if (isSame(target, bytes)) return;
    createFile(target, [bytes], fileMode);
  });
  writeReasons(kept, verdict);
  return kept;
}

/**
 * Settles a file that was kept as unread: removed where nothing of it was refused.
 *
 * @returns where it is kept now, or null
 */
export function finishKept(file: string, verdict: Verdict | null): string | null {
  if (verdict === null || verdict.refused.length === 0) {
    rmSync(file, { recursive: true, force: true });
    return null;
  }
  const kept = path.join(path.dirname(file), path.basename(file).replace('.unread.', '.'));
  try {
    renameSync(file, kept);
  } catch (error) {
    // Another process took it in as well, and was faster.
    if (!hasCode(error, 'ENOENT')) throw error;
  }
  writeReasons(kept, verdict);
  return kept;
}

/** The text beside a kept file. */
export function reasonsOf(kept: string): string {
  return `${kept.slice(0, -path.extname(kept).length)}.reasons.txt`;
}

function writeReasons(kept: string, { done, refused }: Verdict): void {
  const lines = [
    `${path.basename(kept)} is what stood where the queue writes. It did not take in all of it.`,
    '',
    'Not taken in:',
    ...refused.map(({ about, message }) => `- ${about === '' ? '' : `${about}: `}${message}`),
    ...(done.length === 0 ? [] : ['', 'Taken in:', ...done.map((each) => `- ${each}`)]),
    '',
    'Both files may be deleted.',
    '',
  ];
  try {
    createFile(reasonsOf(kept), [Buffer.from(lines.join('\n'))], fileMode);
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
  }
}

function isSame(file: string, bytes: Buffer): boolean {
  return readPlain(file)?.bytes.equals(bytes) === true;
}
