/**
 * Runs one command of the project's own tooling, with a deadline on its whole process tree.
 *
 * Knows nothing of what the command is for.
 */
import { spawn } from 'node:child_process';
import process from 'node:process';

/**
 * @typedef {object} Step
 * @property {string} command
 * @property {readonly string[]} args
 * @property {number} [deadlineMs] The tree is killed after it; none by default.
 * @property {boolean} [quiet] Keep the output and hand it back instead of showing it.
 * @property {Readonly<Record<string, string>>} [env] Added to the environment.
 */
/**
 * @typedef {object} StepEnd
 * @property {boolean} ok Whether it ended by itself with exit code 0.
 * @property {string} why How it ended, in words.
 * @property {string} output What it printed, where it was quiet.
 * @property {number} tookMs
 */

const isWindows = process.platform === 'win32';

/** @type {Set<number>} Process groups that are at work, ended with this process. */
const groups = new Set();
const signals = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);

function endWithGroups() {
  for (const pid of groups) killTree(pid);
  process.exit(1);
}

/** @param {number} pid */
function guard(pid) {
  if (groups.size === 0) for (const signal of signals) process.on(signal, endWithGroups);
  groups.add(pid);
}

/** With nothing at work, how to end is the caller's business again. @param {number} pid */
function release(pid) {
  groups.delete(pid);
  if (groups.size === 0) for (const signal of signals) process.off(signal, endWithGroups);
}

/**
 * Runs a command to its end. Never rejects: a command that cannot start has ended, not ok.
 *
 * @param {Step} step
 * @returns {Promise<StepEnd>}
 */
export function runStep({ command, args, deadlineMs, quiet = false, env = {} }) {
  const startedAt = performance.now();
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      // A group of its own, so that a hung test is ended with all that it started.
      detached: !isWindows,
      env: { ...process.env, ...env },
      stdio: ['ignore', quiet ? 'pipe' : 'inherit', quiet ? 'pipe' : 'inherit'],
    });
    const { pid } = child;
    if (pid !== undefined) guard(pid);

    /** @type {Buffer[]} */
    const chunks = [];
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (/** @type {Buffer} */ chunk) => chunks.push(chunk));
    }

    let late = false;
    const timer =
      deadlineMs === undefined
        ? undefined
        : setTimeout(() => {
            late = true;
            if (pid !== undefined) killTree(pid);
          }, deadlineMs);

    /** @param {boolean} ok @param {string} why */
    const end = (ok, why) => {
      clearTimeout(timer);
      if (pid !== undefined) release(pid);
      const output = Buffer.concat(chunks).toString('utf8');
      resolve({ ok, why, output, tookMs: performance.now() - startedAt });
    };
    child.once('error', (error) => {
      end(false, `could not start ${command}: ${error.message}`);
    });
    child.once('close', (code, signal) => {
      if (late) end(false, `was not done after ${Number(deadlineMs) / 1000} s and was ended`);
      else end(code === 0, code === null ? `ended by ${signal}` : `exit code ${code}`);
    });
  });
}

/** @param {number} pid */
function killTree(pid) {
  try {
    process.kill(isWindows ? pid : -pid, 'SIGKILL');
  } catch {
    // It has just ended by itself, which is what was wanted.
  }
}
