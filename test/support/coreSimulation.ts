/**
 * Several clients at one log, without a disk: each decides on its own, perhaps stale, copy of the
 * queue, and appends only where the log still ends there. They crash, lose answers, repeat
 * commands, and live by a clock that goes forward and back.
 *
 * Everything is drawn from a list of numbers, so that a history that breaks a law can be shrunk.
 */
import fc from 'fast-check';
import type { Command } from '../../extension/core/command.ts';
import { decide } from '../../extension/core/decide.ts';
import type { DecideContext, Decision } from '../../extension/core/decision.ts';
import type { LogRecord } from '../../extension/core/event.ts';
import { evolve } from '../../extension/core/evolve.ts';
import { instant, position } from '../../extension/core/ids.ts';
import type { Queue, QueueDraft } from '../../extension/core/queue.ts';
import { newQueue } from '../../extension/core/queue.ts';
import type { Rules } from '../../extension/core/rules.ts';
import { defaultRules } from '../../extension/core/rules.ts';
import type { Holder } from '../../extension/core/task.ts';
import { elsewhere, here, ms, processAt, start } from './core.ts';
import type { Client } from './coreRequests.ts';
import { Lot, drawRequest } from './coreRequests.ts';

/** What is simulated: the real core, or one with a fault. */
export interface Core {
  readonly decide: typeof decide;
  readonly evolve: typeof evolve;
}
export const realCore: Core = { decide, evolve };

/** Small numbers, so that limits and delays are met within a few dozen commands. */
export const simulatedRules: Rules = {
  ...defaultRules,
  maxWaiting: 6,
  maxWaitingPerSession: 3,
  agingMs: ms(60_000),
  retry: {
    ...defaultRules.retry,
    maxRetries: 2,
    poisonPillThreshold: 4,
    retryDelayMs: ms(5_000),
    permanentErrors: ['FATAL'],
    jitter: 0.5,
  },
};

export interface Simulated extends Client {
  readonly queue: QueueDraft;
  readonly tokens: number[];
  pending: { readonly answer: Answer } | null;
  last: Command | null;
}

/** One decision that counted: it was answered, or its events were appended. */
export interface Answer {
  readonly command: Command;
  readonly context: DecideContext;
  readonly decision: Decision;
  /** Where the log ended for whoever decided. */
  readonly end: number;
}

export interface Run {
  readonly records: readonly LogRecord[];
  /** In the order in which they took effect; those without events stand where they were decided. */
  readonly answers: readonly Answer[];
  readonly clients: readonly Simulated[];
}

export interface Move {
  readonly who: number;
  readonly act: Act;
  /** From which all else about the move is drawn. */
  readonly seed: number;
}

const weights = { go: 14, read: 1, crash: 1, 'lose-answer': 1, repeat: 2, tick: 3 } as const;
type Act = keyof typeof weights;
const acts = (Object.keys(weights) as Act[]).flatMap((act) =>
  Array.from({ length: weights[act] }, () => act),
);

export const moves: fc.Arbitrary<readonly Move[]> = fc.array(
  fc.record({
    who: fc.nat(3),
    act: fc.constantFrom(...acts),
    seed: fc.nat(),
  }),
  { minLength: 100, maxLength: 200, size: 'max' },
);

export function simulate(history: readonly Move[], core: Core = realCore): Run {
  return new Simulation(core).run(history);
}

class Simulation {
  readonly records: LogRecord[] = [];
  readonly answers: Answer[] = [];
  readonly clients: Simulated[] = [
    client('Copilot', processAt(1), 901),
    client('Claude-1', null, 902),
    client('human:anna', processAt(3), 903),
    { ...client('Zed', null, 904), place: elsewhere },
  ];
  readonly #core: Core;
  #now = start;
  #commands = 0;

  constructor(core: Core) {
    this.#core = core;
  }

