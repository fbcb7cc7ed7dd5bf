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
import { explainMissingAgent } from './agentCommands.ts';
import type { AgentCommand } from './agentPresets.ts';
import type { PermissionAnswer, PermissionQuestion, Program, ProgramRequest } from './program.ts';
import { acpProgram } from './programs/acp.ts';
import { externalProgram } from './programs/external.ts';
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
    /** Aborts when the answer is not needed any more. */
    withdrawn?: AbortSignal,
  ) => Promise<PermissionAnswer>;
  /** How the agent of that name is started on this machine, or undefined. */
  readonly agentOf: (name: string) => AgentCommand | undefined;
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
    ask: (task, claim) => (question, withdrawn) => ask(task, claim, question, withdrawn),
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

/** @throws {RunnerError} `NO_SUCH_PROGRAM` or `NO_SUCH_AGENT` where this machine cannot run it */
function programOf(text: string, { supervisorPath, env, agentOf }: LaneSetupOptions): Program {
  const parsed = parseProgram(text);
  if (!parsed.ok) throw new RunnerError('NO_SUCH_PROGRAM', parsed.message);
  const { spec } = parsed;
  switch (spec.type) {
    case 'shell':
      return shellProgram({ argv: spec.argv, supervisorPath, env });
    case 'acp': {
      const agent = agentOf(spec.agent);
      if (agent !== undefined) return acpProgram({ agent, supervisorPath, env });
      throw new RunnerError('NO_SUCH_AGENT', explainMissingAgent(spec.agent));
    }
    case 'external':
      return externalProgram;
  }
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
