/**
 * Clients that work one queue through the real store and coordinator on a disk in memory, while
 * everything goes wrong that can: crashes, lost power, errors, short writes, pauses, clocks that
 * jump, a log that is cut back or rots.
 *
 * All of it follows from the seed. Says which promise was broken, or null.
 */
import { vi } from 'vitest';
import { Coordinator } from '../../../extension/coordinator/coordinator.ts';
import { position } from '../../../extension/core/ids.ts';
import { defaultRules } from '../../../extension/core/rules.ts';
import type { FileStore } from '../../../extension/store/file/fileStore.ts';
import { openFileStore } from '../../../extension/store/openStore.ts';
import { StoreError } from '../../../extension/store/taskStore.ts';
import type { TaskStore } from '../../../extension/store/taskStore.ts';
import { add, claim, complete } from '../../support/core.ts';
import type { Request } from '../../support/core.ts';
import { notes } from '../../support/storeNotes.ts';
import type { Trouble } from './memoryDisk.ts';
import { MemoryDisk, diskRoot } from './memoryDisk.ts';

const clients = 3;
const tasksEach = 1;
const maxSteps = 2_000;
/** After so many steps nothing goes wrong any more, and all must come to their end. */
const troubledSteps = 40;
const logDir = `${diskRoot}/AI/log`;

/** A process that was killed: whatever it still tries to do has no effect. */
class Killed extends Error {}

interface Process {
  isDead: boolean;
  readonly store: FileStore;
}

