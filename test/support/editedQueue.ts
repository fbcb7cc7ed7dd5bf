/**
 * A workspace whose queue file a person edits: what they save, and what the next command makes of it.
 *
 * Each `command` opens the log anew, as a process does; no front end is involved.
 */
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Desk } from '../../extension/coordinator/desk.ts';
import { prepareWorkspace } from '../../extension/coordinator/prepareWorkspace.ts';
import { findWorkspace } from '../../extension/coordinator/workspace.ts';
import type { WorkspacePaths } from '../../extension/coordinator/workspace.ts';
import type { TaskId } from '../../extension/core/ids.ts';
import { findTask } from '../../extension/core/queue.ts';
import type { Task } from '../../extension/core/task.ts';
import { openFileStore } from '../../extension/store/openStore.ts';
import type { Request } from './core.ts';
import { newWorkspace } from './workspace.ts';

export type EditedTask = Record<string, unknown>;

export interface EditedFile {
  [field: string]: unknown;
  queue: EditedTask[];
}

export class EditedQueue {
  readonly dir: string;
  readonly paths: WorkspacePaths;

  constructor(dir = newWorkspace()) {
    this.dir = dir;
    this.paths = findWorkspace({ cwd: dir, explicit: dir, env: {} });
    prepareWorkspace(this.paths, { track: false });
  }

  async open(): Promise<Desk> {
    const store = openFileStore({ workspaceDir: this.dir, writer: 'test', create: true });
    const desk = new Desk(this.paths, store, { SIGNALBOX_HOME: path.join(this.dir, 'home') });
    await desk.refresh();
    return desk;
  }

  /** One command, from its opening to its end; answers with what it told the person. */
  async command(work: (desk: Desk) => Promise<unknown> = async () => undefined) {
    const desk = await this.open();
    const told = (await desk.takeIn()).map(({ text }) => text);
    await work(desk);
    told.push(...(await desk.close()));
    return told.join('\n');
  }

  /** Carries out each of them in a command of its own. @throws where one is refused */
  async does(...requests: readonly Request[]): Promise<void> {
    for (const request of requests) {
      await this.command(async (desk) => {
        const outcome = await desk.execute({ id: randomUUID(), by: null, ...request });
        if (!outcome.ok) throw new Error(outcome.rejection.message);
      });
    }
  }

  text(): string {
    return readFileSync(this.paths.queueFile, 'utf8');
  }

  file(): EditedFile {
    return JSON.parse(this.text()) as EditedFile;
  }

  save(text: string): void {
    writeFileSync(this.paths.queueFile, text);
  }

  /** Saves the file as `change` leaves it; `from` is what was read before, else what stands there. */
  edit(change: (file: EditedFile) => void, from = this.text()): void {
    const file = JSON.parse(from) as EditedFile;
    change(file);
    this.save(`${JSON.stringify(file, null, 2)}\n`);
  }

  async tasks(): Promise<readonly Task[]> {
    const desk = await this.open();
    const tasks = [...desk.queue.tasks.values()];
    await desk.store[Symbol.asyncDispose]();
    return tasks;
  }

  async titles(): Promise<readonly string[]> {
    return (await this.tasks()).map(({ content }) => content.title);
  }

  async task(id: TaskId): Promise<Task> {
    const desk = await this.open();
    const task = findTask(desk.queue, id);
    await desk.store[Symbol.asyncDispose]();
    if (task === undefined) throw new Error(`There is no task ${id}`);
    return task;
  }

  /** Who recorded what, in order: `CREATED 1 human:file`. */
  async events(): Promise<readonly string[]> {
    const desk = await this.open();
    const records = await desk.history();
    await desk.store[Symbol.asyncDispose]();
    return records.map(({ event, task, agent }) => [event, task, agent].join(' '));
  }

  /** What was kept for its owner, by name. */
  kept(): Readonly<Record<string, string>> {
    let names: string[] = [];
    try {
      names = readdirSync(this.paths.edits);
    } catch {
      // Nothing was ever kept.
    }
    const read = (name: string) => readFileSync(path.join(this.paths.edits, name), 'utf8');
    return Object.fromEntries(names.map((name) => [name, read(name)]));
  }

  /** The text of the one file with reasons. */
  reasons(): string {
    const texts = Object.entries(this.kept()).filter(([name]) => name.endsWith('.reasons.txt'));
    if (texts.length !== 1) throw new Error(`There are ${texts.length} files of reasons`);
    return texts[0]?.[1] ?? '';
  }
}

/** A queue with these tasks, pending, and its file. */
export async function editedQueue(...requests: readonly Request[]): Promise<EditedQueue> {
  const made = new EditedQueue();
  await made.command();
  await made.does(...requests);
  return made;
}
