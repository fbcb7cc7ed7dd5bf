/** `signalbox mcp`: the MCP server, which lies in a bundle of its own beside this one. */
import { createRequire } from 'node:module';
import { findWorkspace } from '../../coordinator/workspace.ts';
import type { WorkspacePaths } from '../../coordinator/workspace.ts';
import { printError } from '../output.ts';
import { version } from '../version.ts';
import type { Verb } from '../verb.ts';
import { exit } from '../answer.ts';

/** What the server's bundle exports; front ends do not know each other's code. */
interface McpBundle {
  readonly serve: (options: {
    readonly paths: WorkspacePaths;
    readonly env: NodeJS.ProcessEnv;
    readonly agent: string | null;
    readonly version: string;
  }) => Promise<
    | { readonly ok: true; readonly warnings: readonly string[] }
    | { readonly ok: false; readonly reason: string; readonly message: string }
  >;
}

export const verb: Verb = {
  usage: 'mcp [--agent NAME]',
  summary: 'The MCP server on standard input and output, for agents that speak that protocol.',
  details: `Started by an agent's program, not by hand; \`signalbox init --mcp\` writes the entry for it.
Each server is one agent: --agent, $SIGNALBOX_AGENT, or what the client calls itself. What it claims
is free when the server ends.`,
  async run(invocation) {
    const { cwd, env, agent } = invocation;
    const explicit = invocation.option('workspace');
    const paths = findWorkspace({ cwd, explicit, env });
    const { serve } = createRequire(import.meta.url)('./mcp.cjs') as McpBundle;
    const served = await serve({ paths, env, agent, version });
    if (!served.ok) return { exit: exit.store, json: served, note: served.message };
    for (const warning of served.warnings) printError(`signalbox: ${warning}\n`);
    return { exit: exit.done };
  },
};
