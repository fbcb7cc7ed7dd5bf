/**
 * Finds and reads the files of another tracker. Reads only; what they mean is each importer's.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Problem } from '../../protocol/queueFileInput.ts';
import { parseTasks } from '../../protocol/queueFileInput.ts';
import type { QueueFileRead } from '../importQueueFile.ts';
import { invalidFile } from '../importQueueFile.ts';
import type { BacklogFile } from './backlog.ts';
import { backlogTasks } from './backlog.ts';
import { beadsTasks } from './beads.ts';
import type { ForeignTasks } from './foreignTasks.ts';
import { taskMasterTasks } from './taskMaster.ts';

export const trackers = ['beads', 'backlog', 'taskmaster'] as const;
export type Tracker = (typeof trackers)[number];

const maxFileBytes = 64 * 1024 * 1024;
const maxFiles = 50_000;

/** The tasks of `tracker` at `where`: its file, its folder, or the project that has it. */
export function readTracker(tracker: Tracker, where: string): QueueFileRead {
  let tasks: ForeignTasks;
  try {
    tasks = readers[tracker](where);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    if (error instanceof SyntaxError) {
      return invalidFile(where, [{ path: '', message: `The file is not JSON: ${why}` }]);
    }
    return { ok: false, reason: 'unreadable', message: `${where} cannot be read: ${why}` };
  }
  const problems: readonly Problem[] = tasks.problems.slice(0, 50);
  if (problems.length > 0) return invalidFile(where, problems);
  const parsed = parseTasks(tasks.found);
  return parsed.ok
    ? { ...parsed, notes: tasks.notes, dropsMissing: true }
    : invalidFile(where, parsed.problems);
}

const readers: Readonly<Record<Tracker, (where: string) => ForeignTasks>> = {
  beads: (where) => {
    const files = ['.beads/issues.jsonl', '.beads/beads.jsonl', 'issues.jsonl', 'beads.jsonl'];
    return beadsTasks(readText(fileIn(where, files)));
  },
  taskmaster: (where) => {
    const files = ['.taskmaster/tasks/tasks.json', 'tasks/tasks.json', 'tasks.json'];
    return taskMasterTasks(JSON.parse(readText(fileIn(where, files))) as unknown);
  },
  backlog: (where) => {
    const folder = ['backlog', '.backlog', '.', '..']
      .map((name) => path.join(where, name))
      .find((each) => existsSync(path.join(each, 'tasks')));
    if (folder === undefined) throw new Error('it has no folder backlog/tasks.');
    const config = ['config.yml', 'config.yaml', '../backlog.config.yml']
      .map((name) => path.join(folder, name))
      .find((file) => existsSync(file));
    return backlogTasks({
      tasks: [...markdownIn(folder, 'tasks'), ...markdownIn(folder, 'completed')],
      archived: markdownIn(folder, 'archive/tasks'),
      config: config === undefined ? null : readText(config),
    });
  },
};

/** The file itself, or the first of `names` in the folder. */
function fileIn(where: string, names: readonly string[]): string {
  if (!statSync(where).isDirectory()) return where;
  const found = names.map((name) => path.join(where, name)).find((file) => existsSync(file));
  if (found !== undefined) return found;
  throw new Error(`it has none of ${names.join(', ')}.`);
}

function markdownIn(folder: string, name: string): readonly BacklogFile[] {
  const inside = path.join(folder, name);
  if (!existsSync(inside)) return [];
  // A task's file begins with its id, `back-7`; others, such as a readme, are no tasks.
  const files = readdirSync(inside).filter((each) => /^[a-z][a-z0-9_]*-\d.*\.md$/i.test(each));
  if (files.length > maxFiles) throw new Error(`${inside} has more than ${maxFiles} files.`);
  // By number, as people read them: `task-2` before `task-10`.
  const inOrder = files.toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  return inOrder.map((file) => ({
    name: `${name}/${file}`,
    text: readText(path.join(inside, file)),
  }));
}

function readText(file: string): string {
  const stats = statSync(file);
  if (!stats.isFile()) throw new Error(`${file} is no file.`);
  if (stats.size > maxFileBytes) throw new Error(`${file} is larger than 64 MiB.`);
  return readFileSync(file, 'utf8');
}
