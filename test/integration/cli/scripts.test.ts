/**
 * The shell scripts that `init --scripts` writes, called as instructions for the older system call
 * them.
 *
 * What the verbs behind them do is tested where the verbs are.
 */
import { chmodSync, lstatSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Ended, Workspace } from '../../support/cli.ts';
import { node, startProcess, workspace } from '../../support/cli.ts';

async function scripted(): Promise<Workspace> {
  const made = workspace();
  await made.ok('init', '--scripts');
  return made;
}

/** Runs a line of bash, as an agent's instructions have it. */
function bash(
  place: Workspace,
  line: string,
  { cwd = place.dir, env = {} }: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<Ended> {
  return startProcess('bash', ['-c', line], { cwd, env: { ...place.env, ...env } }).ended;
}

/** A command line that says how it was called, a word a line, each in brackets. */
function echoing(place: Workspace, name = 'echoing'): string {
  const file = place.path(name);
  writeFileSync(file, `#!/bin/sh\nfor word in "$@"; do printf '[%s]\\n' "$word"; done\n`);
  chmodSync(file, 0o755);
  return file;
}

const workspaceWord = /^\[--workspace=(.*)\]\n/m;

/** The words that reached the command line; the workspace among them is named on its own. */
async function wordsOf(place: Workspace, line: string): Promise<string> {
  const { code, stdout, stderr } = await bash(place, line, {
    env: { SIGNALBOX_CLI: echoing(place) },
  });
  expect({ line, code, stderr }).toEqual({ line, code: 0, stderr: '' });
  const named = workspaceWord.exec(stdout)?.[1] ?? '';
  expect(path.resolve(place.dir, named)).toBe(place.dir);
  return stdout
    .replace(workspaceWord, '')
    .split('\n')
    .map((word) => word.replace(/^\[(.*)\]$/, '$1'))
    .join(' ')
    .trim();
}

describe('every command line of the older system', () => {
  test.each([
    [
      'task_lock.sh',
      {
        'acquire 7 Copilot': 'lock acquire -- 7 Copilot',
        'release 7 COMPLETE': 'lock release -- 7 COMPLETE',
        'check 7': 'lock check -- 7',
        list: 'lock list --',
        clean: 'lock clean --',
      },
    ],
    [
      'task_audit.sh',
      {
        'log NOTE 7 Copilot "a note" pending': 'audit log -- NOTE 7 Copilot a note pending',
        'query all': 'audit query -- all',
        'query task 12': 'audit query -- task 12',
        'query recent 20': 'audit query -- recent 20',
        'replay 12': 'audit replay -- 12',
        'export out.json': 'audit export -- out.json',
        rotate: 'audit rotate --',
      },
    ],
    [
      'task_recovery.sh',
      {
        'record 7 Copilot TIMEOUT "too slow"': 'recovery record -- 7 Copilot TIMEOUT too slow',
        'retry 7 auto': 'recovery retry -- 7 auto',
        auto: 'recovery auto --',
        list: 'recovery list --',
        'check 7': 'recovery check -- 7',
        'clear 7': 'recovery clear -- 7',
      },
    ],
    [
      'task_coordinator.sh',
      {
        'next Copilot HIGH': 'next -- Copilot HIGH',
        'assign 7 Claude': 'assign -- 7 Claude',
        balance: 'balance --',
        'dependencies 7': 'dependencies -- 7',
        'pipeline 7': 'pipeline -- 7',
        workload: 'workload --',
        'dashboard --once': 'dashboard --once',
      },
    ],
    [
      'orchestrator.sh',
      {
        '': 'menu --',
        menu: 'menu --',
        health: 'health --',
        heal: 'heal --',
        'monitor --interval 5': 'monitor --interval 5',
        'report out.md': 'report -- out.md',
      },
    ],
  ])('of %s reaches the verb it became', async (script, lines) => {
    const place = await scripted();
    for (const [line, words] of Object.entries(lines)) {
      expect(await wordsOf(place, `bash AI/${script} ${line}`)).toBe(words);
    }
  });

  test('of the scripts that claim and complete does so, old and new, in AI and at the root', async () => {
    const place = await scripted();
    for (const script of ['AI/claim_task_v2.sh', 'AI/claim_task.sh', 'claim_task.sh']) {
      expect(await wordsOf(place, `bash ${script} 7 Copilot`)).toBe('claim --tries 3 -- 7 Copilot');
    }
    for (const script of ['AI/complete_task_v2.sh', 'AI/complete_task.sh', 'complete_task.sh']) {
      expect(await wordsOf(place, `bash ${script} 7`)).toBe('complete -- 7');
      expect(await wordsOf(place, `./${script} 7 "all done"`)).toBe('complete -- 7 all done');
    }
  });
});

describe('a script', () => {
  test('works a queue, from any folder, with an id that a script can take', async () => {
    const place = await scripted();
    await place.ok('add', 'First', '--type', 'technical', '--priority', 'HIGH');
    await place.ok('add', 'Second', '--depends', '1');
    const elsewhere = place.path('some', 'folder');
    mkdirSync(elsewhere, { recursive: true });

    const claimed = await bash(
      place,
      `id=$(bash ../../AI/task_coordinator.sh next Copilot HIGH) && sh ../../AI/claim_task_v2.sh "$id" Copilot`,
      { cwd: elsewhere },
    );
    expect(claimed.code).toBe(0);
    expect(place.task(1)).toMatchObject({ status: 'in_progress', assigned_to: 'Copilot' });

    const done = await bash(place, `bash ${place.path('complete_task.sh')} 1 "It's \\"done\\""`, {
      cwd: '/',
    });
    expect(done.code).toBe(0);
    expect(done.stdout).toContain('Second');
    expect(place.task(1)).toMatchObject({ status: 'completed', result: `It's "done"` });
  });

  test('ends as the verb does: nothing to give, refused, wrong usage', async () => {
    const place = await scripted();
    expect(await bash(place, 'bash AI/task_coordinator.sh next Copilot')).toMatchObject({
      code: 4,
      stdout: '',
    });
    expect(await bash(place, 'bash AI/complete_task.sh 5')).toMatchObject({ code: 3, stdout: '' });
    for (const line of ['claim_task.sh', 'AI/claim_task.sh 7', 'AI/task_lock.sh frobnicate']) {
      const { code, stdout, stderr } = await bash(place, `bash ${line}`);
      expect({ line, code, stdout }).toEqual({ line, code: 2, stdout: '' });
      expect(stderr).not.toBe('');
    }
    const help = await bash(place, 'bash AI/task_lock.sh');
    expect(help).toMatchObject({ code: 0 });
    expect(help.stdout).toContain('acquire ID AGENT');
  });

  test('hands an argument over as one word, whatever it says', async () => {
    const place = await scripted();
    const arguments_ = [
      `it's "quoted"`,
      '$(touch broken) `touch broken` ; touch broken',
      'two\nlines\\n and \\c',
      '--workspace=/',
      '-h',
      '* ? [a] ~ %s',
      '',
    ];
    for (const hostile of arguments_) {
      const env = { SIGNALBOX_CLI: echoing(place), HOSTILE: hostile };
      const line = 'bash AI/complete_task_v2.sh 7 "$HOSTILE"';
      const { stdout } = await bash(place, line, { env });
      expect(stdout.replace(workspaceWord, '')).toBe(`[complete]\n[--]\n[7]\n[${hostile}]\n`);
    }
    expect(place.fingerprint()).not.toHaveProperty('workspace/broken');
  });

  test('works where the path of the workspace is odd', async () => {
    const outer = workspace();
    const dir = outer.path(`it's "odd" $(touch broken)`, '-n space ');
    mkdirSync(dir, { recursive: true });
    await outer.ok('init', '--scripts', '--workspace', dir);
    const added = await outer.run(['add', 'A task', '--id', 'a'], { cwd: dir });
    expect(added.code).toBe(0);
    for (const line of ['bash AI/claim_task.sh a Copilot', './complete_task.sh a']) {
      expect(await bash(outer, line, { cwd: dir })).toMatchObject({ code: 0, stderr: '' });
    }
    const file = JSON.stringify(path.join(dir, 'AI/task_coordinator.sh'));
    expect(await bash(outer, `bash ${file.replaceAll('$', '\\$')} next`)).toMatchObject({
      code: 4,
    });
  });

  test('finds the command line by $SIGNALBOX_CLI, else where it was, else on the PATH', async () => {
    const place = await scripted();
    await place.ok('add', 'A task');
    const next = 'bash AI/task_coordinator.sh next';
    // As written.
    expect(await bash(place, next)).toMatchObject({ code: 0, stdout: '1\n' });
    // As named; what ends in .js needs Node.
    const named = place.path('named.js');
    writeFileSync(named, 'console.log("named")');
    expect(await bash(place, next, { env: { SIGNALBOX_CLI: named } })).toMatchObject({
      stdout: 'named\n',
    });
    // Where it is no longer there, on the PATH.
    const script = place.path('AI/task_coordinator.sh');
    const moved = readFileSync(script, 'utf8').replace(/^written_cli=.*$/m, `written_cli='/gone'`);
    writeFileSync(script, moved);
    const bin = place.path('bin');
    mkdirSync(bin);
    echoing(place, 'bin/signalbox');
    const PATH = `${bin}:${path.dirname(node)}:/usr/bin:/bin`;
    expect((await bash(place, next, { env: { PATH } })).stdout).toMatch(/^\[next\]/);
    // Nowhere.
    const nowhere = await bash(place, `PATH=/nowhere /bin/${next}`);
    expect(nowhere).toMatchObject({ code: 127, stdout: '' });
    expect(nowhere.stderr).toContain('SIGNALBOX_CLI');
  });
});

describe('init --scripts', () => {
  test('keeps a script that differs, and follows no link', async () => {
    const place = workspace();
    place.write('AI/task_lock.sh', '#!/bin/bash\necho mine\n');
    place.write('AI/task_lock.sh.old', 'older still');
    place.write('precious', 'precious');
    symlinkSync(place.path('precious'), place.path('claim_task.sh'));

    const first = await place.json('init', '--scripts');
    expect(first['kept']).toEqual(['AI/task_lock.sh.old.2', 'claim_task.sh.old']);
    expect(place.read('AI/task_lock.sh.old.2')).toBe('#!/bin/bash\necho mine\n');
    expect(place.read('AI/task_lock.sh.old')).toBe('older still');
    expect(place.read('precious')).toBe('precious');
    expect(lstatSync(place.path('claim_task.sh')).isFile()).toBe(true);
    for (const script of first['scripts'] as string[]) {
      expect(lstatSync(place.path(script)).mode & 0o777).toBe(0o755);
    }

    // The same scripts for a command line that has moved are no one's work to keep.
    const moved = place.read('AI/task_lock.sh').replace(/^written_cli=.*$/m, `written_cli='/gone'`);
    place.write('AI/task_lock.sh', moved);
    const again = await place.json('init', '--scripts');
    expect(again).toMatchObject({ scripts: first['scripts'], kept: [] });
    expect(place.read('AI/task_lock.sh')).not.toContain('/gone');
  });
});
