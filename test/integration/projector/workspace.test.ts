/** Which folder is the workspace, on real repositories, and what preparing it makes and refuses. */
import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { prepareWorkspace } from '../../../extension/coordinator/prepareWorkspace.ts';
import { findWorkspace, hasLog } from '../../../extension/coordinator/workspace.ts';
import { newWorkspace } from '../../support/workspace.ts';

function git(cwd: string, ...args: string[]): void {
  const identity = ['-c', 'user.name=t', '-c', 'user.email=t@example.org'];
  execFileSync('git', [...identity, ...args], { cwd, stdio: 'pipe' });
}

function find(cwd: string, explicit?: string, env: Record<string, string> = {}) {
  return findWorkspace({ cwd, explicit, env });
}

/** A fresh folder by its real name, as git writes it. */
function folder(): string {
  return realpathSync(newWorkspace());
}

/** A repository with one commit, and a linked worktree beside it. */
function repository() {
  const dir = folder();
  const main = join(dir, 'main');
  const linked = join(dir, 'linked');
  mkdirSync(join(main, 'sub', 'deep'), { recursive: true });
  git(dir, 'init', '-q', main);
  writeFileSync(join(main, 'sub', 'deep', 'file'), 'x');
  git(main, 'add', '.');
  git(main, 'commit', '-q', '-m', 'first');
  git(main, 'worktree', 'add', '-q', linked);
  return { dir, main, linked };
}

describe('the workspace', () => {
  test('is the nearest folder upward that has a log or a queue file, else the current one', () => {
    const dir = folder();
    const deep = join(dir, 'a', 'b', 'c');
    mkdirSync(deep, { recursive: true });
    expect(find(deep).root).toBe(deep);

    writeFileSync(join(dir, 'TASK_QUEUE.json'), '{}');
    expect(find(deep).root).toBe(dir);
    mkdirSync(join(dir, 'a', 'AI', 'log'), { recursive: true });
    expect(find(deep).root).toBe(join(dir, 'a'));
    mkdirSync(join(dir, 'a', 'b', '.signalbox', 'log'), { recursive: true });
    expect(find(deep)).toMatchObject({ root: join(dir, 'a', 'b'), stateName: '.signalbox' });
  });

  test('that is named by option goes before the environment’s, and neither searches upward', () => {
    const dir = folder();
    mkdirSync(join(dir, 'a'));
    mkdirSync(join(dir, 'b'));
    writeFileSync(join(dir, 'TASK_QUEUE.json'), '{}');
    const env = { SIGNALBOX_WORKSPACE: join(dir, 'b') };

    expect(find(dir, 'a', env).root).toBe(join(dir, 'a'));
    expect(find(dir, undefined, env).root).toBe(join(dir, 'b'));
    expect(find(dir, undefined, { SIGNALBOX_WORKSPACE: '' }).root).toBe(dir);
    expect(() => find(dir, 'c')).toThrow(expect.objectContaining({ code: 'no-such-folder' }));
  });

  test('of a linked worktree is the main one, from any folder in it', () => {
    const { main, linked } = repository();
    for (const cwd of [linked, join(linked, 'sub', 'deep')]) {
      expect(find(cwd)).toMatchObject({ root: main, gitCommonDir: join(main, '.git') });
    }
    expect(find(main, linked).root).toBe(main);
  });

  test('of a linked worktree is the same subfolder as in the main one, where that has the queue', () => {
    const { main, linked } = repository();
    mkdirSync(join(main, 'sub', 'AI', 'log'), { recursive: true });
    expect(find(join(main, 'sub', 'deep')).root).toBe(join(main, 'sub'));
    expect(find(join(linked, 'sub', 'deep')).root).toBe(join(main, 'sub'));
  });

  test('of a linked worktree is never its own copy of a tracked queue file', () => {
    const { main, linked } = repository();
    writeFileSync(join(linked, 'TASK_QUEUE.json'), '{}');
    expect(find(linked).root).toBe(main);
  });

  test('of a bare repository with worktrees is the common directory', () => {
    const { dir, main } = repository();
    const bare = join(dir, 'bare.git');
    git(dir, 'clone', '-q', '--bare', main, bare);
    git(bare, 'worktree', 'add', '-q', join(dir, 'one'), '-b', 'one');
    git(bare, 'config', 'extensions.worktreeConfig', 'true');
    expect(find(join(dir, 'one'))).toMatchObject({
      root: bare,
      gitCommonDir: bare,
      gitWorktree: null,
    });
    expect(find(join(dir, 'one', 'sub')).queueFile).toBe(join(bare, 'TASK_QUEUE.json'));
  });

  test('of a submodule is the submodule, also within a linked worktree’s reach', () => {
    const { dir, main } = repository();
    const library = join(dir, 'library');
    git(dir, 'clone', '-q', main, library);
    git(main, '-c', 'protocol.file.allow=always', 'submodule', 'add', '-q', library, 'lib');
    expect(find(join(main, 'lib', 'sub')).root).toBe(join(main, 'lib', 'sub'));
    git(join(main, 'lib'), 'worktree', 'add', '-q', join(dir, 'lib-linked'), '-b', 'other');
    expect(find(join(dir, 'lib-linked')).root).toBe(join(main, 'lib'));
  });

  test('of a linked worktree whose repository is out of reach is refused', () => {
    const { dir, main, linked } = repository();
    renameSync(main, join(dir, 'moved'));
    expect(() => find(linked)).toThrow(
      expect.objectContaining({
        code: 'unreachable-worktree',
        message: expect.stringContaining('main worktree'),
      }),
    );
  });

  test('is not confused by a broken .git file that names no worktree', () => {
    const dir = folder();
    writeFileSync(join(dir, '.git'), 'gitdir: ../.git/modules/gone\n');
    expect(find(dir)).toMatchObject({ root: dir, gitCommonDir: null });
  });
});

