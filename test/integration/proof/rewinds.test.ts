/** A log that git, a backup, an editor or a person takes back: it halts or follows. */
import { execFileSync } from 'node:child_process';
import { cpSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { position } from '../../../extension/core/ids.ts';
import type { FileStore } from '../../../extension/store/file/fileStore.ts';
import { WitnessKeeper } from '../../../extension/store/file/witness.ts';
import type { FileLog } from '../../support/fileLog.ts';
import { endOf, fileLog, interruptedNote } from '../../support/fileLog.ts';
import { Ledger } from '../../support/ledger.ts';
import { notes } from '../../support/storeNotes.ts';

interface Scene {
  readonly log: FileLog;
  readonly ledger: Ledger;
  /** A process that has been there all the time. */
  readonly running: FileStore;
  readonly git: (...args: readonly string[]) => void;
  /** The state directory as it was in the middle. */
  readonly backup: string;
}

interface Case {
  readonly what: string;
  readonly back: (scene: Scene) => void;
  /** Takes it back in turn; then all goes on. */
  readonly forth?: (scene: Scene) => void;
}

/** Two lines, a commit and a copy of the folder, then two more. */
async function scene(isTracked: boolean): Promise<Scene> {
  const log = fileLog();
  const git = (...args: readonly string[]) => {
    const who = ['-c', 'user.name=Ann', '-c', 'user.email=ann@example.org'];
    execFileSync('git', [...who, ...args], { cwd: log.workspaceDir, stdio: 'pipe' });
  };
  git('init', '--quiet', '--initial-branch=main');
  const running = log.open();
  const ledger = new Ledger();
  for (const message of ['one', 'two']) await ledger.append(running, message);
  const first = log.open();
  await first[Symbol.asyncDispose]();
  git('commit', '--quiet', '--allow-empty', '--message=begin');
  git('branch', 'without');
  if (isTracked) git('add', '--force', 'AI');
  git('commit', '--quiet', '--allow-empty', '--message=more');
  const backup = join(log.workspaceDir, 'backup');
  cpSync(join(log.workspaceDir, 'AI'), backup, { recursive: true });
  for (const message of ['three', 'four']) await ledger.append(running, message);
  // The copy in the git directory follows at leisure; an orderly end completes it.
  const last = log.open();
  await ledger.append(last, 'five');
  await last[Symbol.asyncDispose]();
  return { log, ledger, running, git, backup };
}

function saveAtomically(path: string, content: Buffer): void {
  writeFileSync(`${path}.new`, content);
  renameSync(`${path}.new`, path);
}

const stateOf = ({ log }: Scene) => dirname(log.logDir);
const tracked: readonly Case[] = [
  { what: 'git checkout of the folder', back: ({ git }) => git('checkout', 'HEAD', '--', 'AI') },
  {
    what: 'git checkout of a branch without it',
    back: ({ git }) => git('checkout', '--quiet', '--force', 'without'),
  },
  { what: 'git reset', back: ({ git }) => git('reset', '--quiet', '--hard') },
  {
    what: 'git stash',
    back: ({ git }) => git('stash', '--quiet'),
    forth: ({ git }) => git('stash', 'pop', '--quiet'),
  },
];
const untracked: readonly Case[] = [
  { what: 'git clean', back: ({ git }) => git('clean', '-fdxq', '-e', 'backup') },
  {
    what: 'a restored copy of the folder',
    back: (here) => {
      cpSync(stateOf(here), join(here.log.workspaceDir, 'newer'), { recursive: true });
      rmSync(stateOf(here), { recursive: true });
      cpSync(here.backup, stateOf(here), { recursive: true });
    },
    forth: (here) => {
      rmSync(stateOf(here), { recursive: true });
      cpSync(join(here.log.workspaceDir, 'newer'), stateOf(here), { recursive: true });
    },
  },
  {
    what: 'a file copied over it',
    back: ({ log, backup }) => cpSync(join(backup, 'log/seg-1.jsonl'), log.segment()),
  },
  {
    what: 'a save of an older text by rename',
    back: ({ log, backup }) =>
      saveAtomically(log.segment(), readFileSync(join(backup, 'log/seg-1.jsonl'))),
  },
  { what: 'truncate to nothing', back: ({ log }) => truncateSync(log.segment(), 0) },
  {
    what: 'truncate within the last line',
    back: ({ log }) => truncateSync(log.segment(), log.bytes().length - 1),
  },
  {
    what: 'truncate after a line',
    back: ({ log }) => truncateSync(log.segment(), log.bytes().lastIndexOf(10, -2) + 1),
  },
  { what: 'the deletion of the file', back: ({ log }) => rmSync(log.segment()) },
  {
    what: 'the deletion of the folder',
    back: (here) => rmSync(stateOf(here), { recursive: true }),
  },
];
const cases = [
  ...tracked.map((one) => ({ ...one, isTracked: true })),
  ...untracked.map((one) => ({ ...one, isTracked: false })),
];

describe('halts, and goes on above every position that was given out, after', () => {
  test.each(cases)('$what', async ({ back, forth, isTracked }) => {
    const here = await scene(isTracked);
    const { log, ledger, running } = here;
    back(here);
    expect(await ledger.append(running, 'running')).toBe('halted');
    expect(await ledger.append(log.open(), 'fresh')).toBe('halted');

    if (forth !== undefined) {
      forth(here);
      expect(await ledger.missingIn(log.open())).toEqual([]);
      expect(await ledger.append(running, 'again')).toBe('acknowledged');
      back(here);
    }
    const healer = log.open();
    expect(healer.recover()).toMatchObject({ ok: true });
    for (const store of [healer, log.open()]) {
      expect(await ledger.append(store, 'after it')).toBe('acknowledged');
    }
    expect(ledger.twice).toEqual([]);
  });

  test('nothing notices where no witness is asked', async () => {
    const here = await scene(false);
    vi.spyOn(WitnessKeeper.prototype, 'read').mockReturnValue([]);
    truncateSync(here.log.segment(), here.log.bytes().lastIndexOf(10, -2) + 1);
    expect(await here.ledger.append(here.log.open(), 'fresh')).toBe('acknowledged');
    expect(here.ledger.twice).toEqual([6]);
  });
});

test('a save of the same text by rename is followed, by all', async () => {
  const { log, ledger, running } = await scene(false);
  for (const store of [running, log.open()]) {
    saveAtomically(log.segment(), log.bytes());
    expect(await ledger.append(store, 'after the save')).toBe('acknowledged');
  }
  expect(await ledger.missingIn(log.open())).toEqual([]);
  expect(ledger.twice).toEqual([]);
});

test('a log that is taken back while a writer stands between reading and writing halts it', async () => {
  const log = fileLog();
  const ledger = new Ledger();
  const slow = log.open();
  await ledger.append(slow, 'one');
  const end = await endOf(slow);
  const before = log.bytes();
  let won: Promise<unknown> = Promise.resolve();
  const batch = interruptedNote('late', () => {
    const quick = log.open();
    won = quick.append(notes('quick'), end);
    truncateSync(log.segment(), before.length);
  });
  await expect(slow.append(batch, end)).rejects.toMatchObject({ code: 'STORE_HALTED' });
  expect(await won).toMatchObject({ ok: true, records: [{ seq: position(end + 1) }] });
});
