/**
 * Takes in the lines that plain scripts append to the audit file: each becomes a `NOTE` in the log,
 * by the script's words, once.
 *
 * The lines were moved aside by the projection, which knows what of the file is the log's. A line of
 * the log that someone changed is no note: the file is kept, with the reason.
 */
import { createHash } from 'node:crypto';
import { lstatSync } from 'node:fs';
import path from 'node:path';
import type { Command } from '../core/command.ts';
import { parseAgentName, position } from '../core/ids.ts';
import type { RefusedEdit } from '../protocol/queueFileDifference.ts';
import { parseLine, sealLength } from '../protocol/record.ts';
import { withLines } from '../store/taskStore.ts';
import { parseOlderLine } from './auditArchive.ts';
import type { EditedDesk, EditNote } from './editedDesk.ts';
import { readPlain, unreadIn } from './projector/files.ts';
import { finishKept, reasonsOf } from './queueFileSyncKept.ts';
import { commandIdOf } from './queueFileSyncWishes.ts';

/** Each round takes in what was appended during the one before. */
const maxRounds = 5;

/** A line of a script, under the id that it always gets. */
interface Found {
  readonly text: string;
  readonly commandId: string;
}

/** @throws {StoreError} where nothing can be recorded; the files then stay as they are */
export async function takeInAuditLines(desk: EditedDesk): Promise<readonly EditNote[]> {
  const notes: EditNote[] = [];
  const { edits, auditFile } = desk.paths;
  const name = path.parse(auditFile).name;
  for (const file of unreadIn(edits)) {
    if (!path.basename(file).startsWith(`${name}.`)) continue;
    const refused = await takeInFile(desk, file);
    const kept = finishKept(file, { done: [], refused });
    if (kept === null) continue;
    const reasons = refused.map(({ about, message }) => `${about}: ${message}`).join(' ');
    notes.push({
      text: `${auditFile} was not as it was written. ${reasons} It is kept as ${kept}, and made anew from the log.`,
      reasons: reasonsOf(kept),
    });
  }
  return notes;
}

async function takeInFile(desk: EditedDesk, file: string): Promise<readonly RefusedEdit[]> {
  let refused: readonly RefusedEdit[] = [];
  for (let round = 0; round < maxRounds; round++) {
    const bytes = readPlain(file)?.bytes;
    if (bytes === undefined) return [];
    const sorted = await withLines(() => sortLines(desk, bytes.toString('utf8')));
    ({ refused } = sorted);
    for (const found of sorted.foreign) await desk.execute(noteOf(found));
    // A script that had opened the file before it was moved may have written to it until now.
    if (lstatSync(file, { throwIfNoEntry: false })?.size === bytes.length) break;
  }
  return refused;
}

function sortLines(desk: EditedDesk, text: string) {
  const foreign: Found[] = [];
  const refused: RefusedEdit[] = [];
  let after = '';
  let ordinal = 0;
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const frame = parseLine(line)?.frame;
    const hash = createHash('sha256')
      .update(Buffer.from(line).subarray(0, -sealLength))
      .digest('hex');
    if (frame !== undefined && desk.store.hashAt(position(frame.seq)) === hash) {
      after = hash;
      ordinal = 0;
    } else if (frame !== undefined || line.startsWith('{"v":')) {
      const message = 'It looks like a line of the log, and the log has no such line.';
      refused.push({ about: `line ${index + 1}`, message });
    } else {
      // The line of the log before it tells the same words at another time apart.
      const commandId = commandIdOf(desk.store.logId, 'audit', after, ordinal++, line);
      foreign.push({ text: line, commandId });
    }
  }
  return { foreign, refused };
}

/** Fields whose content a note keeps elsewhere than in its text. */
const known = new Set([
  ...['event', 'event_type', 'action', 'task', 'task_id', 'agent', 'ai', 'message', 'details'],
  ...['status', 'timestamp', 'ts', 'time'],
]);

function noteOf({ text, commandId }: Found): Command<'note'> {
  const line = parseOlderLine(text);
  const fields = line === null ? {} : (JSON.parse(text) as Readonly<Record<string, unknown>>);
  const { event, message: words, status } = fields;
  const said = typeof words === 'string' ? words : (line?.message ?? '');
  const isAll = said !== '' && Object.keys(fields).every((name) => known.has(name));
  const name = typeof event === 'string' ? event : line?.event;
  return {
    type: 'note',
    id: commandId,
    by: parseAgentName(line?.agent) ?? null,
    task: line?.task ?? null,
    message: isAll ? said : text.trim(),
    ...(name === undefined ? {} : { event: name }),
    ...(typeof status === 'string' ? { status } : {}),
  };
}
