/**
 * The entry in `.mcp.json` by which agents in the workspace find its MCP server.
 *
 * Servers of others stay as they are. Starts nothing: an agent's program does, after asking.
 */
import path from 'node:path';
import type { WorkspacePaths } from '../../coordinator/workspace.ts';
import { parseJsonc } from '../../protocol/jsonc.ts';
import { Refused } from '../answer.ts';
import { readText, writeText } from './writeText.ts';

/** How a client starts the server, in the workspace as its current folder. */
export interface McpEntry {
  readonly command: string;
  readonly args: readonly string[];
}

type Fields = Record<string, unknown>;

/**
 * Puts `entry` under the name `signalbox`. Answers with the file's path from the root.
 *
 * @throws {Refused} `invalid-file` where it is no JSON object, or has comments that would be lost
 */
export function writeMcpJson({ root }: WorkspacePaths, entry: McpEntry): string {
  const file = path.join(root, '.mcp.json');
  const before = readText(file);
  const config = before.trim() === '' ? {} : parse(file, before, entry);
  const servers = config['mcpServers'] ?? {};
  if (!isFields(servers)) throw unusable(file, 'its "mcpServers" is no object', entry);
  const own = isFields(servers['signalbox']) ? servers['signalbox'] : {};
  // What a person added to it, such as an environment, stays.
  const after = { ...config, mcpServers: { ...servers, signalbox: { ...own, ...entry } } };
  if (JSON.stringify(after) === JSON.stringify(config)) return '.mcp.json';
  if (hasComments(before)) {
    throw unusable(file, 'it has comments, which would be lost', entry);
  }
  const indent = /^[{[]\r?\n([ \t]+)/.exec(before)?.[1] ?? '  ';
  writeText(file, `${JSON.stringify(after, null, indent)}\n`);
  return '.mcp.json';
}

/** What to do in clients that read no `.mcp.json`. */
export function otherClients(entry: McpEntry): string {
  const words = [entry.command, ...entry.args].map(quote).join(' ');
  const servers = { signalbox: { type: 'stdio', ...entry, cwd: '${workspaceFolder}' } };
  return `Claude Code reads .mcp.json when it starts here, and asks once; elsewhere: claude mcp add signalbox -- ${words}
VS Code: in .vscode/mcp.json: ${JSON.stringify({ servers })}`;
}

function parse(file: string, text: string, entry: McpEntry): Fields {
  let value: unknown;
  try {
    value = parseJsonc(text);
  } catch (error) {
    throw unusable(file, error instanceof Error ? error.message : String(error), entry);
  }
  if (!isFields(value)) throw unusable(file, 'it is no JSON object', entry);
  return value;
}

function hasComments(text: string): boolean {
  if (text.trim() === '') return false;
  try {
    JSON.parse(text);
    return false;
  } catch {
    // Comments or commas that only the more patient reader took.
    return true;
  }
}

function unusable(file: string, why: string, entry: McpEntry): Refused {
  const line = JSON.stringify({ mcpServers: { signalbox: entry } });
  return new Refused(
    'invalid-file',
    `${file} was left as it is: ${why}. Add this by hand: ${line}`,
  );
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
