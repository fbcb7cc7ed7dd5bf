/** Files in and out: our own export loses nothing, others' are taken whole or not at all. */
import { expect, test } from 'vitest';
import type { Json } from '../../support/cli.ts';
import { preparedWorkspace } from '../../support/cli.ts';

const long = `${'A long prompt. '.repeat(1_500)}The end.`;

test('an export that is imported again loses nothing, long texts and checkpoints included', async () => {
  const ws = await preparedWorkspace();
  ws.write('in.json', {
    queue: [
      {
        id: 7,
        title: 'Done',
        status: 'completed',
        result: long,
        completed_on: '2026-01-02',
        odd: [1],
      },
      { id: 8, title: 'Failed', status: 'failed', failures: 2, not_before: '2098-01-02T00:00:00Z' },
      { id: 'named', title: 'Waits', description: long, dependencies: [8], estimate_minutes: 5 },
      { id: 9, title: 'Gave up', status: 'poisoned', reason: 'Too often', failures: 4 },
    ],
  });
  await ws.ok('import', 'in.json');
  await ws.add('Half done', '--paths', 'src/**', '--session', 's');
  await ws.ok('claim', '10', 'Copilot');
  await ws.ok('fail', '10', 'BUILD_ERROR', 'No fonts');
  expect(await ws.json('export', 'out.json')).toMatchObject({ ok: true, exported: 5 });
  const exported = JSON.parse(ws.read('out.json')) as { queue: readonly Json[] };
  expect(exported.queue[0]).toMatchObject({ result: long, odd: [1] });
  expect(exported.queue[2]).toMatchObject({ description: long });
  expect(exported.queue[4]).toMatchObject({
    status: 'failed',
    past: { last_failure: { agent: 'Copilot', error_class: 'BUILD_ERROR', message: 'No fonts' } },
  });

  const other = await preparedWorkspace();
  other.write('out.json', exported);
  expect(await other.json('import', 'out.json')).toMatchObject({ ok: true, imported: 5 });
  await other.ok('export', 'again.json');
  const again = JSON.parse(other.read('again.json')) as { queue: readonly Json[] };
  // Who holds or held an unfinished task is known only where it was claimed.
  const untied = ({ assigned_to: _agent, claimed_on: _at, ...rest }: Json) => rest;
  expect(again.queue.map(untied)).toEqual(exported.queue.map(untied));
  expect(await other.ok('recovery', 'list')).toContain('No fonts');
});

test('an export to Markdown is for people, and no text of a task can break out of it', async () => {
  const ws = await preparedWorkspace();
  await ws.add(
    'Bold **and** <b>html</b> | cell',
    '--description',
    'Run:\n```\nls\n```\n# no heading',
  );
  await ws.add('Second', '--depends', '1', '--priority', 'high');
  await ws.add('Third');
  await ws.ok('claim', '3', 'Copilot');
  await ws.ok('complete', '3', 'It | works');
  await ws.ok('export', 'tasks.md');
  const text = ws.read('tasks.md');
  expect(text).toContain('### #1 Bold \\*\\*and\\*\\* &lt;b&gt;html&lt;/b&gt; \\| cell');
  expect(text).toContain('````text\nRun:\n```\nls\n```\n# no heading\n````');
  expect(text).toContain('- Depends on: #1 (pending)');
  expect(text).toMatch(/\| #3 \| Third \| completed \| Copilot \| .* UTC \| It \\\| works \|/);
  expect(await ws.ok('export', '-', '--format', 'markdown')).toContain('# Tasks');
  expect((await ws.run(['export', 'x', '--format', 'xml'])).code).toBe(2);
});

test('another tracker’s tasks are taken in whole, or refused whole', async () => {
  const ws = await preparedWorkspace();
  ws.write('backlog/tasks/t-1 - x.md', '---\nid: T-1\ntitle: One\nassignee: [@ada]\n---\nDo it.\n');
  expect(await ws.json('import', '--from', 'backlog', '.')).toMatchObject({ imported: 1 });
  expect(ws.task('T-1')).toMatchObject({ title: 'One', description: 'Do it.', assignee: ['@ada'] });
  const issue = (id: string, to: string) =>
    JSON.stringify({ id, title: id, dependencies: [{ type: 'blocks', depends_on_id: to }] });
  ws.write('.beads/issues.jsonl', `${issue('a', 'b')}\n${issue('b', 'a')}\n`);
  expect(await ws.exits(3, 'import', '--from', 'beads', '.')).toMatchObject({ reason: 'cycle' });
  ws.write('.beads/issues.jsonl', `${issue('a', 'nowhere')}\n`);
  expect(await ws.json('import', '--from', 'beads', '.')).toMatchObject({
    warnings: [expect.stringContaining('a depended on nowhere')],
  });
  expect(ws.task('a')).toMatchObject({ dependencies: [], missing_dependencies: ['nowhere'] });
  ws.write('tasks.json', '{"tasks":[{"id":1,"title":"x","status":"?"}]}');
  expect(await ws.exits(3, 'import', '--from', 'taskmaster', 'tasks.json')).toMatchObject({
    reason: 'invalid-file',
  });
  expect((await ws.run(['import', '--from', 'jira', '.'])).code).toBe(2);
  expect((await ws.run(['import', '--from', 'beads', 'missing'])).code).toBe(2);
  expect(ws.queue()).toHaveLength(2);
});

test('a queue file of another queue comes in without the long texts that it only names', async () => {
  const ws = await preparedWorkspace();
  await ws.add('Long', '--description', long);
  const file = ws.read('TASK_QUEUE.json');
  const other = await preparedWorkspace();
  other.write('theirs.json', file);
  expect(await other.json('import', 'theirs.json')).toMatchObject({
    imported: 1,
    warnings: [expect.stringContaining('1 long texts are not in the file')],
  });
  expect(other.task(1)['description']).toMatch(/^\(a text of \d+ bytes that is not in the file\)$/);
});

test('a task too large for a line of the log is refused before anything is written', async () => {
  const ws = await preparedWorkspace();
  const paths = Array.from({ length: 900 }, (_, n) => `src/${'x'.repeat(80)}/${n}`);
  ws.write('in.json', { queue: [{ id: 1, title: 'Huge', paths }] });
  expect(await ws.exits(3, 'import', 'in.json')).toMatchObject({
    reason: 'invalid-file',
    message: expect.stringContaining('#1'),
  });
});
