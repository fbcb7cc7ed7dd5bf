/**
 * Puts the tools on a server of the protocol: their schemas, their handlers, the form of an answer.
 *
 * What each tool does is in `taskTools` and `queueTools`.
 */
import type {
  CallToolResult,
  McpServer,
  ServerContext,
  StandardSchemaV1,
  StandardSchemaWithJSON,
} from '@modelcontextprotocol/server';
import { CLIENT_INFO_META_KEY } from '@modelcontextprotocol/server';
import type { Tool, ToolAnswer, ToolHandlers, ToolName } from '../protocol/tools.ts';
import { tools } from '../protocol/tools.ts';
import { StoreError } from '../store/taskStore.ts';
import { queueTools } from './queueTools.ts';
import type { Session } from './session.ts';
import { taskTools, Unfit } from './taskTools.ts';

export function registerTools(server: McpServer, session: Session): void {
  const handlers: ToolHandlers = { ...taskTools(session), ...queueTools(session) };
  const all: Readonly<Record<ToolName, Tool>> = tools;
  for (const name of Object.keys(tools) as ToolName[]) {
    const { title, description, input, output, ...hints } = all[name];
    // The schema has checked the input by the time the handler sees it.
    const handler = handlers[name] as (input: unknown) => Promise<ToolAnswer>;
    const work = async (given: unknown) =>
      given instanceof Misfit ? given.answer : handler(given);
    server.registerTool(
      name,
      {
        title,
        description,
        inputSchema: answered(input),
        outputSchema: output,
        annotations: {
          readOnlyHint: hints.readOnly ?? false,
          destructiveHint: hints.destructive ?? false,
          idempotentHint: hints.readOnly ?? hints.idempotent ?? false,
          // Everything is in the workspace's own queue.
          openWorldHint: false,
        },
      },
      async (given, context) => {
        session.bind(clientNameOf(server, context));
        return resultOf(await answerOf(session, () => work(given)));
      },
    );
  }
}

/** Arguments that do not fit the schema of their tool. */
class Misfit {
  readonly answer: ToolAnswer;

  constructor(issues: readonly StandardSchemaV1.Issue[]) {
    const said = issues.slice(0, mostIssues).map(({ path = [], message }) => {
      const place = path.map((part) => String(typeof part === 'object' ? part.key : part));
      return place.length === 0 ? message : `${place.join('.')}: ${message}`;
    });
    this.answer = { ok: false, reason: 'usage', message: said.join('; ') };
  }
}

const mostIssues = 5;

/**
 * The same schema for whoever asks what a tool takes; but arguments that do not fit reach the
 * handler, so that they are refused as everything else is, with a reason word.
 */
function answered(schema: Tool['input']): StandardSchemaWithJSON {
  const standard = schema['~standard'];
  return {
    '~standard': {
      ...standard,
      validate: async (given) => {
        const result = await standard.validate(given);
        return result.issues === undefined ? result : { value: new Misfit(result.issues) };
      },
    },
  };
}

/** What the client calls itself: in each request, or in the handshake of older clients. */
function clientNameOf(server: McpServer, { mcpReq }: ServerContext): string | undefined {
  // Not every type of an envelope names it, and what a client sends may be anything.
  const envelope: Readonly<Record<string, unknown>> = mcpReq.envelope ?? {};
  const info = envelope[CLIENT_INFO_META_KEY] as { readonly name?: unknown } | undefined;
  if (typeof info?.name === 'string') return info.name;
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- the only way for older clients
  return server.server.getClientVersion()?.name;
}

/** Never throws: what goes wrong in the world is an answer to an agent, too. */
async function answerOf(session: Session, work: () => Promise<ToolAnswer>): Promise<ToolAnswer> {
  try {
    await session.desk.refresh();
    return await work();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (error instanceof Unfit) return { ok: false, reason: error.reason, message };
    return {
      ok: false,
      reason: error instanceof StoreError ? storeReason(error) : 'failed',
      message,
    };
  }
}

/** The reason word for an error of the store, as the command line gives it. */
export function storeReason({ code }: StoreError): string {
  return code.toLowerCase().replaceAll('_', '-');
}

function resultOf(answer: ToolAnswer): CallToolResult {
  return {
    content: [{ type: 'text', text: JSON.stringify(answer) }],
    structuredContent: answer,
    ...(answer.ok ? {} : { isError: true }),
  };
}
