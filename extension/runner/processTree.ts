/**
 * A program's processes: finds all of them, ends all of them, and says when all is quiet.
 *
 * Starts nothing and records nothing. A process is found by its environment cookie, by the group
 * and session of the program, or by a parent that was found; only one that changed its session and
 * wiped its environment and lost its parent escapes.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { spawnSync } from 'node:child_process';
import { isAlive } from '../platform/processIdentity.ts';
import { listProcesses, type ProcessRow, withEnvironment } from '../platform/processTable.ts';
import type { ProcessIdentity, StopReport } from './program.ts';

/** What the processes of one program have in common. */
export interface Tree {
  readonly cookie: string;
  /** The program's main process, which leads its group; undefined where it is not known. */
  readonly leader?: Pick<ProcessIdentity, 'pid' | 'startTime'> | undefined;
  /** The supervisor as recorded; nothing of the tree is older. */
  readonly supervisor?: Pick<ProcessIdentity, 'pid' | 'startTime'> | undefined;
}

/** Deadlines of a stop on `performance.now()`; a more impatient stop moves them forward. */
export interface StopSchedule {
  askUntil: number;
  terminateUntil: number;
}

/** Between two looks at a tree that is ending. */
const pollMs = 40;
/** A process in the middle of `fork` or `exec` may be missed once; not twice, this far apart. */
const confirmMs = 15;
/** How often a tree that goes on forking is frozen again before it is killed. */
const freezeRounds = 8;
/** How long killed processes may take to go: the kernel may hold one in a read of a dead disk. */
const killMs = 5_000;

/** All living processes of `tree`, this process not counted. */
export function findTree(tree: Tree): readonly ProcessRow[] {
  if (process.platform === 'win32') return findOnWindows(tree);
  const rows = listProcesses().filter((row) => !row.dead && row.pid !== process.pid);
  const { leader, supervisor } = tree;
  // Whatever is older than the supervisor is not its program's. (Not a number where start times
  // are not in order as text, and then nothing is older.)
  const since = Number(supervisor?.startTime);
  const young = rows.filter((row) => !(Number(row.startTime) < since));
  // Every environment contains the empty text.
  const marked: ReadonlySet<number> =
    tree.cookie === ''
      ? new Set()
      : withEnvironment(
          young.map((row) => row.pid),
          tree.cookie,
        );
  // A group keeps its number from being given to a new process, so the number means our group
  // until some other process has it.
  const reused = rows.some((row) => row.pid === leader?.pid && row.startTime !== leader.startTime);
  const group = reused ? undefined : leader?.pid;
  const found = new Map<number, ProcessRow>();
  const children = new Map<number, ProcessRow[]>();
  for (const row of rows) {
    const siblings = children.get(row.parent);
    if (siblings === undefined) children.set(row.parent, [row]);
    else siblings.push(row);
    const isSupervisor = row.pid === supervisor?.pid && row.startTime === supervisor.startTime;
    const ofGroup = group !== undefined && (row.group === group || row.session === group);
    if (marked.has(row.pid) || ofGroup || isSupervisor) found.set(row.pid, row);
  }
  // A map yields what is added to it while it is walked, so this reaches all descendants.
  for (const parent of found.keys()) {
    for (const child of children.get(parent) ?? []) found.set(child.pid, child);
  }
  return [...found.values()];
}

/** Whether nothing of `tree` lives: looked at twice, since one look may miss a fork. */
export async function isTreeQuiet(tree: Tree): Promise<boolean> {
  if (findTree(tree).length > 0) return false;
  await pause(confirmMs);
  return findTree(tree).length === 0;
}

/**
 * Ends all of `tree`: asks its group (SIGINT), then terminates the tree, then kills it.
 *
 * `leaderEnded` cuts the asking short: what a program left behind when it ended is not asked.
 */
