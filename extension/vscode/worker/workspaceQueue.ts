/**
 * The window's queue, whether there is one yet, whether it can be read, and all that may be asked of
 * it.
 *
 * Opens a log only where one is, and makes one only for a person. Knows no messages and no threads.
 */
import { statSync, readdirSync, existsSync } from 'node:fs';
import path from 'node:path';
import { importQueueFile, readQueueFile } from '../../coordinator/importQueueFile.ts';
import type { WorkspacePaths } from '../../coordinator/workspace.ts';
import { findWorkspace, hasLog } from '../../coordinator/workspace.ts';
import type { CommandBody } from '../../core/command.ts';
import type { TaskId } from '../../core/ids.ts';
import { findTask } from '../../core/queue.ts';
import type { TaskContent } from '../../core/task.ts';
import type { Outcome, Params } from '../../protocol/webview.ts';
import type { QueueViewModel } from '../../protocol/webviewModel.ts';
import { readTranscript } from '../../runner/transcriptReader.ts';
import { transcriptText } from '../../runner/transcriptText.ts';
import { StoreError } from '../../store/taskStore.ts';
import { emptyModel } from '../emptyModel.ts';
import { addTask, approveTask, cancelTask, command, interrupt, runTaskNow } from './actions.ts';
import { answerOf, answerOfError, done, refused } from './answers.ts';
import type { Refusal } from './answers.ts';
import type { Added, QueueWorker, WorkerEvent, WorkerOptions } from './contract.ts';
import { describeHealth, describeTask } from './describe.ts';
import { openQueue } from './openQueue.ts';
import { Publisher } from './publisher.ts';
import type { Told } from './publisher.ts';
import { Session } from './session.ts';
import type { Section } from './viewInput.ts';
import { newestAttempts } from './viewLane.ts';
import { viewModel } from './viewModel.ts';
import { long } from './words.ts';

const tickMs = 2_000;
/** An editor that closes ends its threads soon, whatever they are at. */
const closeLimitMs = 2_500;

type StoreState = QueueViewModel['store'];
const none: StoreState = { state: 'none', message: null };

export class WorkspaceQueue implements QueueWorker {
  readonly #options: WorkerOptions;
  readonly #emit: (event: WorkerEvent) => void;
  readonly #publisher: Publisher;
  readonly #ticker: NodeJS.Timeout;
  readonly #rows: Partial<Record<Section, number>> = {};
  readonly #dismissed = new Map<string, number>();
  #session: Session | null = null;
  #store: StoreState = { state: 'loading', message: null };
  /** What the log's files looked like when they could not be read. */
  #haltedAt = '';
  #opening: Promise<void> | null = null;
  #isClosing = false;

  constructor(options: WorkerOptions, emit: (event: WorkerEvent) => void) {
    this.#options = options;
    this.#emit = emit;
    this.#publisher = new Publisher(() => this.#told(), emit);
    this.#ticker = setInterval(() => this.#tick(), tickMs);
  }

  /** Opens the log where there is one. Never rejects. */
  open(): Promise<void> {
    return this.#open(false);
  }

  async prepare(): Promise<Outcome> {
    await this.#opening;
    if (this.#session !== null) return done;
    try {
      const paths = findWorkspace({ cwd: this.#options.workspaceDir, env: this.#options.env });
      // A queue that was written down before is taken in; one that cannot be is not built over.
      const isFile = !hasLog(paths) && existsSync(paths.queueFile);
      const read = isFile ? readQueueFile(paths.queueFile) : null;
      if (read?.ok === false) return read;
      await this.#open(true);
      const session = this.#opened();
      if (session === null) return this.#unavailable();
      if (!isFile) return done;
      const asked = command({ type: 'import', tasks: [] }, this.#options.by);
      const imported = await importQueueFile(session.touch(), paths.queueFile, asked);
      return imported.ok ? done : refused(imported.reason, imported.message);
    } catch (error) {
      return answerOfError(error);
    }
  }

  async execute(body: CommandBody): Promise<Outcome> {
    return this.#with(async (session) =>
      answerOf(await session.touch().execute(command(body, this.#options.by))),
    );
  }

  async add(content: TaskContent): Promise<Added> {
    const prepared = await this.prepare();
    if (!prepared.ok) return prepared;
    return this.#with((session) => addTask(session, content, this.#options.by));
  }

  async startLane(): Promise<Outcome> {
    return this.#with(async (session) => {
      session.touch();
      return session.lane.start();
    });
  }

  async stopLane(): Promise<Outcome> {
    return this.#with(async ({ lane }) => {
      lane.stop();
      return done;
    });
  }

  async runTaskNow(task: TaskId): Promise<Outcome> {
    return this.#with((session) => runTaskNow(session, task, this.#options.by));
  }

  async interrupt(attempt?: { readonly task: TaskId; readonly token: number }): Promise<Outcome> {
    return this.#with((session) => interrupt(session, attempt, this.#options.by));
  }

  async cancelTask(task: TaskId): Promise<Outcome> {
    return this.#with((session) => cancelTask(session, task, this.#options.by));
  }

  async approveTask(params: Params<'approveTask'>): Promise<Outcome> {
    return this.#with((session) => approveTask(session, params));
  }

  async answerQuestion(params: Params<'answerQuestion'>): Promise<Outcome> {
    return this.#with(async ({ questions }) => questions.answer(params));
  }

  async dismissKindError(kind: string): Promise<Outcome> {
    return this.#with(async ({ desk }) => {
      const last = newestAttempts(desk.queue).get(kind)?.lastClaim;
      if (last != null) this.#dismissed.set(kind, last.token);
      return done;
    });
  }