  run(history: readonly Move[]): Run {
    for (const move of history) this.#step(this.clients[move.who]!, move);
    // Whoever still has something to append does so: the end of a run is no crash.
    for (const each of this.clients) this.#append(each);
    // By position; the sort is stable, and an answer with events ends the stretch that it began.
    const leavesEvents = ({ decision }: Answer) => Number(decision.events.length > 0);
    this.answers.sort((x, y) => x.end - y.end || leavesEvents(x) - leavesEvents(y));
    return this;
  }

  #step(who: Simulated, move: Move): void {
    const lot = new Lot(move.seed);
    switch (move.act) {
      case 'go':
        if (who.pending === null) this.#decide(who, this.#draw(who, lot));
        else this.#append(who);
        if (lot.once(2)) this.#append(who);
        return;
      case 'read':
        this.#read(who);
        return;
      case 'crash':
        who.pending = null;
        return;
      case 'lose-answer':
        this.#append(who);
        who.tokens.length = 0;
        return;
      case 'repeat':
        if (who.last !== null && who.pending === null) this.#decide(who, who.last);
        return;
      case 'tick':
        this.#now = instant(this.#now + (lot.once(5) ? -lot.below(20_000) : lot.below(60_000)));
    }
  }

  #draw(who: Simulated, lot: Lot): Command {
    // Most clients look before they act; the others act on what they remember.
    if (!lot.once(3)) this.#read(who);
    // Of a few commands mostly one that would change something, or histories would be refusals.
    for (let tries = lot.once(3) ? 1 : 6; ; tries--) {
      const request = drawRequest(who, lot, this.#now);
      const command = { by: who.agent, ...request, id: `command-${this.#commands + 1}` } as Command;
      if (tries > 1 && decide(who.queue, command, this.#context()).events.length === 0) continue;
      this.#commands++;
      return command;
    }
  }

  #context(): DecideContext {
    return { now: this.#now, rules: simulatedRules, random: 0.5 };
  }

  #decide(who: Simulated, command: Command): void {
    who.last = command;
    const context = this.#context();
    const decision = this.#core.decide(who.queue, command, context);
    const answer = { command, context, decision, end: who.queue.end };
    if (decision.events.length === 0) this.answers.push(answer);
    else who.pending = { answer };
  }

  #append(who: Simulated): void {
    for (let pending = who.pending; pending !== null; pending = who.pending) {
      who.pending = null;
      const { answer } = pending;
      if (answer.end === this.records.length) {
        this.answers.push(answer);
        for (const event of answer.decision.events) {
          const seq = position(this.records.length + 1);
          const { command, context } = answer;
          this.records.push({ ...event, seq, at: context.now, commandId: command.id });
        }
        this.#read(who);
        this.#remember(who, answer);
        return;
      }
      // Someone else was first: nothing was written, and the command is decided again.
      this.#read(who);
      this.#decide(who, answer.command);
    }
  }

  #read(who: Simulated): void {
    for (const record of this.records.slice(who.queue.end)) this.#core.evolve(who.queue, record);
  }

  #remember(who: Simulated, { decision }: Answer): void {
    const isClaim = decision.events.some(({ event }) => event === 'CLAIMED');
    if (isClaim) who.tokens.push(this.records.length);
  }
}

function client(agent: string, process: Holder | null, lanePid: number): Simulated {
  return {
    agent,
    process,
    place: here,
    laneHolder: processAt(lanePid),
    queue: newQueue(),
    tokens: [],
    pending: null,
    last: null,
  };
}

/** Folds the records one command at a time, and stops after each. */
export function* stages(
  run: Run,
  core: Core = realCore,
): Generator<{ readonly queue: Queue; readonly added: readonly LogRecord[] }> {
  const queue = newQueue();
  let added: LogRecord[] = [];
  for (const [index, record] of run.records.entries()) {
    core.evolve(queue, record);
    added.push(record);
    if (run.records[index + 1]?.commandId === record.commandId) continue;
    yield { queue, added };
    added = [];
  }
}
