/**
 * What processes of one machine say to each other where one of them carries out the commands of all:
 * a JSON object a line, requests one way and answers the other.
 *
 * Both ends are of the same build and at the same log, or nothing is carried out; so what is checked
 * is the frame, and the command is as trustworthy as any that this build makes itself.
 */
import type { Command } from '../core/command.ts';
import type { LogRecord } from '../core/event.ts';
import type { TaskId } from '../core/ids.ts';
import type { Rejection } from '../core/rejection.ts';

/** Longer messages are not sent: whoever has such a command carries it out itself. */
export const maxRelayBytes = 256 * 1024;

export type RelayedOutcome =
  | {
      readonly ok: true;
      /** The task that the answer is about. */
      readonly task: TaskId | null;
      /** What the command added; empty where what was asked for is so already. */
      readonly records: readonly LogRecord[];
    }
  | { readonly ok: false; readonly rejection: Rejection };

export interface RelayRequest {
  /** Counts the requests of a connection, from 1. */
  readonly n: number;
  /** Build and log that the command is meant for. */
  readonly to: string;
  readonly command: Command;
}

export interface RelayAnswer {
  /** The request that is answered. */
  readonly n: number;
  /** Null where the command was not carried out here, or nobody knows whether it was. */
  readonly outcome: RelayedOutcome | null;
  /** Whether others ask too, so that it is worth while to ask here again. */
  readonly crowd: boolean;
}

/** Answers nothing: a sign of life for those who wait. */
export const stillHere: RelayAnswer = { n: 0, outcome: null, crowd: true };

export function encodeRelayed(message: RelayRequest | RelayAnswer): string {
  return `${JSON.stringify(message)}\n`;
}

/** Undefined for what is no request. */
export function parseRelayRequest(line: string): RelayRequest | undefined {
  const value = parseObject(line);
  if (value === undefined || !Number.isSafeInteger(value['n'])) return undefined;
  const { to, command } = value;
  if (typeof to !== 'string' || !isObject(command)) return undefined;
  if (typeof command['type'] !== 'string' || typeof command['id'] !== 'string') return undefined;
  return value as unknown as RelayRequest;
}

/** Undefined for what is no answer. */
export function parseRelayAnswer(line: string): RelayAnswer | undefined {
  const value = parseObject(line);
  if (value === undefined || !Number.isSafeInteger(value['n'])) return undefined;
  const { outcome, crowd } = value;
  if (typeof crowd !== 'boolean' || (outcome !== null && !isOutcome(outcome))) return undefined;
  return value as unknown as RelayAnswer;
}

function isOutcome(value: unknown): boolean {
  if (!isObject(value)) return false;
  return value['ok'] === true ? Array.isArray(value['records']) : isObject(value['rejection']);
}

function parseObject(line: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isObject(value) ? value : undefined;
  } catch {
    // Not JSON, so nothing that this product sent.
    return undefined;
  }
}

type Fields = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
