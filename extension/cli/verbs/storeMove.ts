/** `signalbox store move`: takes the log to another store. */
import { moveHome } from '../moveHome.ts';
import { moveOut } from '../moveLog.ts';
import { parseStoreUrl } from '../../store/storeUrl.ts';
import type { Verb } from '../verb.ts';

export const verb: Verb = {
  usage: 'store move URL',
  summary:
    'Moves the log to a PostgreSQL database, so that machines share it, and verifies the copy.',
  details: `URL is postgres://USER:PASSWORD@HOST:PORT/DATABASE (an empty database, or ?schema=NAME for a
further queue in it), or file: to bring it home into the workspace. All lines and texts are copied and read back; then the log
here is sealed with the name of its new place, and every command goes there. Broken off anywhere,
either the old log is in charge or the new one: run it again. The password is kept for this account
on this machine only; elsewhere SIGNALBOX_STORE names the store. Programs that run meanwhile
(the editor, an MCP server, a lane) are to be started again.`,
  positionals: ['URL'],
  sweeps: false,
  async run(invocation) {
    const text = invocation.required('URL');
    const url = parseStoreUrl(text);
    if (url.kind === 'postgres') return moveOut(invocation, text, url);
    return moveHome(invocation);
  },
};
