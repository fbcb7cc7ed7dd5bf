/**
 * What the lane's attempts need of a workspace on this machine: programs, prompts, transcripts,
 * validity. Whether a program may run was settled before.
 */
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { parseProgram } from '../core/programSpec.ts';
import type { BlobRef, Claim, Task } from '../core/task.ts';
import { isAlive } from '../platform/processIdentity.ts';
import { readProcess } from '../platform/processTable.ts';
import type { AttemptSetup } from './attempt.ts';
import type { PermissionAnswer, PermissionQuestion, Program, ProgramRequest } from './program.ts';
import { shellProgram } from './programs/shell.ts';
import { RunnerError } from './runnerError.ts';
import { openTranscript } from './transcript.ts';

export interface LaneSetupOptions {
  readonly workspaceDir: string;
  /** `AI/output`. */
  readonly outputDir: string;
  /** The bundled `supervise.js`. */
  readonly supervisorPath: string;
  readonly env: NodeJS.ProcessEnv;
  readonly now: () => number;
  /** The whole of a text that may be kept beside the log. */
  readonly textOf: (text: string | BlobRef | null) => Promise<string | null>;
  readonly ask: (
    task: Task,
    claim: Claim,
    question: PermissionQuestion,
  ) => Promise<PermissionAnswer>;
  /** The command line of a configured farewell, or undefined. */
  readonly farewellOf: (name: string) => string | undefined;
}

export function laneSetup(options: LaneSetupOptions): AttemptSetup {
  const { workspaceDir, outputDir, now, textOf, ask } = options;
  return {
    agentFor: (task) => agentFor(task),
    requestFor: async (task, claim) => requestFor(task, claim, workspaceDir, textOf),
    programFor: (task) => programOf(task.content.program ?? '', options),
    acceptanceFor: ({ content: { accept } }) =>
      accept === undefined ? null : programOf(`shell:${accept}`, options),
    validityOf: async (task) => validityOf(task, options),
    openTranscript: (task) =>
      openTranscript({
        outputDir,
        task: task.id,
        attempt: task.attempts,
        session: task.content.session ?? null,
        now,
      }),
    ask: (task, claim) => (question) => ask(task, claim, question),
    sayFarewell: (name) => sayFarewell(name, options),
    isPidAlive: (pid) => isAlive({ pid, startTime: '' }) && readProcess(pid)?.dead !== true,
  };
}

function agentFor(task: Task): string {
  const parsed = parseProgram(task.content.program ?? '');
  return parsed.ok && parsed.spec.type === 'acp' ? parsed.spec.agent : 'lane';
}

async function requestFor(
  { id, content, attempts, checkpoint }: Task,
  { token }: Claim,
  workspaceDir: string,
  textOf: LaneSetupOptions['textOf'],
): Promise<ProgramRequest> {
  return {
    task: id,
    token,
    attempt: attempts,
    session: content.session ?? null,
    title: content.title,
    prompt: (await textOf(content.description)) ?? content.title,
    workspaceDir,
    checkpoint,
  };
}

/** @throws {RunnerError} `NO_SUCH_PROGRAM` where this build cannot run it */
function programOf(text: string, { supervisorPath, env }: LaneSetupOptions): Program {
  const parsed = parseProgram(text);
  if (!parsed.ok) throw new RunnerError('NO_SUCH_PROGRAM', parsed.message);
  const { spec } = parsed;
  if (spec.type === 'shell') return shellProgram({ argv: spec.argv, supervisorPath, env });
  throw new RunnerError(
    'NO_SUCH_PROGRAM',
    `This lane cannot run ${text}. Use a lane that can, or edit the task's program.`,
  );
}

/** Judged when its turn comes: why the task is not to be done any more. */
function validityOf(
  { content }: Task,
  options: LaneSetupOptions,
): string | null | { readonly check: Program } {
  const { deadlineAt, validIf } = content;
  if (deadlineAt !== undefined && deadlineAt < options.now()) return 'Its deadline has passed';
  const [, type, what = ''] = /^(file|branch|cmd):([\s\S]+)$/.exec(validIf ?? '') ?? [];
  switch (type) {
    case 'file': {
      const file = path.resolve(options.workspaceDir, what);
      return statSync(file, { throwIfNoEntry: false }) === undefined
        ? `The file ${what} no longer exists`
        : null;
    }
    case 'branch': {
      const branch = currentBranch(options.workspaceDir);
      return branch === what ? null : `The branch is ${branch ?? 'none'}, not ${what}`;
    }
    case 'cmd':
      return { check: programOf(`shell:${what}`, options) };
    default:
      return null;
  }
}

/** Read, not asked of git: nothing is spawned for it. Null where no branch is checked out. */
function currentBranch(workspaceDir: string): string | null {
  try {
    const dotGit = path.join(workspaceDir, '.git');
    const link = statSync(dotGit).isFile() ? readFileSync(dotGit, 'utf8') : '';
    const gitDir = /^gitdir: (.+)$/m.exec(link)?.[1];
    const folder = gitDir === undefined ? dotGit : path.resolve(workspaceDir, gitDir);
    const head = readFileSync(path.join(folder, 'HEAD'), 'utf8');
    return /^ref: refs\/heads\/(.+)$/m.exec(head)?.[1] ?? null;
  } catch {
    // No repository here: then there is no branch either.
    return null;
  }
}

async function sayFarewell(name: string, options: LaneSetupOptions): Promise<void> {
  const commandLine = options.farewellOf(name);
  if (commandLine === undefined) return;
  const program = programOf(`shell:${commandLine}`, options);
  const { workspaceDir } = options;
  const request = { task: name, token: 0, attempt: 1, session: null, title: name, prompt: name };
  const host = { emit: () => undefined, ask: async () => ({ outcome: 'cancelled' }) as const };
  const prepared = await program.prepare({ ...request, workspaceDir, checkpoint: null }, host);
  prepared.begin();
  const timer = setTimeout(() => void prepared.stop(shortLadder), farewellLimitMs);
  await prepared.ended;
  clearTimeout(timer);
}

/** A farewell is a sound or a message, no work. */
const farewellLimitMs = 10_000;
const shortLadder = { askMs: 500, terminateMs: 500 };
