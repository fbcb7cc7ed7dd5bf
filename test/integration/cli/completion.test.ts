/** Completion as the shells do it: the script is loaded by a real one, and keys are pressed. */
import { chmodSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Workspace } from '../../support/cli.ts';
import { cli, node, preparedWorkspace, startProcess } from '../../support/cli.ts';
import { inTerminal } from '../../support/terminal.ts';

/** A queue with the command line on its PATH. */
async function withTasks(): Promise<Workspace> {
  const ws = await preparedWorkspace();
  ws.write('bin/signalbox', `#!/bin/sh\nexec '${node}' '${cli}' "$@"\n`);
  chmodSync(ws.path('bin/signalbox'), 0o755);
  ws.env['PATH'] = `${ws.path('bin')}:${ws.env['PATH'] ?? ''}`;
  const titles = ['One', 'Two $(touch pwned)', 'Three'];
  ws.write('in.json', { queue: titles.map((title, n) => ({ id: n + 1, title })) });
  await ws.ok('import', 'in.json');
  await ws.ok('claim', '2', 'Claude');
  return ws;
}

/** What bash would offer for each line, the last word of which is being typed. */
async function offered(
  ws: Workspace,
  lines: readonly (readonly string[])[],
): Promise<readonly (readonly string[])[]> {
  const ask = lines.map(
    (words) =>
      `COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; _signalbox; echo ":\${COMPREPLY[*]}"`,
  );
  const script = ['source <(signalbox completion bash)', 'complete -p signalbox >&2', ...ask];
  const { env, dir: cwd } = ws;
  const { code, stdout, stderr } = await startProcess(
    'bash',
    ['--norc', '--noprofile', '-c', script.join('\n')],
    { env, cwd },
  ).ended;
  expect({ code, stderr }).toEqual({ code: 0, stderr: 'complete -F _signalbox signalbox\n' });
  return stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => line.slice(1).split(' '));
}

test('bash offers verbs, second words, options, their values, tasks and agents', async () => {
  const ws = await withTasks();
  const cases: readonly (readonly [line: readonly string[], replies: readonly string[]])[] = [
    [['com'], ['complete', 'completion']],
    [
      ['recovery', 'c'],
      ['check', 'clear'],
    ],
    [['add', 'A title', '--pri'], ['--priority']],
    [['add', 'A title', '--priority', 'H'], ['HIGH']],
    [['list', '--js'], ['--json']],
    [
      ['claim', ''],
      ['3', '1'],
    ],
    [['claim', '3', 'Co'], ['Copilot']],
    [['complete', ''], ['2']],
    [
      ['show', '--workspace', ws.dir, ''],
      ['3', '2', '1'],
    ],
    [
      ['add', 'A title', '--depends', '1,'],
      ['1,3', '1,2', '1,1'],
    ],
    [['help', 'aud'], ['audit']],
    [
      ['completion', ''],
      ['bash', 'zsh'],
    ],
    [['add', ''], ['']],
  ];
  const replies = await offered(
    ws,
    cases.map(([line]) => ['signalbox', ...line]),
  );
  expect(replies).toEqual(cases.map(([, expected]) => expected));
  expect(ws.fingerprint()['workspace/pwned']).toBeUndefined();
});

test('zsh offers them too, tasks with their titles', async () => {
  const ws = await withTasks();
  const terminal = await inTerminal(ws, ['zsh', '-f', '-i'], { env: { PS1: '> ' } });
  await terminal.shows('> ');
  terminal.type(
    'autoload -U compinit; compinit -u -D; source <(signalbox completion zsh); echo re""ady\r',
  );
  await terminal.shows('ready');
  for (const [typed, shown] of [
    ['signalbox complet\t', /completion +-- Prints a script/],
    ['signalbox claim \t', /3 +-- Three[^]*1 +-- One/],
    ['signalbox recovery ch\t', 'recovery check'],
    ['signalbox add x --priority H\t', '--priority HIGH'],
    ['signalbox next Cop\t', 'next Copilot'],
  ] as const) {
    const before = terminal.shown().length;
    terminal.type(typed);
    await terminal.shows(shown, before);
    // Away with the line; the answer shows that the shell listens again.
    terminal.type('\u0015echo listens""-again\r');
    await terminal.shows('listens-again', before);
  }
  terminal.type('exit\r');
  await terminal.ended;
});

test('a place without a queue, and a shell that nobody knows', async () => {
  const ws = await preparedWorkspace();
  expect(await ws.run(['__complete', 'tasks', 'any'], { cwd: ws.home })).toMatchObject({
    ...{ code: 0, stdout: '', stderr: '' },
  });
  expect(await ws.exits(2, 'completion', 'fish')).toMatchObject({ reason: 'usage' });
});
