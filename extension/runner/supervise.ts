/**
 * Entry point of the supervisor: one small process per attempt, between the lane and the program.
 *
 * Starts the program when told to, ends its whole process tree when told to, when its starter
 * dies, and when the program itself is over. Copies no output (the program inherits descriptors 0,
 * 1 and 2) and knows no tasks.
 *
 *   waiting -begin-> running -exit, stop, or the starter's death-> ending -> quiet (exits)
 *   waiting -stop, or the starter's death-> quiet
 *   ending -outlived being killed-> alive -it ended after all-> quiet
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, statSync, writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { devNull } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { ownIdentity, startTimeOf } from '../platform/processIdentity.ts';
import { isTreeQuiet, stopTree, type StopSchedule, type Tree } from './processTree.ts';
import type { StopLadder } from './program.ts';
import {
  type Control,
  controlFd,
  lineParser,
  type Report,
  reportFd,
  type SpawnFailure,
} from './supervisorProtocol.ts';

/** For a stop by signal, which brings no deadlines. */
const defaultLadder: StopLadder = { askMs: 2_000, terminateMs: 3_000 };
/** The starter is dead: nobody reads a program's last words, but it may still be writing a file. */
const orphanLadder: StopLadder = { askMs: 0, terminateMs: 1_000 };
/** What the program left behind when it ended by itself. */
const leftoverLadder: StopLadder = { askMs: 0, terminateMs: 1_000 };
/** How often to look whether what outlived being killed has gone. */
const aliveLookMs = 1_000;
/** How often to look before leaving it to the kernel, once nobody listens any more. */
const orphanLooks = 60;

const self = ownIdentity();
let spec: Extract<Control, { type: 'spec' }> | undefined;
let program: ChildProcess | undefined;
let tree: Tree | undefined;
let programEnded: Promise<void> | undefined;
let isProgramOver = false;
let isStarterDead = false;
let schedule: StopSchedule | undefined;
let ending: Promise<void> | undefined;
let watching: Promise<void> | undefined;

function obey(message: Control): void {
  switch (message.type) {
    case 'spec':
      spec = message;
      report({ type: 'ready', ...self });
      return;
    case 'begin':
      begin();
      return;
    case 'stop':
      stop(message);
      return;
  }
}

function begin(): void {
  if (spec === undefined || program !== undefined || schedule !== undefined) return;
  const { argv, cwd, env, cookie } = spec;
  const [command = '', ...args] = argv;
  if (!isDirectory(cwd)) {
    const message = `The working directory ${cwd} is not there. Create it, or change the task.`;
    fail({ errorClass: 'DIRECTORY_NOT_FOUND', message });
    return;
  }
  try {
    program = spawn(command, args, {
      cwd,
      env,
      stdio: 'inherit',
      // A session of its own: no terminal reaches it, and one signal reaches its whole group.
      detached: process.platform !== 'win32',
      windowsHide: true,
    });
  } catch (error) {
    // Arguments that no operating system takes, such as a NUL character.
    fail(spawnFailure(command, error as NodeJS.ErrnoException));
    return;
  }
  const child = program;
  child.on('error', (error) => {
    if (child.pid === undefined) fail(spawnFailure(command, error));
  });
  const { pid } = child;
  if (pid === undefined) return;
  const leader = { pid, startTime: startTimeOf(pid) };
  tree = { cookie, leader, supervisor: self };
  programEnded = new Promise((resolve) => {
    child.once('exit', (code, signal) => {
      isProgramOver = true;
      report({ type: 'exit', code, signal, stopped: schedule !== undefined });
      resolve();
      // A stop in progress keeps its deadlines for what is left.
      if (schedule === undefined) stop(leftoverLadder);
    });
  });
  report({ type: 'started', ...leader });
  releaseOutput();
}

/** The program alone holds its pipes from here, so that their end means what the program did. */
function releaseOutput(): void {
  if (process.platform === 'win32') return;
  for (const fd of [0, 1, 2]) {
    closeSync(fd);
    // Takes the lowest free number, which is the one just closed: nothing else may become 0, 1, 2.
    openSync(devNull, 'r+');
  }
}

function stop({ askMs, terminateMs }: StopLadder): void {
  const askUntil = performance.now() + askMs;
  const terminateUntil = askUntil + terminateMs;
  if (schedule === undefined) {
    schedule = { askUntil, terminateUntil };
  } else {
    // Who stops again has less patience, never more.
    schedule.askUntil = Math.min(schedule.askUntil, askUntil);
    schedule.terminateUntil = Math.min(schedule.terminateUntil, terminateUntil);
  }
  if (ending !== undefined) return;
  ending = end(schedule).finally(() => {
    ending = undefined;
  });
}

async function end(until: StopSchedule): Promise<void> {
  if (tree === undefined) quiet('ask');
  const outcome = await stopTree(tree, until, () => isProgramOver);
  if (outcome.quiet) {
    // Nothing lives, so this is near; the report of its exit goes before the last word.
    await programEnded;
    quiet(outcome.by === 'already-ended' ? 'ask' : outcome.by);
  }
  report({ type: 'alive', pids: outcome.alive });
  watching ??= watchSurvivors(tree);
}

async function watchSurvivors(survivors: Tree): Promise<void> {
  for (let look = 0; look < orphanLooks; look += isStarterDead ? 1 : 0) {
    await pause(aliveLookMs);
    if (await isTreeQuiet(survivors)) quiet('kill');
  }
  process.exit(1);
}

function fail(failure: SpawnFailure): void {
  report({ type: 'notStarted', ...failure });
  quiet('ask');
}

function quiet(by: 'ask' | 'terminate' | 'kill'): never {
  report({ type: 'quiet', by });
  process.exit(0);
}

/** Written at once and in order: what was reported is on its way before anything else happens. */
function report(message: Report): void {
  try {
    writeSync(reportFd, `${JSON.stringify(message)}\n`);
  } catch {
    // The starter is dead; the end of the control stream says so and is acted on.
  }
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    // Not there or not to be entered: the program could not start in it either.
    return false;
  }
}

function spawnFailure(command: string, error: NodeJS.ErrnoException): SpawnFailure {
  switch (error.code) {
    case 'ENOENT':
      return {
        errorClass: 'PROGRAM_NOT_FOUND',
        message:
          command.includes('/') && existsSync(command)
            ? `${command} names an interpreter in its first line that is not there. Correct that line or install the interpreter.`
            : `The program ${command} was not found. Install it, or give its full path in the task.`,
      };
    case 'EACCES':
    case 'EPERM':
      return {
        errorClass: 'PROGRAM_NOT_EXECUTABLE',
        message: `The program ${command} may not be executed. Make it executable (chmod +x), or name its interpreter in the task.`,
      };
    default:
      return {
        errorClass: 'PROGRAM_NOT_STARTED',
        message: `The program ${command} could not be started: ${error.message}.`,
      };
  }
}

const control = new Socket({ fd: controlFd, readable: true, writable: false });
control.setEncoding('utf8');
control.on(
  'data',
  lineParser((value) => obey(value as Control)),
);
control.on('error', () => undefined); // `close` follows and is acted on.
control.on('close', () => {
  isStarterDead = true;
  stop(orphanLadder);
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop(defaultLadder));
// The end of a terminal is none of the lane's business.
process.on('SIGHUP', () => undefined);
