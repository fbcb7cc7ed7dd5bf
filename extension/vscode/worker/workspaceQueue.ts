/**
 * All that may be asked of the window's queue, whether or not there is one.
 *
 * What the world refuses is an answer here. Knows no messages and no threads.
 */
import { existsSync } from 'node:fs';
import { readQueueFile } from '../../coordinator/importQueueFile.ts';
import { hasLog } from '../../coordinator/workspace.ts';
import type { CommandBody } from '../../core/command.ts';
import type { TaskId } from '../../core/ids.ts';
import { findTask } from '../../core/queue.ts';
import type { TaskContent } from '../../core/task.ts';
import type { Outcome, Params } from '../../protocol/webview.ts';
import { readTranscript } from '../../runner/transcriptReader.ts';
import { transcriptText } from '../../runner/transcriptText.ts';
import { emptyModel } from '../emptyModel.ts';
import { addTask, approveTask, cancelTask, command, interrupt, runTaskNow } from './actions.ts';
import { answerOf, answerOfError, done, refused } from './answers.ts';
import type { Refusal } from './answers.ts';
import type { Added, QueueWorker, WorkerEvent, WorkerOptions } from './contract.ts';
import { describeHealth, describeTask } from './describe.ts';
import { LogHolder } from './logHolder.ts';
import { Publisher } from './publisher.ts';
import type { Told } from './publisher.ts';
import type { Session } from './session.ts';
import type { Section } from './viewInput.ts';
import { newestAttempts } from './viewLane.ts';
import { viewModel } from './viewModel.ts';

const tickMs = 2_000;
/** An editor that closes ends its threads soon, whatever they are at. */
const closeLimitMs = 2_500;

export class WorkspaceQueue implements QueueWorker {
  readonly #by: string;
  readonly #emit: (event: WorkerEvent) => void;
  readonly #publisher: Publisher;
  readonly #log: LogHolder;
  readonly #ticker: NodeJS.Timeout;
  readonly #rows: Partial<Record<Section, number>> = {};
  readonly #dismissed = new Map<string, number>();

  constructor(worker: WorkerOptions, emit: (event: WorkerEvent) => void) {
    this.#by = worker.by;
    this.#emit = emit;
    this.#publisher = new Publisher(() => this.#told(), emit);
    const onChange = () => this.#publisher.soon();
    this.#log = new LogHolder({ worker, emit, onChange });
    this.#ticker = setInterval(() => void this.#log.tick(), tickMs);
  }

  /** Opens the log where there is one. Never rejects. */
  async open(): Promise<void> {
    await this.#log.open({ create: false });
  }

  async prepare(): Promise<Outcome> {
    if ((await this.#log.settled()) !== null) return done;
    try {
      const paths = this.#log.paths();
      // A queue that was written down before is taken in; one that cannot be is not built over.
      const isWritten = !hasLog(paths) && existsSync(paths.queueFile);
      const read = isWritten ? readQueueFile(paths.queueFile) : null;
      if (read?.ok === false) return read;
      const session = await this.#log.open({ create: true });
      if (session === null) return this.#unavailable();
      if (isWritten) await session.touch().project();
      return done;
    } catch (error) {
      return answerOfError(error);
    }
  }

  async execute(body: CommandBody): Promise<Outcome> {
    return this.#with(async (session) =>
      answerOf(await session.touch().execute(command(body, this.#by))),
    );
  }

  async add(content: TaskContent): Promise<Added> {
    const prepared = await this.prepare();
    if (!prepared.ok) return prepared;
    return this.#with((session) => addTask(session, content, this.#by));
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
    return this.#with((session) => runTaskNow(session, task, this.#by));
  }

  async interrupt(attempt?: { readonly task: TaskId; readonly token: number }): Promise<Outcome> {
    return this.#with((session) => interrupt(session, attempt, this.#by));
  }

  async cancelTask(task: TaskId): Promise<Outcome> {
    return this.#with((session) => cancelTask(session, task, this.#by));
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
    const session = await this.#log.settled();
    await session?.read();
    return this.#publisher.now();
  }

  async describeTask(task: TaskId): Promise<string | null> {
    const session = await this.#log.settled();
    return session === null ? null : describeTask(session.desk, task);
  }

  async transcript(id: TaskId): Promise<string> {
    const desk = (await this.#log.settled())?.desk;
    const task = desk && findTask(desk.queue, id);
    if (desk === undefined || task === undefined || task.attempts < 1) return '';
    const place = { outputDir: desk.paths.output, task: task.id, attempt: task.attempts };
    const { records } = await readTranscript(place);
    return records.map(transcriptText).join('');
  }

  async describeHealth(): Promise<string> {
    const session = await this.#log.settled();
    const { message } = this.#log.store;
    if (session !== null && message === null) return describeHealth(session.desk);
    return `# Health of the queue\n\n${message ?? 'There is no queue here yet.'}\n`;
  }

  async close(): Promise<void> {
    clearInterval(this.#ticker);
    this.#publisher.close();
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, closeLimitMs);
    });
    // Whatever is not given back by then ends with this process, and the next lane settles it.
    await Promise.race([this.#log.close().catch((error: unknown) => this.#warn(error)), limit]);
    clearTimeout(timer);
  }

  /** Asks the open queue; what the world refuses becomes a refusal. */
  async #with<Answer>(ask: (session: Session) => Promise<Answer>): Promise<Answer | Refusal> {
    const session = await this.#log.settled();
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

  #unavailable(): Refusal {
    const { state, message } = this.#log.store;
    if (state === 'halted') return refused('store-halted', message ?? 'The log cannot be read.');
    return refused('no-queue', 'There is no queue in this folder yet. Add a task to begin one.');
  }

  #told(): Told {
    const { session, store } = this.#log;
    if (session === null) return { end: 0, model: emptyModel(Date.now(), true, store) };
    const shown = { store, rows: this.#rows, dismissed: this.#dismissed };
    return { end: session.desk.queue.end, model: viewModel(session.input(shown)) };
  }

  #warn(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    this.#emit({ type: 'log', level: 'warn', message });
  }
}
