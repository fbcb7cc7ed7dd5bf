import { type ChildProcessByStdio, execFileSync, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openTranscript, type Transcript } from '../../../extension/runner/transcript.ts';
import { followTranscript, readTranscript } from '../../../extension/runner/transcriptReader.ts';
import { bundle, eventually } from '../../support/supervisor.ts';

async function freshDir(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'signalbox-transcript-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

async function setUp(options: { maxBytes?: number; outputDir?: string } = {}) {
  const outputDir = options.outputDir ?? join(await freshDir(), 'AI', 'output');
  const place = { outputDir, task: 12, attempt: 2 };
  let clock = Date.UTC(2026, 10, 22, 9);
  const open = () =>
    openTranscript({ ...place, session: 'morning', now: () => clock++, ...options });
  const transcript = await open();
  onTestFinished(async () => {
    await transcript.close();
  });
  const dir = join(outputDir, 'task_12');
  return { transcript, open, place, dir, read: () => readTranscript(place) };
}

const say = (transcript: Transcript, ...texts: string[]) => {
  for (const text of texts) transcript.append({ type: 'chunk', text, stream: 'stdout' });
};

describe('a transcript', () => {
  test('gives back every event in order, with its attempt, session and instant', async () => {
    const { transcript, read } = await setUp();
    transcript.append({ type: 'chunk', text: 'Reading…', stream: 'stderr' });
    transcript.append({ type: 'tool_use', toolId: 't1', title: 'Edit a.md', status: 'running' });
    transcript.append({ type: 'progress', percent: 40 });
    transcript.append({ type: 'error', errorClass: 'EXIT_1', message: 'It failed.' });
    expect(await transcript.flush()).toEqual({ saved: true });
    const { records, tornLines } = await read();
    expect(tornLines).toBe(0);
    expect(records.map(({ seq, event }) => [seq, event])).toEqual([
      [1, { type: 'chunk', text: 'Reading…', stream: 'stderr' }],
      [2, { type: 'tool_use', toolId: 't1', title: 'Edit a.md', status: 'running' }],
      [3, { type: 'progress', percent: 40 }],
      [4, { type: 'error', errorClass: 'EXIT_1', message: 'It failed.' }],
    ]);
    expect(records[0]).toMatchObject({
      at: '2026-11-22T09:00:00.000Z',
      task: 12,
      attempt: 2,
      session: 'morning',
    });
  });

  test('is written as JSON lines in the names that all files use', async () => {
    const { transcript, dir } = await setUp();
    transcript.append({ type: 'tool_use', toolId: 't1', title: 'Edit', status: 'done' });
    await transcript.flush();
    expect(await readFile(join(dir, 'attempt_2.jsonl'), 'utf8')).toBe(
      '{"seq":1,"at":"2026-11-22T09:00:00.000Z","task":12,"attempt":2,"session":"morning","type":"tool_use","tool_id":"t1","title":"Edit","status":"done"}\n',
    );
  });

  test('joins text that comes together and keeps the streams apart', async () => {
    const { transcript, read } = await setUp();
    say(transcript, 'a', 'b', 'c');
    transcript.append({ type: 'chunk', text: 'd', stream: 'stderr' });
    say(transcript, 'e');
    await transcript.flush();
    const texts = (await read()).records.map(({ event }) => event.type === 'chunk' && event.text);
    expect(texts).toEqual(['abc', 'd', 'e']);
  });

  test('writes text soon, without being told to', async () => {
    const { transcript, read } = await setUp();
    say(transcript, 'soon');
    await eventually('it is on disk', async () => (await read()).records.length === 1);
  });

  test('cuts long text between characters, and none of it is lost', async () => {
    const { transcript, read } = await setUp();
    const text = `x${'🚂'.repeat(20_000)}`;
    say(transcript, text);
    await transcript.flush();
    const pieces = (await read()).records.map(({ event }) =>
      event.type === 'chunk' ? event.text : '',
    );
    expect(pieces.length).toBeGreaterThan(3);
    expect(pieces.join('')).toBe(text);
    for (const piece of pieces) expect(Buffer.from(piece).toString()).toBe(piece);
  });

  test('lies in files that only their owner may read', async () => {
    const { transcript, dir } = await setUp();
    say(transcript, 'secret');
    await transcript.flush();
    expect((await stat(join(dir, 'attempt_2.jsonl'))).mode & 0o777).toBe(0o600);
    expect((await stat(dir)).mode & 0o777).toBe(0o700);
  });

  test('is continued when its attempt is opened again, also after a torn line', async () => {
    const { transcript, open, dir, read } = await setUp();
    say(transcript, 'before');
    await transcript.close();
    await writeFile(join(dir, 'attempt_2.jsonl'), '{"seq":2,"at":"20', { flag: 'a' });
    const again = await open();
    say(again, 'after');
    await again.close();
    const { records, tornLines } = await read();
    expect(records.map(({ seq }) => seq)).toEqual([1, 2]);
    expect(tornLines).toBe(1);
  });

  test('takes nothing in any more once it is closed', async () => {
    const { transcript, read } = await setUp();
    say(transcript, 'before');
    await transcript.close();
    transcript.append({ type: 'complete', result: 'too late' });
    expect(await transcript.flush()).toEqual({ saved: true });
    expect((await read()).records).toHaveLength(1);
  });

  test('of an attempt that never was is empty', async () => {
    const outputDir = join(await freshDir(), 'nowhere');
    expect(await readTranscript({ outputDir, task: 'x', attempt: 1 })).toEqual({
      records: [],
      tornLines: 0,
    });
  });

  test('a last line without its end waits until it is whole', async () => {
    const { dir, read } = await setUp();
    const line = '{"seq":1,"at":"x","task":12,"attempt":2,"session":null,"type":"progress"}';
    await writeFile(join(dir, 'attempt_2.jsonl'), line);
    expect(await read()).toEqual({ records: [], tornLines: 0 });
    await writeFile(join(dir, 'attempt_2.jsonl'), '\n', { flag: 'a' });
    expect((await read()).records).toHaveLength(1);
  });
});

describe('a transcript that grows too large', () => {
  const maxBytes = 64 * 1024;

  test('keeps its head and its newest tail, says what is missing, and stays in bounds', async () => {
    const { transcript, read, dir } = await setUp({ maxBytes });
    for (let n = 1; n <= 1_000; n++) {
      transcript.append({ type: 'progress', message: `${n} ${'x'.repeat(500)}` });
    }
    await transcript.flush();
    const sizes = await Promise.all(
      (await readdir(dir)).map(async (name) => (await stat(join(dir, name))).size),
    );
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(maxBytes);
    const { records } = await read();
    const said = records.map(({ event }) => (event.type === 'progress' && event.message) || '');
    expect(said[0]).toMatch(/^1 /);
    expect(said.at(-1)).toMatch(/^1000 /);
    const dropped = records.flatMap(({ event }) =>
      'droppedBytes' in event ? [event.droppedBytes] : [],
    );
    expect(dropped.at(-1)).toBeGreaterThan(400_000);
    const seqs = records.map(({ seq }) => seq);
    expect(seqs).toEqual(seqs.toSorted((a, b) => a - b));
  });

  test('is followed across its rotations without losing or repeating a line', async () => {
    const { transcript, place } = await setUp({ maxBytes });
    const stop = new AbortController();
    const follower = followTranscript(place, stop.signal);
    const seen: number[] = [];
    let said = 0;
    // A tail file holds about 30 of these, so that most rotations come between two looks.
    for (let round = 0; round < 40; round++) {
      for (let n = 0; n < 10; n++) {
        transcript.append({ type: 'progress', message: 'x'.repeat(400) });
      }
      await transcript.flush();
      said = (await readTranscript(place)).records.at(-1)!.seq;
      while (seen.at(-1) !== said) {
        const { value } = await follower.next();
        if (value !== undefined) seen.push(value.seq);
      }
    }
    stop.abort();
    expect(await follower.next()).toMatchObject({ done: true });
    expect(seen).toEqual(Array.from({ length: said }, (_, index) => index + 1));
  });
});

test('a follower sees what is said before and after it came, from before there is a file', async () => {
  const outputDir = await freshDir();
  const stop = new AbortController();
  const seen: string[] = [];
  const following = (async () => {
    for await (const { event } of followTranscript(
      { outputDir, task: 12, attempt: 2 },
      stop.signal,
    ))
      if (event.type === 'chunk') seen.push(event.text);
  })();
  const { transcript } = await setUp({ outputDir });
  say(transcript, 'one');
  await transcript.flush();
  await eventually('the first text', () => seen.includes('one'));
  say(transcript, 'two');
  await transcript.flush();
  await eventually('the second text', () => seen.includes('two'));
  stop.abort();
  await following;
  expect(seen).toEqual(['one', 'two']);
});

describe('paths', () => {
  test.each(['../evil', 'a/b', '', '.', 0, -1, 1.5, '007'])(
    'a task called %j never becomes one',
    async (task) => {
      const place = { outputDir: await freshDir(), task, attempt: 1 };
      await expect(
        openTranscript({ ...place, session: null, now: Date.now }),
      ).rejects.toMatchObject({ code: 'INVALID_TASK_ID' });
    },
  );

  test('through a link are refused, for directories and for files', async () => {
    const { outputDir, elsewhere } = { outputDir: await freshDir(), elsewhere: await freshDir() };
    await symlink(elsewhere, join(outputDir, 'task_1'));
    const options = { outputDir, attempt: 1, session: null, now: Date.now };
    await expect(openTranscript({ ...options, task: 1 })).rejects.toMatchObject({
      code: 'UNSAFE_PATH',
    });
    await mkdir(join(outputDir, 'task_2'));
    await symlink(join(elsewhere, 'x'), join(outputDir, 'task_2', 'attempt_1.jsonl'));
    await expect(openTranscript({ ...options, task: 2 })).rejects.toMatchObject({
      code: 'TRANSCRIPT_FAILED',
    });
    expect(await readdir(elsewhere)).toEqual([]);
  });

  test('that lead to a pipe do not hang', async () => {
    const outputDir = await freshDir();
    await mkdir(join(outputDir, 'task_1'));
    execFileSync('mkfifo', [join(outputDir, 'task_1', 'attempt_1.jsonl')]);
    const transcript = await openTranscript({
      outputDir,
      task: 1,
      attempt: 1,
      session: null,
      now: Date.now,
    }).catch((error: unknown) => error);
    expect(transcript).toMatchObject({ code: 'TRANSCRIPT_FAILED' });
  });
});

describe('a disk that takes no more', () => {
  async function startWriter(maxBytes: number, limitBytes: number) {
    const outputDir = await freshDir();
    const writer = await bundle('test/support/transcriptWriter.ts');
    onTestFinished(writer.dispose);
    // A limit of the file size does what a full disk does: it takes a part, then refuses.
    const child: ChildProcessByStdio<Writable, Readable, null> = spawn(
      'sh',
      [
        '-c',
        `trap '' XFSZ; ulimit -S -f ${limitBytes / 512}; exec "$0" "$@"`,
        process.execPath,
        writer.path,
        outputDir,
        String(maxBytes),
      ],
      { stdio: ['pipe', 'pipe', 'inherit'] },
    );
    onTestFinished(() => void child.kill('SIGKILL'));
    const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const tell = async (words: string) => {
      child.stdin.write(`${words}\n`);
      const { value } = (await answers.next()) as { value: string };
      return JSON.parse(value) as unknown;
    };
    const makeRoom = () =>
      execFileSync('prlimit', ['--pid', String(child.pid), '--fsize=unlimited:unlimited']);
    return { tell, makeRoom, read: () => readTranscript({ outputDir, task: 3, attempt: 1 }) };
  }

  test('is reported, and once there is room nothing of what was said is missing', async () => {
    const { tell, makeRoom, read } = await startWriter(1_000_000, 10_240);
    await tell('50');
    expect(await tell('flush')).toMatchObject({
      saved: false,
      error: expect.stringContaining('EFBIG'),
      unsavedBytes: expect.any(Number),
    });
    expect((await read()).records.length).toBeLessThan(11);
    await tell('5');
    makeRoom();
    expect(await tell('close')).toEqual({ saved: true });
    const { records, tornLines } = await read();
    expect(records.map(({ seq }) => seq)).toEqual(Array.from({ length: 55 }, (_, n) => n + 1));
    expect(tornLines).toBe(1);
  });

  test('for long costs bounded memory and the oldest of what could not be written', async () => {
    const { tell, makeRoom, read } = await startWriter(100_000_000, 10_240);
    for (let round = 0; round < 3; round++) await tell('2500');
    expect(await tell('flush')).toMatchObject({ saved: false });
    makeRoom();
    expect(await tell('close')).toEqual({ saved: true });
    const { records } = await read();
    expect(records.at(-1)!.event).toMatchObject({ message: expect.stringMatching(/^7499 /) });
    expect(records.some(({ event }) => 'droppedBytes' in event)).toBe(true);
    expect(records.length).toBeLessThan(5_000);
  });
});
