/** What the log is on disk: fresh after each command, made again when deleted, never older. */
import {
  appendFileSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { position } from '../../../extension/core/ids.ts';
import { add, claim, clearFailures, complete, fail, release } from '../../support/core.ts';
import {
  acceptedLines,
  keptTexts,
  leftovers,
  openDesk,
  readAudit,
  readLockDir,
  readQueueFile,
} from '../../support/projection.ts';
import { newWorkspace } from '../../support/workspace.ts';

async function someWork(dir = newWorkspace()) {
  const desk = await openDesk(dir);
  await desk.does(add('first'));
  await desk.does(add('second'));
  await desk.does(claim(1, 'Copilot'));
  await desk.does(claim(2, 'Claude'));
  await desk.does(fail(2, 'BUILD_ERROR', { agent: 'Claude' }));
  expect(await desk.project()).toEqual({ warnings: [], kept: [] });
  return desk;
}

/** Everything that is projected, in one value. */
function everything({ paths }: Awaited<ReturnType<typeof openDesk>>) {
  return {
    audit: readAudit(paths),
    queue: readFileSync(paths.queueFile, 'utf8'),
    failed: readFileSync(paths.failedTasks, 'utf8'),
    lock: readLockDir(paths, 1),
  };
}

describe('after a projection', () => {
  test('every file shows the newest change', async () => {
    const desk = await someWork();
    const { paths, coordinator } = desk;

    expect(readAudit(paths)).toBe(acceptedLines(desk));
    expect(readQueueFile(paths).generated.seq).toBe(coordinator.queue.end);
    expect(readQueueFile(paths).queue).toMatchObject([
      { id: 1, status: 'in_progress', assigned_to: 'Copilot' },
      { id: 2, status: 'failed', failures: 1 },
    ]);
    expect(JSON.parse(readFileSync(paths.failedTasks, 'utf8'))).toEqual([
      {
        task: 2,
        agent: 'Claude',
        error_class: 'BUILD_ERROR',
        message: 'it broke',
        failures: 1,
        not_before: expect.stringMatching(/^\d{4}-.*Z$/),
        poison_pill: false,
      },
    ]);
    expect(readLockDir(paths, 1)).toMatchObject({ owner: 'Copilot' });
    expect(readLockDir(paths, 2)).toBeNull();
    expect(leftovers(paths)).toEqual([]);
  });

  test('files are for this person only, and the queue file for everyone', async () => {
    const { paths } = await someWork();
    const mode = (file: string) => statSync(file).mode & 0o777;
    for (const folder of [paths.log, paths.locks, paths.audit, paths.recovery, paths.output]) {
      expect(mode(folder)).toBe(0o700);
    }
    for (const file of [paths.auditFile, paths.failedTasks]) expect(mode(file)).toBe(0o600);
    expect(mode(join(paths.locks, 'task_1.lock', 'owner'))).toBe(0o600);
    // The umask of whoever runs the tests may take more away.
    expect(mode(paths.queueFile) & ~0o644).toBe(0);
  });

  test('nothing is written again where nothing changed', async () => {
    const desk = await someWork();
    const { paths } = desk;
    const stamps = () =>
      [paths.auditFile, paths.queueFile, paths.failedTasks].map((file) => {
        const { ino, mtimeNs } = statSync(file, { bigint: true });
        return `${ino} ${mtimeNs}`;
      });
    const before = stamps();

    await desk.project();
    expect(stamps()).toEqual(before);
  });

  test('a claim’s end takes its lock away, and a cleared failure its line', async () => {
    const desk = await someWork();
    await desk.does(complete(1, { agent: 'Copilot' }));
    await desk.does(clearFailures(2));
    await desk.project();

    expect(readLockDir(desk.paths, 1)).toBeNull();
    expect(readFileSync(desk.paths.failedTasks, 'utf8')).toBe('[]\n');
  });
});

describe('what was deleted comes back as it was', () => {
  const parts = ['audit', 'locks', 'recovery', 'queueFile'] as const;
  const combinations = Array.from({ length: 15 }, (_, n) =>
    parts.filter((_part, bit) => ((n + 1) & (1 << bit)) !== 0),
  );

  test.each(combinations.map((gone) => [gone.join(', '), gone] as const))(
    '%s',
    async (_name, gone) => {
      const desk = await someWork();
      const before = everything(desk);
      for (const part of gone) rmSync(desk.paths[part], { recursive: true });

      expect(await desk.project()).toEqual({ warnings: [], kept: [] });
      const after = everything(desk);
      // Who made a lock is known only while it is being made.
      expect({ ...after, lock: { ...after.lock, command: '' } }).toEqual({
        ...before,
        lock: { ...before.lock, command: '' },
      });
      expect(leftovers(desk.paths)).toEqual([]);
    },
  );
});

describe('the audit file', () => {
  test('grows by whole lines and keeps what it has', async () => {
    const desk = await someWork();
    const { ino } = statSync(desk.paths.auditFile);
    await desk.does(add('third'));
    await desk.project();

    expect(readAudit(desk.paths)).toBe(acceptedLines(desk));
    expect(statSync(desk.paths.auditFile).ino).toBe(ino);
  });

  test.each([
    ['a torn end', (text: string) => text.slice(0, -20)],
    ['a torn end in the middle of its first line', (text: string) => text.slice(0, 30)],
    ['lines twice', (text: string) => text + text.slice(text.indexOf('\n') + 1)],
    ['no lines', () => ''],
    ['missing lines', (text: string) => text.slice(text.indexOf('\n') + 1)],
  ])('with %s is mended, and nothing is kept of it', async (_what, spoil) => {
    const desk = await someWork();
    writeFileSync(desk.paths.auditFile, spoil(readAudit(desk.paths)));

    expect(await desk.project()).toEqual({ warnings: [], kept: [] });
    expect(readAudit(desk.paths)).toBe(acceptedLines(desk));
  });

  test.each([
    ['a line of a script', (text: string) => `${text}{"event":"NOTE","message":"mine"}\n`],
    ['text', (text: string) => `${text}hello`],
    ['an edited line', (text: string) => text.replace('second', 'another')],
    [
      'a forged line with a high position',
      (text: string) => `${text}${text.split('\n')[0]!.replace('"seq":1,', '"seq":9999,')}\n`,
    ],
  ])('with %s is made anew, and what it was is kept', async (_what, spoil) => {
    const desk = await someWork();
    const spoiled = spoil(readAudit(desk.paths));
    writeFileSync(desk.paths.auditFile, spoiled);
    await desk.does(add('third'));

    const { kept, warnings } = await desk.project();
    expect(warnings).toEqual([]);
    expect(readAudit(desk.paths)).toBe(acceptedLines(desk));
    expect(kept).toHaveLength(1);
    expect(keptTexts(desk.paths)).toEqual([spoiled]);
  });

  test('with an edit that leaves its size alone is mended when looked at thoroughly', async () => {
    const desk = await someWork();
    const spoiled = readAudit(desk.paths).replace('second', 'zweite');
    writeFileSync(desk.paths.auditFile, spoiled);

    await desk.project();
    expect(readAudit(desk.paths)).toBe(spoiled);
    await desk.projector.project(desk.coordinator.queue, { thorough: true });
    expect(readAudit(desk.paths)).toBe(acceptedLines(desk));
    expect(keptTexts(desk.paths)).toEqual([spoiled]);
  });

  test('begins after what was rotated away, also when made again', async () => {
    const desk = await someWork();
    const { auditArchive, auditFile } = desk.paths;
    const last = desk.coordinator.queue.end;
    mkdirSync(auditArchive);
    renameSync(auditFile, join(auditArchive, `task_audit.1-${last}.jsonl`));
    const before = acceptedLines(desk);
    await desk.does(add('third'));

    await desk.project();
    const rest = acceptedLines(desk).slice(before.length);
    expect(readAudit(desk.paths)).toBe(rest);
    rmSync(auditFile);
    await desk.project();
    expect(readAudit(desk.paths)).toBe(rest);
  });

  test('into which an older projection wrote lines again keeps the newer ones, and is no loss', async () => {
    const newer = await someWork();
    const older = await openDesk(newer.paths.root);
    await newer.does(add('third'));
    await newer.project();
    const whole = readAudit(newer.paths);
    // Both projected at once: the older one added its last line when the newer one had added more.
    const again =
      acceptedLines(older)
        .split(/(?<=\n)/)
        .at(-1) ?? '';
    appendFileSync(newer.paths.auditFile, again);

    expect(await older.project()).toEqual({ warnings: [], kept: [] });
    expect(readAudit(newer.paths)).toBe(whole);
    expect(keptTexts(newer.paths)).toEqual([]);
  });

  test('that is a link is not written through', async () => {
    const desk = await someWork();
    const elsewhere = join(desk.paths.root, 'elsewhere');
    writeFileSync(elsewhere, 'theirs');
    rmSync(desk.paths.auditFile);
    symlinkSync(elsewhere, desk.paths.auditFile);
    await desk.does(add('third'));

    const { warnings } = await desk.project();
    expect(warnings).toEqual([expect.stringContaining(desk.paths.auditFile)]);
    expect(readFileSync(elsewhere, 'utf8')).toBe('theirs');
    // The others are brought up to date all the same.
    expect(readQueueFile(desk.paths).queue).toHaveLength(3);
  });
});

describe('the queue file', () => {
  test.each([
    ['edited by hand', (text: string) => text.replace('"first"', '"erster"')],
    ['of another log', (text: string) => text.replace(/"log_id": "[^"]*"/, '"log_id": "x"')],
    ['of another history', (text: string) => text.replace(/"hash": "[^"]{64}"/, '"hash": "y"')],
    ['emptied', () => ''],
    ['no JSON', () => 'hello'],
  ])('that was %s is kept before it is replaced', async (_what, spoil) => {
    const desk = await someWork();
    const spoiled = spoil(readFileSync(desk.paths.queueFile, 'utf8'));
    writeFileSync(desk.paths.queueFile, spoiled);
    await desk.does(add('third'));

    const { kept, warnings } = await desk.project();
    expect(warnings).toEqual([]);
    expect(kept).toHaveLength(1);
    expect(keptTexts(desk.paths)).toEqual([spoiled]);
    expect(readQueueFile(desk.paths).queue).toHaveLength(3);
    expect(leftovers(desk.paths)).toEqual([]);
  });

  test('that is a link is replaced and never followed', async () => {
    const desk = await someWork();
    const elsewhere = join(desk.paths.root, 'elsewhere');
    writeFileSync(elsewhere, 'theirs');
    rmSync(desk.paths.queueFile);
    symlinkSync(elsewhere, desk.paths.queueFile);

    expect((await desk.project()).warnings).toEqual([]);
    expect(readFileSync(elsewhere, 'utf8')).toBe('theirs');
    expect(readQueueFile(desk.paths).queue).toHaveLength(2);
  });

  test('is finished by the next projection where a crash left it away', async () => {
    const desk = await someWork();
    const { queueFile, recovery } = desk.paths;
    const ours = readFileSync(queueFile);
    // A process that is gone had moved the current file aside and not put the new one in place.
    renameSync(queueFile, join(recovery, '.queue-aside.999999999.abc.tmp'));
    writeFileSync(join(recovery, '.queue-new.999999999.abd.tmp'), 'half of a new o');
    writeFileSync(join(recovery, '.queue-aside.999999999.abe.tmp'), 'a save of someone');

    const { kept } = await desk.project();
    expect(readFileSync(queueFile)).toEqual(ours);
    expect(kept).toHaveLength(1);
    expect(keptTexts(desk.paths)).toEqual(['a save of someone']);
    expect(leftovers(desk.paths)).toEqual([]);
  });
});

describe('an older projection', () => {
  test('never replaces a newer one', async () => {
    const newer = await someWork();
    const older = await openDesk(newer.paths.root);
    await newer.does(release(1, { agent: 'Copilot' }));
    await newer.does(add('third'));
    await newer.project();
    const before = everything(newer);

    expect(await older.project()).toEqual({ warnings: [], kept: [] });
    expect(everything(newer)).toEqual(before);
    expect(before.lock).toBeNull();
  });

  test('goes as far as its queue, also where more lines are at hand', async () => {
    const newer = await someWork();
    const older = await openDesk(newer.paths.root);
    const linesThen = acceptedLines(older);
    await newer.does(add('third'));
    await older.store.read(position(0));
    rmSync(newer.paths.auditFile);

    await older.project();
    expect(readAudit(newer.paths)).toBe(linesThen);
    expect(acceptedLines(older)).not.toBe(linesThen);
  });

  test('mends what is missing as far as it knows', async () => {
    const newer = await someWork();
    const older = await openDesk(newer.paths.root);
    await newer.does(add('third'));
    await newer.project();
    rmSync(newer.paths.queueFile);

    await older.project();
    expect(readQueueFile(newer.paths).queue).toHaveLength(2);
    await newer.project();
    expect(readQueueFile(newer.paths).queue).toHaveLength(3);
    expect(readAudit(newer.paths)).toBe(acceptedLines(newer));
  });

  test('knows a log that went back, and takes its files for another history', async () => {
    const desk = await someWork();
    await desk.does(add('lost'));
    await desk.project();
    const lost = readFileSync(desk.paths.queueFile, 'utf8');
    const lostAudit = readAudit(desk.paths);
    // Another log takes its place, as a restored backup would.
    rmSync(desk.paths.log, { recursive: true });
    const restored = await openDesk(desk.paths.root);
    await restored.does(add('other'));

    const { kept } = await restored.project();
    expect(readQueueFile(desk.paths).queue).toMatchObject([{ title: 'other' }]);
    expect(readAudit(desk.paths)).toBe(acceptedLines(restored));
    expect(kept).toHaveLength(2);
    expect([...keptTexts(desk.paths)].sort()).toEqual([lost, lostAudit].sort());
  });
});

describe('a projection that fails', () => {
  test('says why and leaves the rest done', async () => {
    const desk = await someWork();
    await desk.does(add('third'));
    rmSync(desk.paths.recovery, { recursive: true });
    writeFileSync(desk.paths.recovery, 'a file in the place of the folder');

    const { warnings } = await desk.project();
    expect(warnings).not.toHaveLength(0);
    expect(warnings[0]).toMatch(/recovery.*is recorded/);
    expect(readAudit(desk.paths)).toBe(acceptedLines(desk));
  });
});

test('what a killed process did not come to put in place is removed', async () => {
  const desk = await someWork();
  const { audit, recovery } = desk.paths;
  writeFileSync(join(audit, '.task_audit.jsonl.999999999.abc.tmp'), 'half');
  writeFileSync(join(recovery, '.failed_tasks.json.999999999.abd.tmp'), 'half');
  writeFileSync(join(recovery, `.failed_tasks.json.${process.pid}.abe.tmp`), 'at work');

  await desk.project();
  expect(leftovers(desk.paths)).toEqual([`.failed_tasks.json.${process.pid}.abe.tmp`]);
});

test('a torn audit file and a script’s line after it are told apart', async () => {
  const desk = await someWork();
  truncateSync(desk.paths.auditFile, readAudit(desk.paths).length - 5);
  appendFileSync(desk.paths.auditFile, 'a script was here\n');

  expect((await desk.project()).kept).toHaveLength(1);
  expect(readAudit(desk.paths)).toBe(acceptedLines(desk));
});