export async function stopTree(
  tree: Tree,
  schedule: StopSchedule,
  leaderEnded: () => boolean,
): Promise<StopReport> {
  const asking = () => !leaderEnded() && performance.now() < schedule.askUntil;
  if (asking()) signalGroup(tree, 'SIGINT');
  if (await quietWithin(tree, asking)) return { quiet: true, by: 'ask' };

  const told = new Set<string>();
  const terminating = () => performance.now() < schedule.terminateUntil;
  const terminated = await quietWithin(tree, terminating, (rows) => {
    const fresh = rows.filter((row) => !told.has(nameOf(row)));
    for (const row of fresh) told.add(nameOf(row));
    signalRows(fresh, 'SIGTERM');
    // A stopped process hears nothing until it goes on.
    signalRows(fresh, 'SIGCONT');
  });
  if (terminated) return { quiet: true, by: told.size > 0 ? 'terminate' : 'ask' };
  return killTree(tree);
}

/** Kills all of `tree` at once and resolves when it is gone, or says what outlived it. */
async function killTree(tree: Tree): Promise<StopReport> {
  const until = performance.now() + killMs;
  const killing = () => performance.now() < until;
  if (await quietWithin(tree, killing, () => killRound(tree))) return { quiet: true, by: 'kill' };
  return { quiet: false, alive: findTree(tree).map((row) => row.pid) };
}

/** Whether an attempt that someone else started, and may have left behind, is over. */
export function isQuiet(identity: ProcessIdentity): Promise<boolean> {
  return isTreeQuiet({ cookie: identity.cookie, supervisor: identity });
}

/**
 * Ends whatever an attempt left behind whose starter is dead, its supervisor included.
 *
 * The supervisor takes SIGTERM as a stop, so it is given `terminateMs` to end its program itself.
 */
export function endTree(identity: ProcessIdentity, terminateMs: number): Promise<StopReport> {
  const now = performance.now();
  return stopTree(
    { cookie: identity.cookie, supervisor: identity },
    { askUntil: now, terminateUntil: now + terminateMs },
    () => true,
  );
}

async function quietWithin(
  tree: Tree,
  within: () => boolean,
  act: (rows: readonly ProcessRow[]) => void = () => undefined,
): Promise<boolean> {
  do {
    const rows = findTree(tree);
    if (rows.length === 0 && (await isTreeQuiet(tree))) return true;
    if (!within()) break;
    act(rows);
    await pause(pollMs);
  } while (within());
  return false;
}

/**
 * Freezes until nothing new appears, then kills: a parent that is dead no longer shows whose its
 * children are, and one that is alive goes on making them.
 */
function killRound(tree: Tree): void {
  const frozen = new Map<string, ProcessRow>();
  for (let round = 0; round < freezeRounds; round++) {
    const fresh = findTree(tree).filter((row) => !frozen.has(nameOf(row)));
    if (fresh.length === 0) break;
    for (const row of fresh) frozen.set(nameOf(row), row);
    if (process.platform !== 'win32') signalRows(fresh, 'SIGSTOP');
  }
  signalGroup(tree, 'SIGKILL');
  signalRows([...frozen.values()], 'SIGKILL');
}

function nameOf(row: ProcessRow): string {
  return `${String(row.pid)}:${row.startTime}`;
}

function signalGroup(tree: Tree, signal: 'SIGINT' | 'SIGKILL'): void {
  if (process.platform === 'win32' || tree.leader === undefined) return;
  const { leader } = tree;
  // The group lives on without its leader, but then its number may mean another's by now.
  if (!findTree(tree).some((row) => row.group === leader.pid)) return;
  send(-leader.pid, signal);
  if (signal === 'SIGINT') send(-leader.pid, 'SIGCONT');
}

function signalRows(rows: readonly ProcessRow[], signal: NodeJS.Signals): void {
  if (process.platform === 'win32') {
    if (signal !== 'SIGTERM' && signal !== 'SIGKILL') return;
    const force = signal === 'SIGKILL' ? ['/f'] : [];
    for (const row of rows) {
      spawnSync('taskkill', ['/t', ...force, '/pid', String(row.pid)], { windowsHide: true });
    }
    return;
  }
  for (const row of rows) send(row.pid, signal);
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has gone, or is another user's; the next look at the tree tells which.
  }
}

/** Windows lists no tree here: `taskkill /t` walks it, and only its root can be seen. */
function findOnWindows(tree: Tree): readonly ProcessRow[] {
  return [tree.leader, tree.supervisor].flatMap((known) =>
    known !== undefined && known.pid !== process.pid && isAlive(known)
      ? [{ ...known, parent: 0, group: 0, session: 0, dead: false }]
      : [],
  );
}
