/**
 * The extension in a window, as a person sees it: its status item, its view, its adding of tasks.
 *
 * Knows the view's structure, as `workbench.ts` knows the editor's.
 */
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { FrameLocator, Locator } from 'playwright-core';
import { openDesk } from '../../../extension/cli/openDesk.ts';
import type { ImportedTask } from '../../../extension/core/command.ts';
import { parseTaskId } from '../../../extension/core/ids.ts';
import { findTask } from '../../../extension/core/queue.ts';
import { ownHolder } from '../../../extension/platform/holder.ts';
import { parseQueueFile } from '../../../extension/protocol/queueFileInput.ts';
import { approveExamples, copyExamples } from '../../../scripts/examples.ts';
import { projectRoot } from '../launcher/paths.ts';
import type { Workbench } from './workbench.ts';

const statusId = 'queue';

/** A workspace and a person's folder of their own, outside of everything. */
export interface Place {
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  remove(): void;
}

export function makePlace(name = 'workspace'): Place {
  const dir = mkdtempSync(join(tmpdir(), 'signalbox-ui-'));
  const folder = join(dir, name);
  mkdirSync(folder);
  return {
    folder,
    env: { SIGNALBOX_HOME: join(dir, 'home'), EXAMPLE_PACE_MS: '30' },
    remove: () => rmSync(dir, { recursive: true, force: true }),
  };
}

/** The examples with their queue, approved as `npm start` does it. */
export async function placeExamples(place: Place): Promise<void> {
  copyExamples(join(projectRoot, 'examples'), place.folder);
  await approveExamples(place.folder, { ...process.env, ...place.env });
}

/** A queue of these tasks, as in a queue file; `approved` may run, `held` agents have claimed. */
export async function placeQueue(
  place: Place,
  queue: readonly object[],
  approved: readonly number[],
  held: Readonly<Record<number, string>> = {},
): Promise<void> {
  const parsed = parseQueueFile(JSON.stringify({ version: 2, queue }));
  if (!parsed.ok) throw new Error('That is no queue');
  const tasks: readonly ImportedTask[] = parsed.tasks;
  const env = { ...process.env, ...place.env };
  const desk = await openDesk({
    ...{ cwd: place.folder, workspace: place.folder },
    ...{ env, create: true },
  });
  const outcome = await desk.execute({ type: 'import', id: randomUUID(), by: 'human:me', tasks });
  if (!outcome.ok) throw new Error(outcome.rejection.message);
  for (const id of approved) desk.approvals.approve(findTask(desk.queue, id)!, 'person');
  for (const [id, agent] of Object.entries(held)) {
    const holder = ownHolder();
    const caller = { agent, process: holder, place: holder };
    const claim = { type: 'claim', task: parseTaskId(id)!, agent, caller } as const;
    const claimed = await desk.execute({ ...claim, id: randomUUID(), by: agent });
    if (!claimed.ok) throw new Error(claimed.rejection.message);
  }
  await desk.close();
}

/** Writes `name` into the workspace: a program that says who it is and then hangs, deaf to most. */
export function placeHangingProgram({ folder }: Place, name: string): void {
  writeFileSync(
    join(folder, name),
    `import { appendFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
appendFileSync('pids.txt', process.pid + ' ' + child.pid + '\\n');
console.log('I hang now');
process.on('SIGINT', () => {});
setInterval(() => {}, 1000);
`,
  );
}

export function placeFile({ folder }: Place, from: string, to: string): void {
  cpSync(join(projectRoot, from), join(folder, to), { recursive: true });
}

/** Begins to remember each text that the status item has; `seen` says them, each once in a row. */
export async function watchStatus(window: Workbench): Promise<() => Promise<readonly string[]>> {
  const id = 'signalbox.signalbox.queue';
  await window.page.evaluate(`{
    const seen = (window.signalboxSeen = []);
    const look = () => {
      for (const item of document.querySelectorAll('[id="${id}"]')) {
        const text = item.innerText.trim();
        if (seen.at(-1) !== text) seen.push(text);
      }
      if (document.querySelectorAll('[id="${id}"]').length > 1) seen.push('TWO ITEMS');
    };
    new MutationObserver(look).observe(document.querySelector('.part.statusbar'), {
      subtree: true, childList: true, characterData: true,
    });
    look();
  }`);
  return async () => await window.page.evaluate('window.signalboxSeen');
}

/** Waits until the status item reads so. */
export async function statusReads(window: Workbench, text: string | RegExp): Promise<void> {
  await window.statusReads(statusId, text);
}

/** Opens the sidebar with the queue, and returns the inside of the view. */
export async function openQueue(window: Workbench, shows: string | RegExp): Promise<FrameLocator> {
  // Unlike a click on its icon, this never hides what a reload is just bringing back.
  await window.palette('Signalbox: Show the Queue');
  return await window.webviewFrame(shows);
}

/** Adds a task by the palette; `command` is what is asked for where tasks are shell commands. */
export async function addTask(window: Workbench, title: string, command: string): Promise<void> {
  await window.palette('Signalbox: Add Task');
  await window.quickInput(title);
  await window.page.getByText('The command that does it').waitFor();
  await window.quickInput(command);
}

export type Section = 'needsYou' | 'upNext' | 'waiting' | 'workload' | 'doneToday';

/** The rows of a section that say so; its header is opened by `unfold`. */
export function rowsOf(view: FrameLocator, section: Section, text: string | RegExp): Locator {
  return view.locator(`section.${section} .rows [role=treeitem]`, { hasText: text });
}

export async function unfold(view: FrameLocator, section: Section): Promise<void> {
  const header = view.locator(`section.${section} .header`);
  if ((await header.getAttribute('aria-expanded')) === 'false') await header.click();
}

/** Waits until `holds`, and fails with `what` where it never does. */
export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  limitMs = 120_000,
): Promise<void> {
  const deadline = performance.now() + limitMs;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`Not so after ${limitMs} ms: ${what}`);
    await pause(50);
  }
}

/** Whether a process lives. */
export function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
