/** What becomes of other trackers' files: shapes as they write them, and shapes that nobody should. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Tracker } from '../../../extension/coordinator/importers/readTracker.ts';
import { readTracker } from '../../../extension/coordinator/importers/readTracker.ts';
import type { ImportedTask } from '../../../extension/core/command.ts';

/** A folder with these files, removed after the test. */
function folder(files: Readonly<Record<string, string>>): string {
  const made = mkdtempSync(path.join(tmpdir(), 'signalbox-import-'));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(made, name)), { recursive: true });
    writeFileSync(path.join(made, name), text);
  }
  return made;
}

function read(tracker: Tracker, files: Readonly<Record<string, string>>) {
  const found = readTracker(tracker, folder(files));
  if (!found.ok) throw new Error(found.message);
  const byId = new Map<unknown, ImportedTask>(found.tasks.map((task) => [task.id, task]));
  return { ...found, task: (id: number | string) => byId.get(id)! };
}

function refusal(tracker: Tracker, files: Readonly<Record<string, string>>): string {
  const found = readTracker(tracker, folder(files));
  if (found.ok) throw new Error('It was taken.');
  return `${found.reason} ${found.message}`;
}

const lines = (...objects: readonly unknown[]) =>
  objects.map((each) => JSON.stringify(each)).join('\n');
/** Nested deeper than anything that anyone means. */
const deep = `${'['.repeat(5_000)}${']'.repeat(5_000)}`;
const beads = (...issues: readonly unknown[]) => ({ '.beads/issues.jsonl': lines(...issues) });

describe('issues of beads', () => {
  const link = (type: string, to: string) => ({ issue_id: 'x', depends_on_id: to, type });

  test('keep what both sides know, and the rest under their own names', () => {
    const { task } = read(
      'beads',
      beads({
        id: 'bd-a1f2',
        title: 'Sign in with a key',
        description: 'Let people in.',
        design: 'Two steps.',
        acceptance_criteria: 'A key works.',
        notes: 'Ask Ada.',
        status: 'open',
        priority: 1,
        issue_type: 'feature',
        assignee: 'ada',
        estimated_minutes: 90,
        created_at: '2026-01-02T03:04:05.123456789Z',
        labels: ['auth'],
        external_ref: 'gh-9',
        comments: [{ id: 1, author: 'bob', text: 'Soon?', created_at: '2026-01-03T00:00:00Z' }],
      }),
    );
    const { content } = task('bd-a1f2');
    expect(content).toMatchObject({
      title: 'Sign in with a key',
      priority: 'HIGH',
      estimateMinutes: 90,
      labels: ['auth'],
      provenance: 'beads',
      extra: { issue_type: 'feature', assignee: 'ada', external_ref: 'gh-9' },
    });
    expect(content.description).toBe(
      [
        'Let people in.',
        '## Design\n\nTwo steps.',
        '## Acceptance criteria\n\nA key works.',
        '## Notes\n\nAsk Ada.',
        '## Comments\n\nbob, 2026-01-03T00:00:00Z:\nSoon?',
      ].join('\n\n'),
    );
  });

  test('wait for what blocks them or what contains them; other links stay as links', () => {
    const { task, notes } = read(
      'beads',
      beads(
        { id: 'bd-1', title: 'Epic', dependencies: [link('blocks', 'bd-2')] },
        { id: 'bd-2', title: 'First' },
        {
          id: 'bd-1.1',
          title: 'Child',
          dependencies: [link('parent-child', 'bd-1'), link('related', 'bd-3')],
        },
        { id: 'bd-3', title: 'Other', dependencies: [link('blocks', 'bd-4')] },
        { id: 'bd-4', title: 'Gone', status: 'tombstone' },
        { id: 'bd-5', title: 'Far', dependencies: [link('blocks', 'external:lib:done')] },
      ),
    );
    expect(task('bd-1.1').content).toMatchObject({
      dependencies: ['bd-2'],
      group: 'bd-1',
      extra: { links: ['related:bd-3'] },
    });
    expect(task('bd-3').content.dependencies).toEqual([]);
    expect(notes).toEqual([
      '1 deleted issues were left out.',
      'bd-5 waits for external:lib:done elsewhere.',
    ]);
  });

  test.each([
    [{ status: 'blocked' }, { status: 'pending' }],
    [{ status: 'in_progress' }, { status: 'in_progress' }],
    [
      { status: 'closed', closed_at: '2026-01-02T00:00:00Z', close_reason: 'Done' },
      { status: 'completed', endedAt: Date.UTC(2026, 0, 2), result: 'Done' },
    ],
    [{ status: 'deferred' }, { status: 'interrupted', reason: 'On ice in beads' }],
    [{ status: 'waiting-for-legal' }, { status: 'interrupted' }],
    [{ priority: 0 }, { content: { priority: 'CRITICAL' } }],
    [{ priority: 4 }, { content: { priority: 'LOW' } }],
    [{}, { status: 'pending', content: { priority: 'NORMAL' } }],
  ])('of the state %j are %j', (fields, expected) => {
    const { task } = read('beads', beads({ id: 'bd-1', title: 'x', ...fields }));
    expect(task('bd-1')).toMatchObject(expected);
  });

  test.each([
    ['no JSON', { '.beads/issues.jsonl': '{"id":' }, 'line 1: It is not JSON'],
    ['no object', beads([1]), 'line 1: An issue is a JSON object'],
    ['no title', beads({ id: 'bd-1' }), 'line 1.title: It is missing'],
    [
      'a value without end',
      { '.beads/issues.jsonl': `{"id":"a","title":"x","meta":${deep}}` },
      'levels deep',
    ],
    ['no id that can be a path', beads({ id: '../x', title: 'x' }), 'line 1.id'],
    ['an unknown priority', beads({ id: 'a', title: 'x', priority: 9 }), 'line 1.priority'],
    ['no file', { 'README.md': '' }, 'unreadable'],
  ])('with %s are refused', (_, files, says) => {
    expect(refusal('beads', files as Record<string, string>)).toContain(says);
  });
});

