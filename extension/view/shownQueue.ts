/**
 * All that may be asked of a queue wherever it is shown, whether or not there is one.
 *
 * What the world refuses is an answer here. Knows no messages, and runs no lane.
 */
import { existsSync } from 'node:fs';
import { readQueueFile } from '../coordinator/importQueueFile.ts';
import { hasLog } from '../coordinator/workspace.ts';
import type { CommandBody } from '../core/command.ts';
import type { TaskId } from '../core/ids.ts';
import { findTask } from '../core/queue.ts';
import type { Outcome, Params } from '../protocol/webview.ts';
import { readTranscript } from '../runner/transcriptReader.ts';
import { transcriptText } from '../runner/transcriptText.ts';
import { cancelTask, command, interrupt } from './actions.ts';
import { answerOf, answerOfError, done, refused } from './answers.ts';
import type { Refusal } from './answers.ts';
import { emptyModel } from './emptyModel.ts';
import type { ViewEvent } from './events.ts';
import { LogHolder } from './logHolder.ts';
import type { LogHolderOptions } from './logHolder.ts';
import { Publisher } from './publisher.ts';
import type { Told } from './publisher.ts';
import type { Session } from './session.ts';
import type { SessionLane } from './sessionLane.ts';
import type { Section } from './viewInput.ts';
import { newestAttempts } from './viewLane.ts';
import { viewModel } from './viewModel.ts';

const tickMs = 2_000;
/** An editor that closes ends its threads soon, whatever they are at. */
const closeLimitMs = 2_500;

export type ShownQueueOptions<Lane extends SessionLane> = Omit<LogHolderOptions<Lane>, 'onChange'>;

export class ShownQueue<Lane extends SessionLane> {
  protected readonly by: string;
  readonly #options: ShownQueueOptions<Lane>;
  readonly #emit: (event: ViewEvent) => void;
  readonly #publisher: Publisher;
  readonly #log: LogHolder<Lane>;
  readonly #ticker: NodeJS.Timeout;
  readonly #rows: Partial<Record<Section, number>> = {};
  readonly #dismissed = new Map<string, number>();

  constructor(options: ShownQueueOptions<Lane>) {
    const { by, emit } = options;
    this.by = by;
    this.#options = options;
    this.#emit = emit;
    this.#publisher = new Publisher(() => this.#told(), emit);
    this.#log = new LogHolder({ ...options, onChange: () => this.#publisher.soon() });
    this.#ticker = setInterval(() => void this.#log.tick(), tickMs);
  }

  /** Opens the log where there is one. Never rejects. */
  async open(): Promise<void> {
    await this.#log.open({ create: false });
  }

  /** Makes the folders and the log where there are none; only ever called for what a person did. */
  async prepare(): Promise<Outcome> {
    if ((await this.#log.settled()) !== null) return done;
    try {
      const paths = this.#options.paths();
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

  /** Any command about the queue that needs nothing more than being decided and recorded. */
  async execute(body: CommandBody): Promise<Outcome> {
    return this.withSession(async (session) =>
      answerOf(await session.touch().execute(command(body, this.by))),
    );
  }

  async interrupt(attempt?: { readonly task: TaskId; readonly token: number }): Promise<Outcome> {
    return this.withSession((session) => interrupt(session, attempt, this.by));
  }

  async cancelTask(task: TaskId): Promise<Outcome> {
    return this.withSession((session) => cancelTask(session, task, this.by));
  }

  async dismissKindError(kind: string): Promise<Outcome> {
    return this.withSession(async ({ desk }) => {
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

  /** The whole model as it is now. */
  async snapshot(): Promise<Told> {
    const session = await this.#log.settled();
    await session?.read();
    return this.#publisher.now();
  }

  /** What the program of the task's newest attempt said, as text. */
  async transcript(id: TaskId): Promise<string> {
    const desk = (await this.#log.settled())?.desk;
    const task = desk && findTask(desk.queue, id);
    if (desk === undefined || task === undefined || task.attempts < 1) return '';
    const place = { outputDir: desk.paths.output, task: task.id, attempt: task.attempts };
    const { records } = await readTranscript(place);
    return records.map(transcriptText).join('');
  }

  /** Why the queue cannot be used, in words, or null. */
  get trouble(): string | null {
    return this.#log.store.message;
  }

  /** What is shown, for whoever only reads of it; null where there is no queue. */
  async shown(): Promise<Session<Lane> | null> {
    return this.#log.settled();
  }

  /** Lets go of the log, and gives back what runs here. */
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
  protected async withSession<Answer>(
    ask: (session: Session<Lane>) => Promise<Answer>,
  ): Promise<Answer | Refusal> {
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
