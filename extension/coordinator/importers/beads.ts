/**
 * Issues of beads (`.beads/issues.jsonl`, a JSON object a line) as tasks.
 *
 * Blocking dependencies are ours; a parent is the group of its children, whose blocked parents block
 * them. Other links stay in `links`. Issues on ice or pinned rest until a person retries them;
 * deleted ones (tombstones) are left out.
 *
 * @see github.com/steveyegge/beads, internal/types/types.go
 */
import type { Fields } from './foreignTasks.ts';
import { ForeignTasks, isFields, listOf, promptOf, restOf } from './foreignTasks.ts';

const priorities = ['CRITICAL', 'HIGH', 'NORMAL', 'LOW', 'LOW'];
const blocking = new Set(['blocks', 'conditional-blocks', 'waits-for']);

/** Fields that become ours, or part of the prompt. */
const taken = [
  ...['id', 'title', 'description', 'design', 'acceptance_criteria', 'notes', 'comments'],
  ...['status', 'priority', 'labels', 'dependencies', 'estimated_minutes', 'closed_at'],
  ...['close_reason', 'defer_until'],
];

interface Issue {
  readonly path: string;
  readonly fields: Fields;
  readonly links: readonly Link[];
}

interface Link {
  readonly type: string;
  readonly to: unknown;
}

/** @param text the whole file */
export function beadsTasks(text: string): ForeignTasks {
  const tasks = new ForeignTasks();
  const issues: Issue[] = [];
  const deleted = new Set<unknown>();
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const path = `line ${index + 1}`;
    const fields = parseLine(line, path, tasks);
    if (fields === undefined) continue;
    if (fields['status'] === 'tombstone') deleted.add(fields['id']);
    else issues.push({ path, fields, links: linksOf(fields, path, tasks) });
  }
  if (deleted.size > 0) tasks.notes.push(`${deleted.size} deleted issues were left out.`);
  const byId = new Map(issues.map((issue) => [issue.fields['id'], issue]));
  for (const issue of issues) {
    const blockers = blockersOf(issue, byId).filter((id) => !deleted.has(id));
    const outside = blockers.filter((id) => String(id).startsWith('external:'));
    if (outside.length > 0) {
      tasks.notes.push(`${String(issue.fields['id'])} waits for ${outside.join(', ')} elsewhere.`);
    }
    tasks.add(
      issue.path,
      taskOf(
        issue,
        blockers.filter((id) => !outside.includes(id)),
      ),
    );
  }
  return tasks;
}

function parseLine(line: string, path: string, tasks: ForeignTasks): Fields | undefined {
  try {
    const fields: unknown = JSON.parse(line);
    if (!isFields(fields)) tasks.refuse(path, 'An issue is a JSON object.');
    // Other records than issues, such as memories, name what they are.
    else if (typeof fields['_type'] === 'string' && fields['_type'] !== 'issue') return undefined;
    else return fields;
  } catch (error) {
    tasks.refuse(path, `It is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  return undefined;
}

function linksOf({ dependencies }: Fields, path: string, tasks: ForeignTasks): readonly Link[] {
  return listOf(dependencies, `${path}.dependencies`, tasks).flatMap((each) => {
    if (isFields(each)) {
      const { type = 'blocks', depends_on_id: to } = each;
      return typeof type === 'string' && to !== undefined ? [{ type, to }] : [];
    }
    // Old files name the blocking issue only.
    return [{ type: 'blocks', to: each }];
  });
}

/** What blocks the issue, or one that contains it. */
function blockersOf(issue: Issue, byId: ReadonlyMap<unknown, Issue>): readonly unknown[] {
  const blockers = new Set<unknown>();
  const seen = new Set<Issue>();
  for (let each: Issue | undefined = issue; each !== undefined && !seen.has(each);) {
    seen.add(each);
    for (const { type, to } of each.links) if (blocking.has(type)) blockers.add(to);
    each = byId.get(parentOf(each));
  }
  for (const { fields } of seen) if (fields !== issue.fields) blockers.delete(fields['id']);
  return [...blockers];
}

function parentOf({ links }: Issue): unknown {
  return links.find(({ type }) => type === 'parent-child')?.to;
}

function taskOf(issue: Issue, dependencies: readonly unknown[]): Fields {
  const { fields, links } = issue;
  const { priority = 2, labels, estimated_minutes: minutes } = fields;
  const others = links.filter(({ type }) => !blocking.has(type) && type !== 'parent-child');
  return {
    ...restOf(fields, taken),
    id: fields['id'],
    title: fields['title'],
    description: promptOf(fields['description'], {
      Design: fields['design'],
      'Acceptance criteria': fields['acceptance_criteria'],
      Notes: fields['notes'],
      Comments: commentsOf(fields['comments']),
    }),
    priority: typeof priority === 'number' ? (priorities[priority] ?? priority) : priority,
    labels: Array.isArray(labels) && labels.length > 0 ? labels : undefined,
    dependencies,
    group: parentOf(issue),
    estimate_minutes: minutes,
    links: others.length === 0 ? undefined : others.map(({ type, to }) => `${type}:${String(to)}`),
    provenance: 'beads',
    ...stateOf(fields),
  };
}

function commentsOf(comments: unknown): string | undefined {
  if (!Array.isArray(comments)) return undefined;
  const texts = comments.filter(isFields).map(({ author, text, created_at: at }) => {
    const who = [author, at].filter((each) => typeof each === 'string').join(', ');
    return `${who}:\n${typeof text === 'string' ? text : ''}`;
  });
  return texts.join('\n\n');
}

function stateOf(fields: Fields): Fields {
  const { status = 'open', closed_at: closedAt, close_reason: reason, defer_until: until } = fields;
  switch (status) {
    case 'open':
    case 'blocked':
      return { status: 'pending', not_before: until };
    case 'in_progress':
    case 'hooked':
      return { status: 'in_progress' };
    case 'closed':
      return { status: 'completed', completed_on: closedAt, result: reason };
    case 'deferred':
      if (typeof until === 'string') return { status: 'pending', not_before: until };
      return { status: 'interrupted', reason: 'On ice in beads' };
    default:
      return { status: 'interrupted', reason: `Was ${JSON.stringify(status)} in beads` };
  }
}
