/**
 * A `tasks.json` of Task Master as tasks: the old flat form, and the one with tags.
 *
 * A subtask `2` of task `4` becomes the task `4.2` in the group `4`: it waits for what its parent
 * waits for, and the parent waits for it. With several tags, tasks of all but the first one are named
 * `TAG.ID`, since their numbers are the same.
 *
 * @see github.com/eyaltoledano/claude-task-master, docs/task-structure.md
 */
import type { Fields } from './foreignTasks.ts';
import { ForeignTasks, isFields, listOf, promptOf, restOf } from './foreignTasks.ts';

const taken = [
  ...['id', 'title', 'description', 'details', 'testStrategy', 'acceptanceCriteria', 'status'],
  ...['dependencies', 'priority', 'subtasks', 'type'],
];
const statuses: Readonly<Record<string, Fields>> = {
  done: { status: 'completed' },
  completed: { status: 'completed' },
  'in-progress': { status: 'in_progress' },
  review: { status: 'interrupted', reason: 'Was in review in Task Master' },
  deferred: { status: 'interrupted', reason: 'Was deferred in Task Master' },
  cancelled: { status: 'cancelled', reason: 'Was cancelled in Task Master' },
};

interface Tag {
  readonly name: string;
  readonly path: string;
  readonly tasks: unknown;
}

/** @param file the parsed file */
export function taskMasterTasks(file: unknown): ForeignTasks {
  const made = new ForeignTasks();
  const tags = tagsOf(file);
  if (tags.length === 0) {
    made.refuse('', 'The file has no list "tasks", and no tag with one.');
  }
  for (const [index, tag] of tags.entries()) {
    const start = index === 0 ? '' : `${tag.name.replaceAll(/[^A-Za-z0-9_-]+/g, '-')}.`;
    addTag(made, tag, start, tags.length > 1);
  }
  return made;
}

function tagsOf(file: unknown): readonly Tag[] {
  if (Array.isArray(file)) return [{ name: 'master', path: '', tasks: file }];
  if (!isFields(file)) return [];
  const flat = file['tasks'];
  if (Array.isArray(flat)) return [{ name: 'master', path: 'tasks', tasks: flat }];
  const tags = Object.entries(file).flatMap(([name, tag]) =>
    isFields(tag) && 'tasks' in tag ? [{ name, path: `${name}.tasks`, tasks: tag['tasks'] }] : [],
  );
  // Where there are several, `master` is the one that everyone means.
  return tags.toSorted((a, b) => Number(b.name === 'master') - Number(a.name === 'master'));
}

function addTag(made: ForeignTasks, tag: Tag, start: string, isTagged: boolean): void {
  for (const [index, task] of listOf(tag.tasks, tag.path, made).entries()) {
    const path = `${tag.path}[${index}]`;
    if (!isFields(task)) {
      made.refuse(path, 'A task is a JSON object.');
      continue;
    }
    const id = `${start}${idText(task['id'])}`;
    const waitsFor = listOf(task['dependencies'], `${path}.dependencies`, made).map(
      (each) => `${start}${idText(each)}`,
    );
    const subtasks = listOf(task['subtasks'], `${path}.subtasks`, made).filter(isFields);
    const tagged = isTagged ? { tag: tag.name } : {};
    const children = subtasks.map((subtask) => `${id}.${idText(subtask['id'])}`);
    made.add(path, {
      ...tagged,
      ...taskOf(task),
      id,
      dependencies: [...waitsFor, ...children],
      group: children.length > 0 ? id : undefined,
    });
    for (const [n, subtask] of subtasks.entries()) {
      const at = `${path}.subtasks[${n}]`;
      const own = listOf(subtask['dependencies'], `${at}.dependencies`, made).map((each) =>
        siblingOrTask(each, id, start, children),
      );
      made.add(at, {
        ...tagged,
        ...taskOf(subtask),
        id: children[n],
        priority: priorityOf(subtask['priority'] ?? task['priority']),
        dependencies: [...waitsFor, ...own.filter((each) => each !== id)],
        group: id,
      });
    }
  }
}

/** A bare number in a subtask means its sibling, where there is one; `4.2` and others are whole. */
function siblingOrTask(
  value: unknown,
  parent: string,
  start: string,
  siblings: readonly string[],
): string {
  const text = idText(value);
  const sibling = `${parent}.${text}`;
  return siblings.includes(sibling) ? sibling : `${start}${text}`;
}

function idText(value: unknown): string {
  return typeof value === 'number' || typeof value === 'string' ? String(value) : '?';
}

function taskOf(task: Fields): Fields {
  const { status = 'pending', type } = task;
  const known = typeof status === 'string' ? statuses[status] : undefined;
  return {
    ...restOf(task, taken),
    // Its own word for what a task is; ours says who can do it.
    task_type: type,
    title: task['title'],
    description: promptOf(task['description'], {
      Details: task['details'],
      'Test strategy': task['testStrategy'],
      'Acceptance criteria': task['acceptanceCriteria'],
    }),
    priority: priorityOf(task['priority']),
    provenance: 'Task Master',
    ...(known ?? { status }),
  };
}

function priorityOf(priority: unknown): unknown {
  return priority === 'medium' || priority === undefined ? 'NORMAL' : priority;
}
