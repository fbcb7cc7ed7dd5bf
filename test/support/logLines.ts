/** Lines of a log made by hand, right or wrong on purpose, for the tests of its rules. */
import { hash } from 'node:crypto';
import type { QueueEvent } from '../../extension/core/event.ts';
import { instant } from '../../extension/core/ids.ts';
import { encodeSeal, noHash } from '../../extension/protocol/record.ts';
import { readLine, sealLine } from '../../extension/store/file/seal.ts';
import type { LineReading, SealedLine } from '../../extension/store/file/seal.ts';

export interface LineWish {
  readonly seq: number;
  readonly prev: string;
  readonly log?: string;
  readonly epoch?: number;
  readonly commandId?: string;
  readonly part?: number;
  readonly of?: number;
  readonly writer?: string;
  readonly event?: QueueEvent;
  readonly base?: { readonly seq: number; readonly hash: string };
}

const logId = 'log-1';

export function lineOf({ event = noteEvent(''), base, ...wish }: LineWish): SealedLine {
  const frame = {
    log: logId,
    epoch: 1,
    commandId: `command-${wish.seq}`,
    part: 1,
    of: 1,
    writer: 'test',
    at: instant(1_700_000_000_000),
    ...wish,
  };
  return sealLine(event, base === undefined ? frame : { ...frame, base });
}

export function genesis(log = logId): SealedLine {
  const event: QueueEvent<'GENESIS'> = {
    event: 'GENESIS',
    task: null,
    agent: null,
    message: '',
    status: null,
    data: { store: 'append' },
  };
  return lineOf({ seq: 1, prev: noHash, event, log, commandId: 'begin' });
}

export function healed(base: { readonly seq: number; readonly hash: string }, seq: number) {
  const event: QueueEvent<'HEALED'> = {
    event: 'HEALED',
    task: null,
    agent: null,
    message: '',
    status: null,
    data: { done: [] },
  };
  return lineOf({ seq, prev: base.hash, event, epoch: 2, base });
}

export function noteEvent(message: string): QueueEvent<'NOTE'> {
  return { event: 'NOTE', task: null, agent: null, message, status: null, data: {} };
}

/** A log's beginning and `count` further lines, each after the one before. */
export function chain(count: number): readonly SealedLine[] {
  const lines = [genesis()];
  for (let seq = 2; seq <= count + 1; seq++) {
    lines.push(lineOf({ seq, prev: lines.at(-1)!.hash }));
  }
  return lines;
}

/** The same line with `change` made to its fields, and a checksum that fits. */
export function forged(line: SealedLine, change: Readonly<Record<string, unknown>>): SealedLine {
  const { h: _h, ...fields } = JSON.parse(line.text) as Record<string, unknown>;
  return sealText(JSON.stringify({ ...fields, ...change }).slice(0, -1));
}

/** Any text, closed with a checksum that fits. */
export function sealText(body: string): SealedLine {
  const digest = hash('sha256', body, 'hex');
  return { text: `${body}${encodeSeal(digest)}\n`, hash: digest };
}

export function readingOf(line: SealedLine): LineReading {
  return readLine(Buffer.from(line.text.slice(0, -1)));
}