describe('tasks of Task Master', () => {
  const subtasks = [
    { id: 1, title: 'Draft', status: 'done', dependencies: [], details: 'Short.' },
    { id: 2, title: 'Polish', status: 'pending', dependencies: [1, '3', '4.1'] },
  ];
  const tasks = [
    { id: 1, title: 'Plan', status: 'done', priority: 'high', dependencies: [] },
    { id: 3, title: 'Ask', status: 'deferred', priority: 'low', dependencies: [1] },
    {
      id: 4,
      title: 'Write',
      description: 'The text.',
      details: 'In two parts.',
      testStrategy: 'Read it.',
      status: 'in-progress',
      priority: 'medium',
      dependencies: [1],
      subtasks,
      complexityScore: 7,
    },
  ];

  test('come with their subtasks as tasks of one group, in the flat form and in the tagged one', () => {
    for (const file of [{ tasks, meta: {} }, { master: { tasks, metadata: {} } }, tasks]) {
      const { task } = read('taskmaster', {
        '.taskmaster/tasks/tasks.json': JSON.stringify(file),
      });
      expect(task(4)).toMatchObject({
        status: 'in_progress',
        content: {
          priority: 'NORMAL',
          dependencies: [1, '4.1', '4.2'],
          group: '4',
          description: 'The text.\n\n## Details\n\nIn two parts.\n\n## Test strategy\n\nRead it.',
          extra: { complexityScore: 7 },
        },
      });
      expect(task('4.1')).toMatchObject({ status: 'completed', content: { group: '4' } });
      expect(task('4.2').content.dependencies).toEqual([1, '4.1', 3]);
      expect(task(3)).toMatchObject({ status: 'interrupted', content: { priority: 'LOW' } });
      expect(task(1)).toMatchObject({ status: 'completed', content: { priority: 'HIGH' } });
    }
  });

  test('of several tags keep apart', () => {
    const feature = { tasks: [{ id: 1, title: 'Else', dependencies: [] }] };
    const { task } = read('taskmaster', {
      'tasks.json': JSON.stringify({ 'new ui': feature, master: { tasks } }),
    });
    expect(task(1).content.title).toBe('Plan');
    expect(task('new-ui.1').content).toMatchObject({ title: 'Else', extra: { tag: 'new ui' } });
  });

  test.each([
    ['no JSON', '{', 'not JSON'],
    ['no tasks', '{"a":1}', 'no list "tasks"'],
    ['no objects', '{"tasks":[7]}', 'tasks[0]: A task is a JSON object'],
    ['a list that is none', '{"tasks":[{"id":1,"title":"x","dependencies":7}]}', 'It is no list'],
    ['an unknown status', '{"tasks":[{"id":1,"title":"x","status":"odd"}]}', 'no status'],
    ['no id', '{"tasks":[{"title":"x"}]}', 'tasks[0].id'],
  ])('with %s are refused', (_, text, says) => {
    expect(refusal('taskmaster', { 'tasks.json': text })).toContain(says);
  });
});

