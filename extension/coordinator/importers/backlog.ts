/**
 * Tasks of Backlog.md, each a Markdown file that begins with fields in YAML, as tasks.
 *
 * The last of the configured statuses means completed, as it does there; all others wait. A parent
 * is the group of its subtasks. Drafts and archived tasks are left out.
 *
 * @see github.com/MrLesk/Backlog.md, src/markdown/parser.ts
 */
import { parseDocument } from 'yaml';
import type { Fields } from './foreignTasks.ts';
import { ForeignTasks, isFields, listOf, promptOf, restOf } from './foreignTasks.ts';

/** One file of the folder, by its name in it: `tasks/back-7 - Title.md`. */
export interface BacklogFile {
  readonly name: string;
  readonly text: string;
}

export interface BacklogFolder {
  readonly tasks: readonly BacklogFile[];
  /** Ids of tasks that were archived: nobody waits for them any more. */
  readonly archived: readonly BacklogFile[];
  /** `config.yml`, which names the statuses; null where there is none. */
  readonly config: string | null;
}

const taken = [
  ...['id', 'title', 'status', 'priority', 'labels', 'dependencies', 'parent_task_id', 'type'],
];
const defaultStatuses = ['To Do', 'In Progress', 'Done'];
/** Marks by which Backlog.md finds its own sections. */
const marks = /^<!-- (?:SECTION:[A-Z_]+|AC|DOD|COMMENTS?):(?:BEGIN|END) -->\n?/gm;

export function backlogTasks({ tasks, archived, config }: BacklogFolder): ForeignTasks {
  const made = new ForeignTasks();
  const done = doneStatus(config, made);
  const gone = new Set(
    archived.map(({ name, text }) =>
      idKey(split(text, name, new ForeignTasks())?.fields['id'] ?? name),
    ),
  );
  if (gone.size > 0) made.notes.push(`${gone.size} archived tasks were left out.`);
  const all = tasks.flatMap(({ name, text }) => {
    const parts = split(text, name, made);
    return parts === undefined ? [] : [{ name, ...parts }];
  });
  const ids = new IdsByNumber(all.map(({ fields }) => fields['id']));
  for (const { name, fields, body } of all) {
    const dependencies = listOf(fields['dependencies'], `${name}: dependencies`, made);
    made.add(name, {
      ...restOf(fields, taken),
      // Its own word for what a task is; ours says who can do it.
      task_type: fields['type'],
      id: fields['id'],
      title: typeof fields['title'] === 'number' ? String(fields['title']) : fields['title'],
      description: promptOf(body.replaceAll('\r\n', '\n').replaceAll(marks, ''), {}),
      labels: listOf(fields['labels'], `${name}: labels`, made),
      ...priorityOf(fields['priority']),
      dependencies: dependencies.filter((id) => !gone.has(idKey(id))).map((id) => ids.find(id)),
      group: fields['parent_task_id'],
      provenance: 'Backlog.md',
      ...stateOf(fields, done, name.startsWith('completed/')),
    });
  }
  return made;
}

function stateOf(fields: Fields, done: string, isCompleted: boolean): Fields {
  const { status = '', updated_date: updated } = fields;
  const word = String(status).toLowerCase();
  if (isCompleted || word === done.toLowerCase()) {
    const isTime = typeof updated === 'string' && /^\d{4}-\d\d-\d\d/.test(updated);
    return { status: 'completed', ...(isTime ? { completed_on: updated } : {}) };
  }
  // Which column it stood in there, where that says more than ours.
  return { status: 'pending', ...(word === 'to do' ? {} : { backlog_status: status }) };
}

function doneStatus(config: string | null, made: ForeignTasks): string {
  const fields = config === null ? {} : yamlOf(config, 'config.yml', made);
  const statuses = fields?.['statuses'];
  const names = Array.isArray(statuses) && statuses.length > 0 ? statuses : defaultStatuses;
  return String(names.at(-1));
}

/** There a word that is none of these means no priority. */
function priorityOf(priority: unknown): Fields {
  const word = typeof priority === 'string' ? priority.toLowerCase() : '';
  if (word === 'medium') return { priority: 'NORMAL' };
  if (word === 'high' || word === 'low' || word === 'critical') return { priority: word };
  return word === '' ? {} : { backlog_priority: priority };
}

/**
 * Finds a task whose prefix was changed since others named it: `task-7` may be `BACK-7` by now. A
 * number that several tasks have tells nothing.
 */
class IdsByNumber {
  readonly #ids: ReadonlySet<string>;
  readonly #byNumber = new Map<string, unknown>();

  constructor(ids: readonly unknown[]) {
    this.#ids = new Set(ids.map(idKey));
    for (const id of ids) {
      const number = numberOf(id);
      this.#byNumber.set(number, this.#byNumber.has(number) ? undefined : id);
    }
  }

  find(id: unknown): unknown {
    return this.#ids.has(idKey(id)) ? id : (this.#byNumber.get(numberOf(id)) ?? id);
  }
}

function numberOf(id: unknown): string {
  return idKey(id).replace(/^.*-/, '');
}

function idKey(id: unknown): string {
  return String(id).toLowerCase();
}

/** The fields and the text below them. */
function split(
  text: string,
  name: string,
  made: ForeignTasks,
): { readonly fields: Fields; readonly body: string } | undefined {
  const [, head, body = ''] =
    /^\uFEFF?---[ \t]*\r?\n([\s\S]{0,200000}?)\r?\n---[ \t]*(?:\r?\n([\s\S]*))?$/.exec(text) ?? [];
  if (head === undefined) {
    made.refuse(name, 'It does not begin with fields between lines of three dashes.');
    return undefined;
  }
  const fields = yamlOf(head, name, made);
  return fields === undefined ? undefined : { fields, body };
}

function yamlOf(text: string, name: string, made: ForeignTasks): Fields | undefined {
  const document = parseDocument(text, { schema: 'core', logLevel: 'silent' });
  // People write `[@name]`, which is no YAML and means what it says.
  const [error] = document.errors.filter(({ code }) => code !== 'BAD_SCALAR_START');
  if (error !== undefined) {
    made.refuse(name, `Its fields are no YAML: ${error.message.split('\n', 1)[0] ?? ''}`);
    return undefined;
  }
  let fields: unknown;
  try {
    fields = document.toJS({ maxAliasCount: 50 });
  } catch (caught) {
    made.refuse(
      name,
      `Its fields cannot be read: ${caught instanceof Error ? caught.message : ''}`,
    );
    return undefined;
  }
  if (isFields(fields)) return fields;
  made.refuse(name, 'Its fields are no names with values.');
  return undefined;
}
