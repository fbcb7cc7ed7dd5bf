/**
 * The program of `shell:` tasks: one command with its arguments, run without a shell.
 *
 * Gets the prompt on standard input and says what it says on standard output and standard error.
 * Its command line was split before (`core/commandLine.ts`); nothing of a task ever becomes code.
 */
import type {
  PreparedProgram,
  Program,
  ProgramEnd,
  ProgramHost,
  ProgramRequest,
} from '../program.ts';
import { type Exit, startSupervised } from '../supervisor.ts';
import { programEnvironment } from './environment.ts';
import { LastLine, readText } from './output.ts';

export interface ShellProgramOptions {
  /** The command and its arguments, as they are passed on. At least the command. */
  readonly argv: readonly string[];
  /** The bundled `supervise.js`. */
  readonly supervisorPath: string;
  /** What the program's environment is made from; the starter's own by default. */
  readonly env?: Readonly<NodeJS.ProcessEnv>;
}

export function shellProgram(options: ShellProgramOptions): Program {
  return { prepare: (request, host) => prepare(options, request, host) };
}

async function prepare(
  { argv, supervisorPath, env = process.env }: ShellProgramOptions,
  request: ProgramRequest,
  host: ProgramHost,
): Promise<PreparedProgram> {
  const supervised = await startSupervised({
    argv,
    cwd: request.workspaceDir,
    env: programEnvironment(env, request),
    supervisorPath,
  });
  const lastLines = { stdout: new LastLine(), stderr: new LastLine() };
  const read = (stream: 'stdout' | 'stderr') =>
    readText(supervised[stream], supervised.exited, (text) => {
      lastLines[stream].push(text);
      host.emit({ type: 'chunk', text, stream });
      return host.drained?.();
    });
  const allRead = Promise.all([read('stdout'), read('stderr')]);
  const finish = async (): Promise<ProgramEnd> => {
    const exit = await supervised.exited;
    await allRead;
    return endOf(exit, lastLines.stdout.value, lastLines.stderr.value);
  };
  return {
    process: supervised.identity,
    begin: () => {
      supervised.stdin.end(request.prompt);
      supervised.begin();
    },
    ended: finish(),
    stop: (ladder) => supervised.stop(ladder),
  };
}

function endOf(exit: Exit, lastSaid: string | null, lastComplaint: string | null): ProgramEnd {
  if ('neverBegan' in exit) return { outcome: 'stopped' };
  if ('spawnError' in exit) {
    const { errorClass, message } = exit.spawnError;
    return { outcome: 'failed', errorClass, message };
  }
  if ('supervisorLost' in exit) {
    const message =
      'The supervisor of the program was killed, so the program was ended too. Retry the task.';
    return { outcome: 'failed', errorClass: 'SUPERVISOR_LOST', message };
  }
  if (exit.stopped) return { outcome: 'stopped' };
  if (exit.code === 0) return { outcome: 'completed', result: lastSaid };
  const how = exit.signal === null ? `exit code ${exit.code ?? '?'}` : `signal ${exit.signal}`;
  return {
    outcome: 'failed',
    errorClass: exit.signal === null ? `EXIT_${exit.code ?? '?'}` : `SIGNAL_${exit.signal}`,
    message: lastComplaint ?? lastSaid ?? `The program ended with ${how} and said nothing.`,
  };
}
