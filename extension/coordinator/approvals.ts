/**
 * Which programs a person on this machine let run. Kept outside the workspace, so that nothing in a
 * repository, its log or its task file can approve anything.
 *
 * An approval covers exactly one content by its hash; any change asks again. The prompt is not part
 * of it: it is data.
 */
import { createHash } from 'node:crypto';
import { appendFileSync, mkdirSync, readFileSync, realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import type { Task, TaskContent } from '../core/task.ts';

/**
 * Whose act approved it. What the command line added runs only in a lane that a person started with
 * `signalbox run`; what a person approved runs in every lane.
 */
export type Approver = 'cli' | 'person';

interface ApprovalLine {
  readonly hash: string;
  readonly by: Approver;
  readonly at: string;
  /** For people who read the file. */
  readonly program: string;
}

/** Where this person's approvals and other things of this machine are kept. */
export function homeFolder(env: NodeJS.ProcessEnv): string {
  const own = env['SIGNALBOX_HOME'];
  if (own) return path.resolve(own);
  if (process.platform === 'win32') {
    return path.join(env['LOCALAPPDATA'] ?? path.join(homedir(), 'AppData', 'Local'), 'signalbox');
  }
  if (process.platform === 'darwin') {
    return path.join(homedir(), 'Library', 'Application Support', 'signalbox');
  }
  return path.join(env['XDG_STATE_HOME'] || path.join(homedir(), '.local', 'state'), 'signalbox');
}

/** The name by which this person's own files tell workspaces apart. */
export function workspaceKey(workspaceRoot: string): string {
  return createHash('sha256').update(realpathSync(workspaceRoot)).digest('hex').slice(0, 32);
}

export class Approvals {
  /** Changes whenever something is approved in this workspace. */
  readonly file: string;
  readonly #workspace: string;
  readonly #digests = new WeakMap<TaskContent, string>();

  constructor(home: string, workspaceRoot: string) {
    this.#workspace = realpathSync(workspaceRoot);
    this.file = path.join(home, 'approvals', `${workspaceKey(workspaceRoot)}.jsonl`);
  }

  /** Records that `by` lets the program of `task` run as it is now. */
  approve(task: Task, by: Approver): void {
    if (task.content.program === undefined) return;
    const { program } = task.content;
    const line: ApprovalLine = {
      hash: this.digest(task),
      by,
      at: new Date().toISOString(),
      program,
    };
    mkdirSync(path.dirname(this.file), { recursive: true, mode: 0o700 });
    appendFileSync(this.file, `${JSON.stringify(line)}\n`, { mode: 0o600 });
  }

  /** A test of tasks against the approvals as they are now. */
  read(accepted: readonly Approver[]): (task: Task) => boolean {
    const approved = new Set(
      this.#lines()
        .filter(({ by }) => accepted.includes(by))
        .map(({ hash }) => hash),
    );
    return (task) => approved.has(this.digest(task));
  }

  /** Of everything of a task that becomes a command, and of where it runs. */
  digest({ content }: Pick<Task, 'content'>): string {
    const known = this.#digests.get(content);
    if (known !== undefined) return known;
    const { program = null, accept = null } = content;
    const check = content.validIf?.startsWith('cmd:') === true ? content.validIf : null;
    const covered = [this.#workspace, program, accept, check];
    const digest = createHash('sha256').update(JSON.stringify(covered)).digest('hex');
    this.#digests.set(content, digest);
    return digest;
  }

  #lines(): readonly ApprovalLine[] {
    let text: string;
    try {
      text = readFileSync(this.file, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
    return text.split('\n').flatMap(parseLine);
  }
}

/** Nothing for a line that was cut short: what is not clearly approved is not approved. */
function parseLine(line: string): readonly ApprovalLine[] {
  if (line === '') return [];
  try {
    const value = JSON.parse(line) as Partial<ApprovalLine>;
    const { hash, by, at = '', program = '' } = value;
    if (typeof hash !== 'string' || (by !== 'cli' && by !== 'person')) return [];
    return [{ hash, by, at, program }];
  } catch {
    return [];
  }
}
