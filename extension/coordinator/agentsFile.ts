/**
 * Changes `AI/agents.json` for a person: one agent is set or taken out, all else in it stays.
 *
 * What the file means is `protocol/settings`'; nothing in it starts a program.
 */
import {
  closeSync,
  constants,
  copyFileSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { defaultRules } from '../core/rules.ts';
import { parseJsonc } from '../protocol/jsonc.ts';
import { isFields } from '../protocol/settingsValues.ts';
import type { Fields } from '../protocol/settingsValues.ts';
import { openPlain } from './projector/files.ts';

export interface AgentChange {
  readonly capabilities?: readonly string[];
  readonly capacity?: number;
}

export type FileChanged =
  | {
      readonly ok: true;
      /** Where the file as it was is kept, since comments in it could not be; null without any. */
      readonly keptAt: string | null;
    }
  /** Nothing was changed. */
  | {
      readonly ok: false;
      readonly reason: 'invalid-file' | 'unknown-agent';
      readonly message: string;
    };

/** Sets what `change` names of the agent `name`, and adds it where it is not there yet. */
export function setAgent(file: string, name: string, change: AgentChange): FileChanged {
  return changeAgents(file, (agents) => {
    const before = Object.hasOwn(agents, name) ? agents[name] : undefined;
    return { ...agents, [name]: { ...(isFields(before) ? before : {}), ...change } };
  });
}

export function removeAgent(file: string, name: string): FileChanged {
  return changeAgents(file, (agents) => {
    if (!Object.hasOwn(agents, name)) return null;
    const { [name]: _removed, ...others } = agents;
    return others;
  });
}

function changeAgents(file: string, change: (agents: Fields) => Fields | null): FileChanged {
  const text = readText(file);
  const whole = text === null ? {} : parse(text);
  const before = whole?.['agents'] ?? defaultAgents();
  if (whole === null || !isFields(before)) {
    const message = `${file} is not what it should be, {"agents": {"NAME": {…}}}, so it was left alone and the default agents hold. Correct it first.`;
    return { ok: false, reason: 'invalid-file', message };
  }
  const agents = change(before);
  if (agents === null) {
    const message = `No such agent is configured; there are ${Object.keys(before).join(', ') || 'none'}.`;
    return { ok: false, reason: 'unknown-agent', message };
  }
  const keptAt = text !== null && !isPlainJson(text) ? `${file}.old` : null;
  if (keptAt !== null) copyFileSync(file, keptAt);
  replaceFile(file, `${JSON.stringify({ ...whole, agents }, null, 2)}\n`);
  return { ok: true, keptAt };
}

/** As the file would have it that says just what holds without one. */
function defaultAgents(): Fields {
  return Object.fromEntries(
    [...defaultRules.agents].map(([name, { capabilities }]) => [name, { capabilities }]),
  );
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

function readText(file: string): string | null {
  const fd = openPlain(file);
  if (fd === null) return null;
  try {
    return readFileSync(fd, 'utf8');
  } finally {
    closeSync(fd);
  }
}

function replaceFile(file: string, text: string): void {
  const made = `${file}.${process.pid}`;
  rmSync(made, { force: true });
  const fd = openSync(made, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o644);
  try {
    writeSync(fd, text);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(made, file);
}