describe('the state folder', () => {
  test.each([
    ['nothing', () => undefined, 'AI'],
    ['an empty AI', (dir: string) => mkdirSync(join(dir, 'AI')), 'AI'],
    ['someone’s ai', (dir: string) => mkdirSync(join(dir, 'ai')), '.signalbox'],
    [
      'someone’s AI with files in it',
      (dir: string) => {
        mkdirSync(join(dir, 'AI'));
        writeFileSync(join(dir, 'AI', 'model.py'), '');
      },
      '.signalbox',
    ],
    ['a file AI', (dir: string) => writeFileSync(join(dir, 'AI'), ''), '.signalbox'],
    ['a link AI', (dir: string) => symlinkSync('/tmp', join(dir, 'AI')), '.signalbox'],
    [
      'an AI of the older system',
      (dir: string) => {
        mkdirSync(join(dir, 'AI'));
        writeFileSync(join(dir, 'AI', 'task_lock.sh'), '');
      },
      'AI',
    ],
    [
      'a clone of a prepared workspace',
      (dir: string) => {
        prepareWorkspace(find(dir), { track: false });
        for (const name of ['log', 'audit', 'locks', 'recovery', 'output']) {
          rmSync(join(dir, 'AI', name), { recursive: true });
        }
        writeFileSync(join(dir, 'AI', 'config.json'), '{}');
      },
      'AI',
    ],
  ])('in a folder with %s', (_what, make: (dir: string) => unknown, expected) => {
    const dir = folder();
    make(dir);
    expect(find(dir).stateName).toBe(expected);
  });
});

describe('preparing', () => {
  test('makes the folders for this person only, and says so to git', () => {
    const { main } = repository();
    const paths = find(join(main, 'sub'));
    prepareWorkspace(paths, { track: false });
    expect(hasLog(paths)).toBe(true);
    for (const made of [paths.log, paths.audit, paths.locks, paths.recovery, paths.output]) {
      expect(statSync(made).mode & 0o777).toBe(0o700);
    }
    for (const name of ['log/seg-1.jsonl', 'audit/a', 'recovery/failed_tasks.json']) {
      git(paths.root, 'check-ignore', '-q', join(paths.state, name));
    }
    git(paths.root, 'check-ignore', '-q', paths.queueFile);
    for (const kept of ['config.json', 'agents.json', 'recovery/retry_config.json']) {
      expect(() => git(paths.root, 'check-ignore', '-q', join(paths.state, kept))).toThrow();
    }
  });

  test('again changes nothing, and keeps what people wrote', () => {
    const { main } = repository();
    const paths = find(main);
    const exclude = join(main, '.git', 'info', 'exclude');
    const ignore = join(paths.state, '.gitignore');
    writeFileSync(exclude, '*.log');
    prepareWorkspace(paths, { track: false });
    writeFileSync(ignore, `${readFileSync(ignore, 'utf8')}/mine/\n`);
    const before = [readFileSync(exclude, 'utf8'), readFileSync(ignore, 'utf8')];
    expect(before[0]).toBe('*.log\n/TASK_QUEUE.json\n');

    prepareWorkspace(paths, { track: false });
    expect([readFileSync(exclude, 'utf8'), readFileSync(ignore, 'utf8')]).toEqual(before);
  });

  test('with tracking lets the queue file into git, also afterwards', () => {
    const { main } = repository();
    const paths = find(main);
    prepareWorkspace(paths, { track: false });
    prepareWorkspace(paths, { track: true });
    expect(() => git(main, 'check-ignore', '-q', paths.queueFile)).toThrow();
  });

  test('makes folders that others could read private', () => {
    const dir = folder();
    const paths = find(dir);
    mkdirSync(paths.audit, { recursive: true, mode: 0o755 });
    prepareWorkspace({ ...paths }, { track: false });
    expect(statSync(paths.audit).mode & 0o777).toBe(0o700);
  });

  test.each(['state', 'log', 'audit', 'locks', 'recovery', 'output'] as const)(
    'refuses a link in the place of %s, and writes nothing through it',
    (name) => {
      const dir = folder();
      const elsewhere = folder();
      const paths = find(dir);
      if (name !== 'state') mkdirSync(paths.state);
      symlinkSync(elsewhere, paths[name]);
      expect(() => prepareWorkspace(paths, { track: false })).toThrow(
        expect.objectContaining({ code: 'unsafe-path', path: paths[name] }),
      );
    },
  );
});