describe('tasks of Backlog.md', () => {
  const file = (head: string, body = '') => `---\n${head}\n---\n${body}`;
  const one = file(
    `id: BACK-355.01
title: 'Core: add a type'
status: In Progress
assignee: [@ada, "@bob"]
reporter: @ada
created_date: '2026-01-01 23:37'
labels:
  - core
  - cli
dependencies:
  - back-7
  - BACK-9
parent_task_id: BACK-355
priority: medium
type: feature
note: >-
  Folded
  text
ordinal: 125000`,
    `
## Description

<!-- SECTION:DESCRIPTION:BEGIN -->
Add the field.
<!-- SECTION:DESCRIPTION:END -->

## Acceptance Criteria
<!-- AC:BEGIN -->
- [ ] #1 It is there
<!-- AC:END -->
`,
  );

  test('keep fields, prompt and order; completed and archived ones are what they are', () => {
    const { task, tasks, notes } = read('backlog', {
      'backlog/config.yml': 'statuses: ["To Do", "In Progress", "Shipped"]\n',
      'backlog/tasks/back-10 - Ten.md': file('id: BACK-10\ntitle: Ten\nstatus: Shipped'),
      'backlog/tasks/back-355.01 - Core.md': one.replaceAll('\n', '\r\n'),
      'backlog/tasks/readme.md': 'not a task',
      'backlog/completed/task-7 - Seven.md': file(
        "id: TASK-7\ntitle: 7\nstatus: Done\nupdated_date: '2026-01-02'",
      ),
      'backlog/archive/tasks/back-9 - Nine.md': file('id: BACK-9\ntitle: Nine'),
    });
    expect(tasks.map(({ id }) => id)).toEqual(['BACK-10', 'BACK-355.01', 'TASK-7']);
    expect(task('BACK-10').status).toBe('completed');
    expect(task('TASK-7')).toMatchObject({
      status: 'completed',
      endedAt: Date.UTC(2026, 0, 2),
      content: { title: '7' },
    });
    const { content, status } = task('BACK-355.01');
    expect(status).toBe('pending');
    expect(content).toMatchObject({
      title: 'Core: add a type',
      priority: 'NORMAL',
      labels: ['core', 'cli'],
      dependencies: ['TASK-7'],
      group: 'BACK-355',
      extra: {
        assignee: ['@ada', '@bob'],
        reporter: '@ada',
        created_date: '2026-01-01 23:37',
        backlog_status: 'In Progress',
        task_type: 'feature',
        note: 'Folded text',
        ordinal: 125000,
      },
    });
    expect(content.description).toBe(
      '## Description\n\nAdd the field.\n\n## Acceptance Criteria\n- [ ] #1 It is there',
    );
    expect(notes).toEqual(['1 archived tasks were left out.']);
  });

  const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\n${['b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j']
    .map((name, n) => `${name}: &${name} [${Array(9).fill(`*${'abcdefghij'[n]}`).join(',')}]`)
    .join('\n')}`;

  test.each([
    ['no fields', 'just text', 'lines of three dashes'],
    ['fields that are no YAML', file('a: [1'), 'no YAML'],
    ['a list in place of fields', file('- 1'), 'no names with values'],
    ['no title', file('id: T-1'), '.title: It is missing'],
    ['fields that would grow without end', file(`id: T-1\ntitle: x\n${bomb}`), 'cannot be read'],
  ])('with %s are refused, naming the file', (_, text, says) => {
    const message = refusal('backlog', { 'tasks/t-1 - x.md': text });
    expect(message).toContain('tasks/t-1 - x.md');
    expect(message).toContain(says);
  });
});
