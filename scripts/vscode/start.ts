/**
 * Opens VS Code with the packaged extension on a fresh copy of the examples, and ends it cleanly.
 *
 * Builds and packages nothing, and touches neither the examples nor the person's own editor.
 */
import { randomBytes } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { ensureVSCode } from '../../test/vscode/launcher/install.ts';
import { startVSCode } from '../../test/vscode/launcher/server.ts';
import { SetupError } from '../../test/vscode/launcher/setupError.ts';
import { findDesktop, openDesktop } from './desktop.ts';
import type { OpenEditor } from './desktop.ts';

export interface Place {
  /** The copy of the examples. */
  readonly folder: string;
  /** What the editor is given beside the person's environment. */
  readonly env: Readonly<Record<string, string>>;
}

export interface StartOrder {
  /** Folder to copy. */
  readonly examples: string;
  readonly vsix: string;
  /** Opens the npm-carried VS Code in a browser, even where there is a desktop one. */
  readonly web: boolean;
  /** Called once the copy is there and before anything is opened. A failure is told, not fatal. */
  readonly approve: (place: Place) => Promise<void>;
  readonly say: (line: string) => void;
}

/**
 * Resolves when the person has closed the window or ended it with Ctrl-C, and all is quiet.
 *
 * @throws {SetupError} When an example, the package or a VS Code is missing.
 */
export async function startOnExamples(order: StartOrder): Promise<void> {
  if (!existsSync(order.examples)) {
    throw new SetupError('NO_EXAMPLES', `There are no examples at ${order.examples}.`);
  }
  if (!existsSync(order.vsix)) {
    throw new SetupError('NO_VSIX', `There is no packaged extension at ${order.vsix}.`);
  }
  const dir = mkdtempSync(join(tmpdir(), 'signalbox-start-'));
  const folder = join(dir, 'signalbox-examples');
  const state = join(dir, 'state');
  cpSync(order.examples, folder, { recursive: true });
  mkdirSync(state, { mode: 0o700 });
  // Slow enough to be watched: a window takes longer to open than the examples would to be done.
  const pace = process.env['EXAMPLE_PACE_MS'] ?? '200';
  const place: Place = { folder, env: { SIGNALBOX_HOME: state, EXAMPLE_PACE_MS: pace } };
  const asked = endAsked();
  let editor: OpenEditor | undefined;
  try {
    try {
      await order.approve(place);
    } catch (error) {
      order.say(`The programs of the examples are not approved: ${messageOf(error)}`);
      order.say('VS Code will ask for each of them.');
    }
    editor = await openEditor(order, place, join(dir, 'profile'));
    order.say('Ctrl-C here ends it, with everything that it runs.');
    await Promise.race([asked, editor.ended]);
    order.say('Ending VS Code …');
  } finally {
    await editor?.stop();
    for (const name of ['profile', 'state'])
      rmSync(join(dir, name), { recursive: true, force: true });
    order.say(`Ended. What was worked on stays in ${folder}`);
  }
}

async function openEditor(order: StartOrder, place: Place, profile: string): Promise<OpenEditor> {
  const vsix = resolve(order.vsix);
  const version = order.web ? undefined : await findDesktop();
  if (version !== undefined) {
    const editor = await openDesktop({ ...place, vsix, profile, settings: startSettings });
    order.say(`VS Code ${version} is open on ${place.folder}`);
    order.say('It has its own profile, and trusts the copy that was just made.');
    return editor;
  }
  const password = randomBytes(12).toString('base64url');
  const server = await startVSCode(await ensureVSCode(order.say), {
    vsix: [vsix],
    env: place.env,
    home: 'person',
    machineSettings: startSettings,
    password,
  });
  order.say('VS Code is ready. Open this page; it is reachable from this machine only:');
  order.say(`\n  ${server.url(place.folder)}\n\n  password: ${password}\n`);
  order.say(`It shows ${place.folder}, and trusts the copy that was just made.`);
  return server;
}

/** Whoever starts the examples wants to see them worked; no workspace can set this. */
const startSettings = { 'signalbox.lane.startOnOpen': true };

/** Resolves at the first request to end. Later ones change nothing: ending takes seconds at most. */
function endAsked(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => resolve());
    }
  });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
