/** Carries out `store move` for one workspace: opens both ends, and says what came of it. */
import { homeFolder } from '../coordinator/approvals.ts';
import { Desk } from '../coordinator/desk.ts';
import type { WorkspacePaths } from '../coordinator/workspace.ts';
import { findWorkspace } from '../coordinator/workspace.ts';
import type { FileStore } from '../store/file/fileStore.ts';
import { copyLog, sealFor } from '../store/moveOut.ts';
import type { Copied } from '../store/moveOut.ts';
import type { Log } from '../store/openLog.ts';
import { PostgresTarget } from '../store/postgres/target.ts';
import { rememberUrl } from '../store/rememberedStores.ts';
import type { StoreUrl } from '../store/storeUrl.ts';
import { StoreError } from '../store/taskStore.ts';
import type { Answer } from './answer.ts';
import { done, refused } from './answer.ts';
import type { Invocation } from './invocation.ts';
import { openLogOf } from './openDesk.ts';

type PostgresUrl = Extract<StoreUrl, { readonly kind: 'postgres' }>;

/** Others append meanwhile; each round copies what came since. */
const maxRounds = 100;

/** Moves the log from the workspace's files to the server, or finishes a move that was broken off. */
export async function moveOut(
  invocation: Invocation,
  text: string,
  url: PostgresUrl,
): Promise<Answer> {
  const { cwd, env } = invocation;
  const explicit = invocation.option('workspace');
  const paths = findWorkspace({ cwd, explicit, env });
  const log = await openWhereItIs(paths, env, text);
  const home = homeFolder(env);
  if (log.engine === 'postgres') {
    const { name, logId } = log;
    if (name === url.name) rememberUrl(home, logId, text);
    const messages = await arrive(paths, log, env);
    if (name !== url.name) {
      return refused(
        'already-moved',
        `The log is in ${name}. Bring it home first: \`signalbox store move file:\`.`,
      );
    }
    const told = [`The log is in ${name}`, ...messages].join('\n');
    return done({ to: name, log_id: logId, changed: false }, told);
  }
  const target = await PostgresTarget.open(url);
  const copied = await copyAndSeal(log, paths, target, { invocation, text, home });
  const { warnings } = target.server;
  await target.close();
  const { logId } = log;
  const messages = await arrive(
    paths,
    await openLogOf(paths, { ...env, SIGNALBOX_STORE: text }),
    env,
  );
  const { lines, blobs, seq, hash, stateHash } = copied;
  const fields = { seq, hash, state_hash: stateHash, lines, blobs, warnings, changed: true };
  const told = [
    `Moved the log to ${url.name}: ${lines} lines and ${blobs} texts, up to position ${seq}`,
    'Both sides have the same lines and amount to the same queue; the files here stay, sealed.',
    ...warnings.map((warning) => `WARNING: ${warning}`),
    'This account reaches it by itself from here. Others, and other machines, set SIGNALBOX_STORE.',
    ...messages,
  ];
  return done({ to: url.name, log_id: logId, ...fields }, told.join('\n'));
}

/** As every command opens it; where its files say that it went, by the URL at hand. */
async function openWhereItIs(
  paths: WorkspacePaths,
  env: NodeJS.ProcessEnv,
  text: string,
): Promise<Log> {
  try {
    return await openLogOf(paths, { ...env, SIGNALBOX_STORE: '' });
  } catch (error) {
    if (!(error instanceof StoreError) || error.code !== 'STORE_MOVED') throw error;
    return openLogOf(paths, { ...env, SIGNALBOX_STORE: text });
  }
}

async function copyAndSeal(
  store: FileStore,
  paths: WorkspacePaths,
  target: PostgresTarget,
  by: { readonly invocation: Invocation; readonly text: string; readonly home: string },
): Promise<Copied> {
  const { invocation, text, home } = by;
  const desk = new Desk(paths, store, invocation.env);
  await desk.refresh();
  // What people wrote into the projections belongs to the log that they saw.
  await desk.takeIn();
  const refresh = async () => {
    await desk.settle();
    return desk.queue;
  };
  for (let round = 0; round < maxRounds; round++) {
    const copied = await copyLog({ store, refresh }, target);
    // Before the seal: whoever dies right after it must find the way.
    rememberUrl(home, store.logId, text);
    const command = { id: invocation.commandId, by: invocation.agent };
    if (await sealFor(store, target.name, copied, command)) return copied;
  }
  throw new StoreError(
    'STORE_UNAVAILABLE',
    `Others recorded something in each of ${maxRounds} rounds, so the log stays where it is. Let ` +
      'them pause (`signalbox pause --queue`), then try again.',
  );
}

/** Makes the snapshot that follows the seal, and the projections of this workspace. */
export async function arrive(
  paths: WorkspacePaths,
  log: Log,
  env: NodeJS.ProcessEnv,
): Promise<readonly string[]> {
  const desk = new Desk(paths, log, env);
  await desk.settle();
  return desk.close();
}
