/** A person at a terminal who is asked one thing by a command line, and replies. */
import type { Workspace } from './cli.ts';
import { eventually } from './supervisor.ts';
import { cliInTerminal } from './terminal.ts';

/** A program in Python that runs another one in a terminal of its own and shows what it prints. */
export const terminalProgram = `
import os, pty, sys
def ended(status): sys.exit(os.waitstatus_to_exitcode(status))
ended(pty.spawn(sys.argv[1:]))
`;

/** Runs the command line in a terminal, and gives `reply` where it asks. */
export async function replyInTerminal(
  ws: Workspace,
  args: readonly string[],
  reply: string,
): Promise<{ readonly code: number | null; readonly shown: string }> {
  const terminal = await cliInTerminal(ws, args);
  let code: number | null | undefined;
  void terminal.ended.then((ended) => (code = ended.code));
  const asksOrEnds = () => /\[(y\/N|1-\d+)\]/.test(terminal.shown()) || code !== undefined;
  await eventually('it asks or ends', asksOrEnds, 60_000);
  if (code === undefined) terminal.type(`${reply}\n`);
  const ended = await terminal.ended;
  return { code: ended.code, shown: terminal.shown() };
}
