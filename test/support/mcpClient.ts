/** The MCP server as agents meet it: `signalbox mcp` as a process, and the official client. */
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { expect, onTestFinished } from 'vitest';
import type { Json, Workspace } from './cli.ts';
import { cli, node } from './cli.ts';

/** Which revision of the protocol the client speaks: with a handshake, or without. */
export type Era = 'legacy' | 'modern';

export interface McpAnswer {
  readonly isError: boolean;
  /** What a program reads; of a call that does not fit the tool there is none. */
  readonly json: Json;
  readonly text: string;
}

export class McpAgent {
  readonly client: Client;
  readonly #transport: StdioClientTransport;

  constructor(client: Client, transport: StdioClientTransport) {
    this.client = client;
    this.#transport = transport;
  }

  get pid(): number {
    return this.#transport.pid ?? 0;
  }

  async call(name: string, given: Record<string, unknown> = {}): Promise<McpAnswer> {
    const result = await this.client.callTool({ name, arguments: given });
    const [content] = result.content;
    return {
      isError: result.isError === true,
      json: (result.structuredContent ?? {}) as Json,
      text: content?.type === 'text' ? content.text : '',
    };
  }

  /** Calls, and insists on a yes. */
  async ok(name: string, given: Record<string, unknown> = {}): Promise<Json> {
    const { isError, json, text } = await this.call(name, given);
    if (isError) throw new Error(`${name}: ${text}`);
    return json;
  }

  /** Calls, and insists on a no; answers with its reason. */
  async refusal(name: string, given: Record<string, unknown> = {}): Promise<unknown> {
    const { isError, json, text } = await this.call(name, given);
    if (!isError) throw new Error(`${name} was not refused: ${text}`);
    return json['reason'];
  }

  async read(uri: string): Promise<unknown> {
    const { contents } = await this.client.readResource({ uri });
    const [first] = contents;
    return JSON.parse(first !== undefined && 'text' in first ? first.text : 'null') as unknown;
  }
}

export interface ConnectOptions {
  /** What the client calls itself. */
  readonly name?: string;
  readonly era?: Era;
  readonly args?: readonly string[];
}

/** A client with a server of its own in that workspace; both end with the test. */
export async function connect(
  place: Workspace,
  { name = 'tester', era = 'modern', args = [] }: ConnectOptions = {},
): Promise<McpAgent> {
  const transport = new StdioClientTransport({
    command: node,
    args: [cli, 'mcp', ...args],
    cwd: place.dir,
    env: place.env as Record<string, string>,
    stderr: 'pipe',
  });
  const mode = era === 'legacy' ? 'legacy' : 'auto';
  const client = new Client({ name, version: '1.0' }, { versionNegotiation: { mode } });
  onTestFinished(() => client.close());
  // Loaded machines are slow, and a client that gives up too soon makes a test lie.
  await client.connect(transport, { timeout: 100_000 });
  return new McpAgent(client, transport);
}

/** The projections of a long-lived process may lag a little. */
export const polling = { timeout: 60_000, interval: 20 };

/** Waits until `TASK_QUEUE.json` shows the task so. */
export async function projected(
  place: Workspace,
  id: number | string,
  fields: Record<string, unknown>,
): Promise<void> {
  await expect.poll(() => place.task(id), polling).toMatchObject(fields);
}
