/**
 * The environment a program gets: the starter's own, less what belongs to an editor, plus what
 * tells the program which attempt it is.
 *
 * Does not add the cookie of the process tree; whoever starts the process does.
 */
import type { ProgramRequest } from '../program.ts';

/** An editor's variables turn a `node` in the program into something else than Node. */
const ofEditor = /^(VSCODE|ELECTRON)_/;
/** Set by an editor together with the above, and pointing to what is then missing. */
const setByEditor: readonly string[] = ['NODE_OPTIONS', 'GIT_ASKPASS', 'SSH_ASKPASS'];

export function programEnvironment(
  base: Readonly<NodeJS.ProcessEnv>,
  request: ProgramRequest,
): Record<string, string> {
  const isInEditor = Object.keys(base).some((name) => ofEditor.test(name));
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(base)) {
    if (value === undefined || ofEditor.test(name)) continue;
    if (isInEditor && setByEditor.includes(name)) continue;
    env[name] = value;
  }
  env['SIGNALBOX_TASK'] = String(request.task);
  env['SIGNALBOX_TOKEN'] = String(request.token);
  env['SIGNALBOX_ATTEMPT'] = String(request.attempt);
  env['SIGNALBOX_SESSION'] = request.session ?? '';
  env['SIGNALBOX_TITLE'] = request.title;
  env['SIGNALBOX_WORKSPACE'] = request.workspaceDir;
  return env;
}
