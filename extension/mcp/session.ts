/**
 * One agent's session: who it is in the queue, and what it holds.
 *
 * The holder of its claims is this very process, so that they are free when it is gone. The name is
 * bound once, never named by a call. Knows nothing of the protocol that carries the calls.
 */
import { randomUUID } from 'node:crypto';
import type { Caller, Command, CommandBody, CommandType } from '../core/command.ts';
import type { Position, TaskId, TaskKey } from '../core/ids.ts';
import { parseAgentName, position, taskKey } from '../core/ids.ts';
import { isSameProcess } from '../core/lease.ts';
import { findTask, tasksOf } from '../core/queue.ts';
import type { Claim } from '../core/task.ts';
import { claimOf } from '../core/task.ts';
import type { Desk } from '../coordinator/desk.ts';
import { ownHolder } from '../platform/holder.ts';

/** What a client is called that does not say who it is. */
const nameless = 'mcp';

export interface Held {
  readonly id: TaskId;
  readonly token: Position;
}

export class Session {
  readonly desk: Desk;
  readonly #holder = ownHolder();
  readonly #tokens = new Map<TaskKey, Held>();
  #agent: string | null;

  /** @param agent The configured name, or null to take the client's. */
  constructor(desk: Desk, agent: string | null) {
    this.desk = desk;
    this.#agent = agent;
  }

  /** Fixes the name by what the client calls itself; the first call decides. */
  bind(clientName: string | undefined): void {
    this.#agent ??= this.#freeName(agentNameFrom(clientName ?? ''));
  }

  get agent(): string {
    return this.#agent ?? nameless;
  }

  /** Who calls about `task`: by the token that was passed, else by the one that is remembered. */
  caller(task?: TaskId, token?: number): Caller {
    const remembered = task === undefined ? undefined : this.#tokens.get(taskKey(task))?.token;
    return {
      token: token === undefined ? remembered : position(token),
      agent: this.agent,
      process: this.#holder,
      place: this.#holder,
    };
  }

  command<Type extends CommandType>(body: CommandBody<Type>): Command<Type> {
    // Spelled out, the union of all bodies is more than the compiler can represent.
    const command: unknown = { ...body, id: randomUUID(), by: this.agent };
    return command as Command<Type>;
  }

  remember(id: TaskId, token: Position): void {
    this.#tokens.set(taskKey(id), { id, token });
  }

  forget(id: TaskId): void {
    this.#tokens.delete(taskKey(id));
  }

  /** What this session holds at present, by the queue as last read. */
  held(): readonly Held[] {
    return [...this.#tokens.values()].filter(({ id, token }) => {
      const task = findTask(this.desk.queue, id);
      return task !== undefined && claimOf(task)?.token === token;
    });
  }

  /** Shows those who cannot see this process that it lives. */
  async beat(): Promise<void> {
    for (const { id, token } of this.held()) await this.desk.beat(id, token);
  }

  /** Gives back what is held: the client has gone, and nobody will end it. */
  async end(): Promise<void> {
    await this.desk.refresh();
    for (const { id } of this.held()) {
      const reason = `The MCP session of ${this.agent} ended`;
      const caller = this.caller(id);
      await this.desk.execute(
        this.command<'release'>({ type: 'release', task: id, reason, forced: false, caller }),
      );
    }
  }

  /** Two windows of one program are two agents: the second one is `Name-2`. */
  #freeName(name: string): string {
    const taken = new Set<string>();
    for (const { state } of tasksOf(this.desk.queue, this.desk.queue.held)) {
      if (state.status === 'in_progress' && !this.#isOwn(state.claim)) taken.add(state.claim.agent);
    }
    if (!taken.has(name)) return name;
    for (let n = 2; ; n++) {
      const numbered = `${name.slice(0, 60)}-${String(n)}`;
      if (!taken.has(numbered)) return numbered;
    }
  }

  #isOwn({ holder }: Claim): boolean {
    return holder !== null && isSameProcess(holder, this.#holder);
  }
}

/** An agent's name made of what a client calls itself, such as `Visual-Studio-Code`. */
function agentNameFrom(clientName: string): string {
  const name = clientName
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, 60)
    .replace(/-+$/, '');
  return parseAgentName(name) ?? nameless;
}
