/** Carries out `store move file:`: brings the log of a server into the files of this workspace. */
import { homeFolder } from '../coordinator/approvals.ts';
import { Desk } from '../coordinator/desk.ts';
import { findWorkspace } from '../coordinator/workspace.ts';
import { bringHome } from '../store/moveHome.ts';
import type { BroughtHome, Home } from '../store/moveHome.ts';
import { openOwnFiles } from '../store/openLog.ts';
import type { PostgresStore } from '../store/postgres/postgresStore.ts';
import { rememberUrl } from '../store/rememberedStores.ts';
import { StoreError } from '../store/taskStore.ts';
import type { Answer } from './answer.ts';
import { done } from './answer.ts';
import type { Invocation } from './invocation.ts';
import { arrive } from './moveLog.ts';
import { logOptionsOf, openLogOf } from './openDesk.ts';

/** Others append meanwhile; each round copies all once more. */
const maxRounds = 50;

/** Moves the log here, or says that it is here. */
export async function moveHome(invocation: Invocation): Promise<Answer> {
  const { cwd, env } = invocation;
  const explicit = invocation.option('workspace');
  const paths = findWorkspace({ cwd, explicit, env });
  const log = await openLogOf(paths, env);
  if (log.engine === 'file') {
    const messages = await arrive(paths, log, env);
    const told = [`The log is in ${paths.log}`, ...messages].join('\n');
    return done({ to: 'file:', log_id: log.logId, changed: false }, told);
  }
  const old = openOwnFiles(logOptionsOf(paths, env, false));
  if (old !== null && old.logId !== log.logId) {
    throw new StoreError(
      'STORE_UNAVAILABLE',
      `${paths.log} holds another log (${old.logId}). Put it aside, or bring this one home into ` +
        'another folder.',
    );
  }
  const desk = new Desk(paths, log, env);
  await desk.refresh();
  await desk.takeIn();
  const home = { root: paths.root, logDir: paths.log, old };
  const { seq, hash, lines, blobs } = await insist(log, desk, home, invocation);
  await log[Symbol.asyncDispose]();
  await old?.[Symbol.asyncDispose]();
  const messages = await arrive(
    paths,
    await openLogOf(paths, { ...env, SIGNALBOX_STORE: '' }),
    env,
  );
  rememberUrl(homeFolder(env), log.logId, null);
  const told = [
    `Brought the log home to ${paths.log}: ${lines} lines that were not here, up to position ${seq}`,
    `What is in ${log.name} stays there, sealed; whoever uses it is told.`,
    ...(env['SIGNALBOX_STORE'] ? ['Unset SIGNALBOX_STORE here.'] : []),
    ...messages,
  ];
  const fields = { to: 'file:', log_id: log.logId, seq, hash, lines, blobs, changed: true };
  return done(fields, told.join('\n'));
}

async function insist(
  log: PostgresStore,
  desk: Desk,
  home: Home,
  invocation: Invocation,
): Promise<BroughtHome> {
  const command = { id: invocation.commandId, by: invocation.agent };
  for (let round = 0; round < maxRounds; round++) {
    await desk.settle();
    const brought = await bringHome(log, desk.queue, home, command);
    if (brought !== null) return brought;
  }
  throw new StoreError(
    'STORE_UNAVAILABLE',
    `Others recorded something in each of ${maxRounds} rounds, so the log stays where it is. Let ` +
      'them pause (`signalbox pause --queue`), then try again.',
  );
}