  async showMore({ section, rows }: Params<'showMore'>): Promise<Outcome> {
    this.#rows[section] = Math.max(this.#rows[section] ?? 0, rows);
    this.#publisher.soon();
    return done;
  }

  async snapshot(): Promise<Told> {
    if (this.#opening !== null) await this.#opening;
    await this.#session?.read();
    return this.#publisher.now();
  }

  async describeTask(task: TaskId): Promise<string | null> {
    const desk = this.#session?.desk;
    return desk === undefined ? null : describeTask(desk, task);
  }

  async transcript(id: TaskId): Promise<string> {
    const desk = this.#session?.desk;
    const task = desk && findTask(desk.queue, id);
    if (desk === undefined || task === undefined || task.attempts < 1) return '';
    const place = { outputDir: desk.paths.output, task: task.id, attempt: task.attempts };
    const { records } = await readTranscript(place);
    return records.map(transcriptText).join('');
  }

  async describeHealth(): Promise<string> {
    const { message } = this.#store;
    if (message !== null) return `# Health of the queue\n\n${message}\n`;
    const desk = this.#session?.desk;
    return desk === undefined
      ? '# Health of the queue\n\nThere is no queue here yet.\n'
      : describeHealth(desk);
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    clearInterval(this.#ticker);
    this.#publisher.close();
    await this.#opening;
    const session = this.#session;
    this.#session = null;
    if (session === null) return;
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, closeLimitMs);
    });
    // Whatever is not given back by then ends with this process, and the next lane settles it.
    await Promise.race([session.close().catch((error: unknown) => this.#warn(error)), limit]);
    clearTimeout(timer);
  }

  // --- Opening, losing and finding the log ---

  async #open(create: boolean): Promise<void> {
    await this.#opening;
    if (this.#isClosing || (this.#session !== null && this.#store.state === 'open')) return;
    this.#opening = this.#openNow(create).finally(() => {
      this.#opening = null;
      this.#publisher.soon();
    });
    await this.#opening;
  }

  async #openNow(create: boolean): Promise<void> {
    const { workspaceDir, env } = this.#options;
    try {
      const paths = findWorkspace({ cwd: workspaceDir, env });
      if (!create && !hasLog(paths)) {
        this.#store = none;
        return;
      }
      const stamp = stampOf(paths);
      const before = this.#session;
      this.#haltedAt = stamp;
      const desk = await openQueue(paths, env, { create });
      const wasStarted = before?.lane.isStarted === true;
      await before?.close().catch((error: unknown) => this.#warn(error));
      const session = new Session({
        desk,
        worker: this.#options,
        emit: this.#emit,
        onChange: () => this.#publisher.soon(),
        onTrouble: (error) => this.#halt(error),
      });
      this.#session = session;
      this.#store = { state: 'open', message: null };
      if (wasStarted) await session.lane.start();
    } catch (error) {
      this.#halt(error);
    }
  }

  /** The log cannot be read: what is known stays, and its files are looked at again. */
  #halt(error: unknown): void {
    if (error instanceof StoreError && error.code === 'NO_LOG') {
      this.#store = none;
      return;
    }
    const message = long(error instanceof Error ? error.message : String(error));
    if (this.#store.message === message) return;
    this.#store = { state: 'halted', message };
    this.#warn(error);
    this.#publisher.soon();
  }

  #tick(): void {
    if (this.#opening !== null) return;
    if (this.#session !== null && this.#store.state === 'open') {
      this.#session.tick();
      return;
    }
    const paths = this.#pathsIfThere();
    if (paths === null || !hasLog(paths)) return;
    if (this.#store.state === 'halted' && stampOf(paths) === this.#haltedAt) return;
    void this.#open(false);
  }

  #pathsIfThere(): WorkspacePaths | null {
    try {
      return findWorkspace({ cwd: this.#options.workspaceDir, env: this.#options.env });
    } catch {
      // Said when it was opened, and again when someone asks for it.
      return null;
    }
  }

  // --- Answers ---

  /** Asks the open queue; what the world refuses becomes a refusal. */
  async #with<Answer>(ask: (session: Session) => Promise<Answer>): Promise<Answer | Refusal> {
    if (this.#opening !== null) await this.#opening;
    const session = this.#session;
    if (session === null) return this.#unavailable();
    try {
      return await ask(session);
    } catch (error) {
      return answerOfError(error);
    } finally {
      void session.read();
      this.#publisher.soon();
    }
  }

  /** After a wait: the compiler takes it that nothing else ran meanwhile. */
  #opened(): Session | null {
    return this.#session;
  }

  #unavailable(): Refusal {
    const { state, message } = this.#store;
    if (state === 'halted') return refused('store-halted', message ?? 'The log cannot be read.');
    return refused('no-queue', 'There is no queue in this folder yet. Add a task to begin one.');
  }

  #told(): Told {
    const session = this.#session;
    const store = this.#store;
    if (session === null) return { end: 0, model: emptyModel(Date.now(), true, store) };
    const shown = { store, rows: this.#rows, dismissed: this.#dismissed };
    return { end: session.desk.queue.end, model: viewModel(session.input(shown)) };
  }

  #warn(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    this.#emit({ type: 'log', level: 'warn', message });
  }
}

/** Changes whenever something is done to the files of the log. */
function stampOf({ log }: WorkspacePaths): string {
  try {
    return readdirSync(log)
      .map((name) => {
        const stats = statSync(path.join(log, name), { bigint: true, throwIfNoEntry: false });
        return `${name}:${stats?.ino}:${stats?.size}:${stats?.mtimeNs}`;
      })
      .join(' ');
  } catch {
    // Not to be listed: another try is made once it can be.
    return '';
  }
}
