#!/usr/bin/env node
/**
 * Entry point of the command line: keeps what Node compiled for the next call, then loads the rest.
 *
 * Scripts call this thousands of times, and starting is most of what a short command costs. So the
 * rest is one CommonJS bundle, which Node loads in half the time that modules take it; nothing is
 * imported here, since even that would cost. Does no work of its own.
 */
const { createRequire, ...nodeModule } = process.getBuiltinModule('node:module');
const path = process.getBuiltinModule('node:path');

/** A folder that is this person's alone: what lies in it is run. */
function cacheFolder(env: NodeJS.ProcessEnv): string | undefined {
  const home = env['HOME'];
  const caches =
    env['XDG_CACHE_HOME'] || env['LOCALAPPDATA'] || (home && path.join(home, '.cache'));
  return caches ? path.join(caches, 'signalbox', 'compiled') : undefined;
}

const folder = cacheFolder(process.env);
// Node 20 has no such cache; it starts without.
if ('enableCompileCache' in nodeModule && folder !== undefined) {
  (nodeModule.enableCompileCache as (folder: string) => void)(folder);
}
createRequire(import.meta.url)('./cli/commandLine.cjs');
