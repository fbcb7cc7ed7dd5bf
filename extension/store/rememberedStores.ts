/**
 * The URLs of stores that this person moved logs to, passwords included: kept on this machine for
 * this person only, never in a workspace or a log.
 */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { readSmallFile, replaceFile } from './file/paths.ts';

const fileName = 'stores.json';
const maxBytes = 1024 * 1024;

/** The URL under which the log with that id was last reached, or undefined. */
export function rememberedUrl(home: string, logId: string): string | undefined {
  const url = readAll(home)[logId];
  return typeof url === 'string' ? url : undefined;
}

/** @param url null: forget it */
export function rememberUrl(home: string, logId: string, url: string | null): void {
  const { [logId]: _old, ...others } = readAll(home);
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const all = url === null ? others : { ...others, [logId]: url };
  // For its owner only: the mode of every file that is written this way.
  replaceFile(path.join(home, fileName), `${JSON.stringify(all, null, 2)}\n`, { durable: true });
}

function readAll(home: string): Readonly<Record<string, unknown>> {
  const bytes = readSmallFile(path.join(home, fileName), maxBytes);
  if (bytes === null) return {};
  try {
    const all: unknown = JSON.parse(bytes.toString('utf8'));
    if (typeof all === 'object' && all !== null) return all as Record<string, unknown>;
  } catch {
    // Cut short, or edited by hand: nothing is remembered then, and whoever asks is told what to set.
  }
  return {};
}
