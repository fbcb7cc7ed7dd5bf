/** Which verbs there are, in the order of the help, and where each is found. */
import type { Verb, VerbTable } from './verb.ts';
import { UsageError } from './answer.ts';

/** A verb of two words (`audit verify`) stands under the first one. */
export const verbs: VerbTable = {
  init: () => import('./verbs/init.ts'),
  add: () => import('./verbs/add.ts'),
  import: () => import('./verbs/import.ts'),
  export: () => import('./verbs/export.ts'),
  list: () => import('./verbs/list.ts'),
  show: () => import('./verbs/show.ts'),
  stats: () => import('./verbs/stats.ts'),
  status: () => import('./verbs/status.ts'),
  wait: () => import('./verbs/wait.ts'),
  output: () => import('./verbs/output.ts'),
  dependencies: () => import('./verbs/dependencies.ts'),
  pipeline: () => import('./verbs/pipeline.ts'),
  dashboard: () => import('./verbs/dashboard.ts'),
  report: () => import('./verbs/report.ts'),
  monitor: () => import('./verbs/monitor.ts'),
  workload: () => import('./verbs/workload.ts'),
  edit: () => import('./verbs/edit.ts'),
  prioritize: () => import('./verbs/prioritize.ts'),
  move: () => import('./verbs/move.ts'),
  next: () => import('./verbs/next.ts'),
  claim: () => import('./verbs/claim.ts'),
  assign: () => import('./verbs/assign.ts'),
  balance: () => import('./verbs/balance.ts'),
  heartbeat: () => import('./verbs/heartbeat.ts'),
  progress: () => import('./verbs/progress.ts'),
  checkpoint: () => import('./verbs/checkpoint.ts'),
  guard: () => import('./verbs/guard.ts'),
  complete: () => import('./verbs/complete.ts'),
  fail: () => import('./verbs/fail.ts'),
  release: () => import('./verbs/release.ts'),
  cancel: () => import('./verbs/cancel.ts'),
  retry: () => import('./verbs/retry.ts'),
  run: () => import('./verbs/run.ts'),
  approve: () => import('./verbs/approve.ts'),
  approvals: {
    list: () => import('./verbs/approvalsList.ts'),
    answer: () => import('./verbs/approvalsAnswer.ts'),
  },
  pause: () => import('./verbs/pause.ts'),
  resume: () => import('./verbs/resume.ts'),
  interrupt: () => import('./verbs/interrupt.ts'),
  clear: () => import('./verbs/clear.ts'),
  watch: () => import('./verbs/watch.ts'),
  mcp: () => import('./verbs/mcp.ts'),
  health: () => import('./verbs/health.ts'),
  heal: () => import('./verbs/heal.ts'),
  menu: () => import('./verbs/menu.ts'),
  completion: () => import('./verbs/completion.ts'),
  lock: {
    acquire: () => import('./verbs/lockAcquire.ts'),
    release: () => import('./verbs/lockRelease.ts'),
    check: () => import('./verbs/lockCheck.ts'),
    list: () => import('./verbs/lockList.ts'),
    clean: () => import('./verbs/lockClean.ts'),
  },
  audit: {
    log: () => import('./verbs/auditLog.ts'),
    query: () => import('./verbs/auditQuery.ts'),
    replay: () => import('./verbs/auditReplay.ts'),
    export: () => import('./verbs/auditExport.ts'),
    rotate: () => import('./verbs/auditRotate.ts'),
    verify: () => import('./verbs/auditVerify.ts'),
  },
  recovery: {
    record: () => import('./verbs/recoveryRecord.ts'),
    retry: () => import('./verbs/recoveryRetry.ts'),
    auto: () => import('./verbs/recoveryAuto.ts'),
    list: () => import('./verbs/recoveryList.ts'),
    check: () => import('./verbs/recoveryCheck.ts'),
    clear: () => import('./verbs/recoveryClear.ts'),
  },
  agent: {
    list: () => import('./verbs/agentList.ts'),
    add: () => import('./verbs/agentAdd.ts'),
    remove: () => import('./verbs/agentRemove.ts'),
  },
  session: {
    focus: () => import('./verbs/sessionFocus.ts'),
  },
  store: {
    status: () => import('./verbs/storeStatus.ts'),
    move: () => import('./verbs/storeMove.ts'),
    recover: () => import('./verbs/storeRecover.ts'),
    upgrade: () => import('./verbs/storeUpgrade.ts'),
  },
};

/** Whether verbs of two words begin with `name`. */
export function isGroup(name: string): boolean {
  return Object.hasOwn(verbs, name) && typeof verbs[name] === 'object';
}

/** What the verb that the first two words mean is called, or null where there is none. */
export function verbName(name: string, second: string): string | null {
  const found = Object.hasOwn(verbs, name) ? verbs[name] : undefined;
  if (found === undefined) return null;
  return typeof found === 'object' && Object.hasOwn(found, second) ? `${name} ${second}` : name;
}

/** The verb that the first word or two mean, and the words after it. */
export async function loadVerb(
  name: string,
  rest: readonly string[],
): Promise<{ readonly verb: Verb; readonly rest: readonly string[] }> {
  const found = Object.hasOwn(verbs, name) ? verbs[name] : undefined;
  if (found === undefined) throw noSuchVerb(name);
  if (typeof found === 'function') return { verb: (await found()).verb, rest };
  const [second = '', ...others] = rest;
  const load = Object.hasOwn(found, second) ? found[second] : undefined;
  if (load === undefined) {
    const known = Object.keys(found);
    const message = `\`signalbox ${name}\` takes one of: ${known.join(', ')}.`;
    throw new UsageError(message, second === '' ? null : { word: second, known });
  }
  return { verb: (await load()).verb, rest: others };
}

function noSuchVerb(name: string): UsageError {
  if (name.startsWith('-')) return new UsageError(`The verb comes first, ${name} after it.`);
  return new UsageError(`There is no verb "${name}".`, { word: name, known: Object.keys(verbs) });
}
