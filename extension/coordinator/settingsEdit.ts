/**
 * Changes one of a workspace's files of settings for a person: all else in it stays, and of several
 * processes that change it at once, none undoes what another did.
 *
 * What is to be changed is the caller's; what the files mean is `protocol/settings`'.
 */
import {
  closeSync,
  copyFileSync,
  fsyncSync,
  lstatSync,
  openSync,
  renameSync,
  rmSync,
} from 'node:fs';
import path from 'node:path';
import { parseJsonc } from '../protocol/jsonc.ts';
import { isFields } from '../protocol/settingsValues.ts';
import type { Fields } from '../protocol/settingsValues.ts';
import { createFile, hasCode, linkOrCopy, readPlain, temporaryName } from './projector/files.ts';

const fileMode = 0o644;
/** A change takes milliseconds; who takes longer was killed, or is in no state to insist. */
const turnMs = 2_000;
const patienceMs = 20_000;
const pollMs = { least: 5, most: 25 };

/** What the file is to hold, or why it stays as it is. */
export type SettingsEdit<Refusal> =
  | { readonly ok: true; readonly fields: Fields }
  | { readonly ok: false; readonly refusal: Refusal };

export type SettingsEdited<Refusal> =
  | {
      readonly ok: true;
      /** Where the file as it was is kept, since comments in it could not be; null without any. */
      readonly keptAt: string | null;
    }
  | { readonly ok: false; readonly refusal: Refusal };

/**
 * Replaces the file by what `edit` makes of it, which is called again where someone else was faster.
 *
 * @param edit gets null where the file is no JSON object, and no fields where there is no file
 * @throws {WorkspaceError} `unsafe-path`; the file system's error where it cannot be written
 */
export async function editSettings<Refusal>(
  file: string,
  edit: (fields: Fields | null) => SettingsEdit<Refusal>,
): Promise<SettingsEdited<Refusal>> {
  const deadlineAt = Date.now() + patienceMs;
  for (;;) {
    const found = readPlain(file)?.bytes ?? null;
    const text = found?.toString('utf8') ?? null;
    const edited = edit(text === null ? {} : parse(text));
    if (!edited.ok) return edited;
    const keptAt = text !== null && !isPlainJson(text) ? `${file}.old` : null;
    const bytes = Buffer.from(`${JSON.stringify(edited.fields, null, 2)}\n`);
    if (isSame(found, bytes)) return { ok: true, keptAt: null };
    if (replaceUnchanged(file, { found, bytes, keptAt })) return { ok: true, keptAt };
    if (Date.now() > deadlineAt) {
      throw new Error(
        `${file} was changed by others all the time, so it was left alone. Try again.`,
      );
    }
    const waitMs = pollMs.least + Math.random() * (pollMs.most - pollMs.least);
    await new Promise((resolve) => setTimeout(resolve, waitMs));
  }
}

interface Replacement {
  /** What the file must still hold; null: there must be none. */
  readonly found: Buffer | null;
  readonly bytes: Buffer;
  readonly keptAt: string | null;
}

/**
 * Puts the bytes in place by way of a second name that one process at a time can have: `link` gives
 * it to one, and the rename that ends the turn is the change itself. Whoever is pushed out of a turn
 * that took too long finds the name gone, or other bytes in place, and so begins again.
 */
function replaceUnchanged(file: string, { found, bytes, keptAt }: Replacement): boolean {
  const folder = path.dirname(file);
  const next = path.join(folder, `.${path.basename(file)}.next`);
  const made = path.join(folder, temporaryName(path.basename(file)));
  createFile(made, [bytes], fileMode);
  try {
    sync(made);
    if (!takeTurn(made, next)) return false;
    if (!isSame(readPlain(file)?.bytes ?? null, found)) {
      rmSync(next, { force: true });
      return false;
    }
    if (keptAt !== null) copyFileSync(file, keptAt);
    renameSync(next, file);
    return isSame(readPlain(file)?.bytes ?? null, bytes);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false;
    throw error;
  } finally {
    rmSync(made, { force: true });
  }
}

function takeTurn(made: string, next: string): boolean {
  try {
    linkOrCopy(made, next);
    return true;
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
  }
  const stats = lstatSync(next, { throwIfNoEntry: false });
  const isAbandoned = stats !== undefined && Math.abs(Date.now() - stats.ctimeMs) > turnMs;
  if (isAbandoned) rmSync(next, { force: true });
  return false;
}

function isSame(a: Buffer | null, b: Buffer | null): boolean {
  return a === null || b === null ? a === b : a.equals(b);
}

function parse(text: string): Fields | null {
  try {
    const value = parseJsonc(text);
    return isFields(value) ? value : null;
  } catch {
    // Not JSON: `health` says where.
    return null;
  }
}

function isPlainJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    // It parsed as JSON with comments, so it has some.
    return false;
  }
}

function sync(file: string): void {
  const fd = openSync(file, 'r+');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