/** Draws numbers from 0 below a limit, the same for the same seed. */
function drawing(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

export class Simulation {
  readonly disk = new MemoryDisk();
  readonly #draw: (below: number) => number;
  /** Whether the log is tampered with in this history; then no power fails, since both at once may. */
  readonly #tampers: boolean;
  readonly #processes = new Set<Process>();
  /** Whose calls reach the disk at the moment. */
  #running: Process | null = null;
  #isTroubled = true;
  #isTampered = false;
  #isNested = false;
  /** What was acknowledged at each position, as the id of its command. */
  readonly #acknowledged = new Map<number, string>();
  readonly diary: string[] = [];
  #broken: string | null = null;

  constructor(seed: number) {
    this.#draw = drawing(seed);
    this.#tampers = this.#draw(3) === 0;
    vi.spyOn(Math, 'random').mockImplementation(() => this.#draw(1_000) / 1_000);
    this.disk.beforeCall = (call, path, bytes) => this.#before(call, path, bytes);
  }

  async run(): Promise<string | null> {
    const waiting = new Map<number, () => void>();
    let parked = (): void => undefined;
    const gate = (client: number) =>
      new Promise<void>((resolve) => {
        waiting.set(client, resolve);
        parked();
      });
    let working = clients;
    for (let client = 0; client < clients; client++) {
      const end = () => {
        working--;
        parked();
      };
      const untilParked = new Promise<void>((resolve) => (parked = resolve));
      void this.#client(client, () => gate(client)).then(end, (error: unknown) => {
        this.#broken ??= `a client failed: ${error instanceof Error ? error.stack : String(error)}`;
        end();
      });
      await untilParked;
    }
    for (let step = 0; working > 0 && this.#broken === null; step++) {
      if (step > maxSteps) return 'somebody never comes to an end';
      this.#isTroubled = step < troubledSteps;
      if (this.#isTroubled) this.#betweenSteps();
      const [client, go] = [...waiting][this.#draw(waiting.size)]!;
      waiting.delete(client);
      const untilParked = new Promise<void>((resolve) => (parked = resolve));
      go();
      await untilParked;
    }
    this.#isTroubled = false;
    return this.#broken ?? (await this.#judge());
  }

  /** What may happen between two steps of anyone. */
  #betweenSteps(): void {
    if (this.#draw(20) === 0) vi.setSystemTime(Date.now() + this.#draw(20_000) - 10_000);
    if (!this.#tampers && this.#draw(25) === 0) {
      this.diary.push('the power fails');
      for (const process of this.#processes) process.isDead = true;
      this.disk.losePower(this.#draw);
    }
    if (this.#tampers && !this.#isTampered && this.#draw(30) === 0) this.#tamper();
  }

  #tamper(): void {
    const segments = this.#segments();
    if (segments.length === 0) return;
    const path = `${logDir}/${segments[this.#draw(segments.length)]}`;
    const data = this.disk.peek(path);
    this.#isTampered = true;
    const how = this.#draw(3);
    this.diary.push(`${path} ${['rots', 'is cut back', 'is gone'][how]}`);
    if (how === 0) {
      const rotten = Buffer.from(data);
      rotten[this.#draw(data.length)]! ^= 1 << this.#draw(8);
      this.disk.poke(path, rotten);
    } else if (how === 1) this.disk.poke(path, data.subarray(0, this.#draw(data.length)));
    else this.disk.remove(path);
  }

  #segments(): readonly string[] {
    return this.disk.names(logDir).filter((name) => /^seg-\d+\.jsonl$/.test(name));
  }

  #before(call: string, path: string, bytes: number): Trouble {
    const process = this.#running;
    if (process?.isDead === true) throw new Killed();
    if (process === null || !this.#isTroubled || this.#isNested) return null;
    // Two that write the witness at the same instant may leave it one append behind; see the guarantees.
    if (!path.includes('witness.json') && this.#draw(100) === 0) this.#interlope();
    if (this.#draw(250) === 0) {
      this.diary.push(`killed before ${call} ${path}`);
      process.isDead = true;
      throw new Killed();
    }
    // A witness that could not be written, and a log that is cut back, together escape notice.
    if (this.#tampers && path.includes('witness.json')) return null;
    if (this.#draw(250) === 0) {
      const error = ['ENOSPC', 'EIO', 'EACCES', 'EMFILE'][this.#draw(4)]!;
      this.diary.push(`${error} at ${call} ${path}`);
      return { error };
    }
    if (call === 'write' && this.#draw(40) === 0) {
      const takes = this.#draw(bytes);
      this.diary.push(`${takes} of ${bytes} written to ${path}`);
      return { takes };
    }
    return null;
  }

  /** Lets another process record something in the middle of a call of this one. */
  #interlope(): void {
    const others = [...this.#processes].filter((one) => one !== this.#running && !one.isDead);
    const other = others[this.#draw(Math.max(others.length, 1))];
    if (other === undefined) return;
    const [before, { store }] = [this.#running, other];
    this.#running = other;
    this.#isNested = true;
    try {
      const { end, damage } = store.inspect();
      if (damage !== null) return;
      const batch = notes(...Array.from({ length: 1 + this.#draw(2) }, () => 'in between'));
      this.diary.push(`another records something in between`);
      void store.append(batch, end).then(
        (appended) => {
          if (appended.ok) this.#acknowledge(batch.commandId, appended.records);
        },
        () => undefined,
      );
    } catch {
      // It is halted, or cannot be read: then it records nothing.
    } finally {
      this.#running = before;
      this.#isNested = false;
    }
  }

  /** Works its tasks one after the other, beginning anew as another process wherever it is killed. */
  async #client(client: number, gate: () => Promise<void>): Promise<void> {
    const life: { process: Process | null; coordinator: Coordinator | null } = {
      process: null,
      coordinator: null,
    };
    const insist = async (
      id: string,
      act: (
        coordinator: Coordinator,
      ) => Promise<Awaited<ReturnType<Coordinator['execute']>> | null>,
    ) => {
      while (this.#broken === null) {
        await gate();
        try {
          if (life.process === null || life.process.isDead) Object.assign(life, this.#begin(gate));
          this.#running = life.process;
          const outcome = await act(life.coordinator!);
          if (life.process!.isDead) continue;
          if (outcome?.ok === true) this.#acknowledge(id, outcome.records);
          return outcome;
        } catch (error) {
          if (error instanceof Killed || life.process?.isDead === true) continue;
          if (!(error instanceof StoreError)) throw error;
          if (error.code !== 'STORE_HALTED' && error.code !== 'NO_LOG') continue;
          if (this.#isTampered) return 'halted';
          throw error;
        }
      }
      return null;
    };
    for (let n = 0; n < tasksEach; n++) {
      const name = `${client}.${n}`;
      const ask = (what: string, request: Request) =>
        insist(`${what} ${name}`, (coordinator) =>
          coordinator.execute({ by: null, ...request, id: `${what} ${name}` }),
        );
      const added = await ask('add', add(name));
      if (added === 'halted' || added?.ok !== true) return;
      const task = added.task!;
      if ((await ask('claim', claim(task, name))) === 'halted') return;
      if (this.#draw(2) === 0) {
        const id = `rotate ${name}`;
        const rotated = await insist(id, async (coordinator) => {
          await coordinator.rotate({ id, by: null }, 'size');
          return null;
        });
        if (rotated === 'halted') return;
      }
      const done = await ask('complete', complete(task, { agent: name }));
      if (done === 'halted') return;
      if (done?.ok === false) this.#broken ??= `${name} was refused: ${done.rejection.message}`;
    }
  }

  #begin(gate: () => Promise<void>) {
    const process: { isDead: boolean; store?: FileStore } = { isDead: false };
    this.#running = process as Process;
    const store = openFileStore({
      workspaceDir: diskRoot,
      create: true,
      writer: 'simulated',
      random: () => this.#draw(100) / 100,
    });
    process.store = store;
    this.#processes.add(process as Process);
    const gated = new Proxy<TaskStore>(store, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== 'function') return value;
        const method = value.bind(target) as (...args: unknown[]) => unknown;
        if (name !== 'append' && name !== 'read' && name !== 'continueAfter') return method;
        return async (...args: unknown[]) => {
          // Here it may be paused for as long as the others like.
          await gate();
          this.#running = process as Process;
          return method(...args);
        };
      },
    });
    const options = { store: gated, rules: () => defaultRules, random: () => 0 };
    return { process: process as Process, coordinator: new Coordinator(options) };
  }

  #acknowledge(
    id: string,
    records: readonly { readonly seq: number; readonly commandId: string }[],
  ) {
    for (const { seq, commandId } of records) {
      const before = this.#acknowledged.get(seq);
      if (before !== undefined && before !== commandId) {
        this.#broken ??= `position ${seq} was issued to ${before} and to ${id}`;
      }
      this.#acknowledged.set(seq, commandId);
    }
  }

  /** Looks at the end, with new eyes, whether all promises were kept. */
  async #judge(): Promise<string | null> {
    this.#running = null;
    const open = () => openFileStore({ workspaceDir: diskRoot, create: false, writer: 'judge' });
    if (this.#segments().length === 0) {
      const isHalted = this.disk.names(logDir).includes('witness.json');
      return isHalted || this.#acknowledged.size === 0 ? null : 'the whole log is lost';
    }
    let store = open();
    const { damage } = store.inspect();
    if (damage !== null && !this.#isTampered) return `damaged: ${damage.message}`;
    if (damage !== null) return this.#judgeRecovery(store);
    let records;
    try {
      records = await store.read(position(0));
    } catch (error) {
      return this.#isTampered ? null : `cannot be read: ${String(error)}`;
    }
    const there = new Map(records.map(({ seq, commandId }) => [Number(seq), commandId]));
    for (const [seq, id] of this.#acknowledged) {
      if (there.get(seq) !== id) return `position ${seq} was acknowledged to ${id} and is lost`;
    }
    const changes = records.map(({ commandId, event }) => `${commandId} ${event}`);
    const own = changes.filter((change) => /^(add|claim|complete|rotate) /.test(change));
    if (new Set(own).size < own.length) return `a command was recorded twice: ${own.join(', ')}`;
    for (const process of this.#processes) {
      if (process.isDead || this.#isTampered) continue;
      const known = await process.store.read(position(0));
      const isSame = JSON.stringify(known) === JSON.stringify(records);
      if (!isSame) return 'two readers of one log disagree';
    }
    store = open();
    const appended = await store.append(notes('after all'), records.at(-1)?.seq ?? position(0));
    return appended.ok || records.at(-1)?.event === 'SEALED' ? null : 'nobody can write any more';
  }

  async #judgeRecovery(store: FileStore): Promise<string | null> {
    const recovered = store.recover();
    if (!recovered.ok) return `cannot be recovered: ${recovered.reason}`;
    const last = Math.max(0, ...this.#acknowledged.keys());
    if (recovered.seq <= last) return `recovery issued position ${recovered.seq} again`;
    await store.append(notes('after recovery'), recovered.seq);
    return null;
  }
}
