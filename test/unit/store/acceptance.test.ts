import { describe, expect, test } from 'vitest';
import { noHash } from '../../../extension/protocol/record.ts';
import { Acceptance } from '../../../extension/store/file/acceptance.ts';
import { readLine } from '../../../extension/store/file/seal.ts';
import type { LineReading, SealedLine } from '../../../extension/store/file/seal.ts';
import {
  chain,
  forged,
  genesis,
  healed,
  lineOf,
  noteEvent,
  readingOf,
  sealText,
} from '../../support/logLines.ts';

const [g, two, three, four] = chain(3) as [SealedLine, SealedLine, SealedLine, SealedLine];
const torn: LineReading = { kind: 'torn' };
const blank: LineReading = { kind: 'blank' };

/** What becomes of lines at the start of a log: verdicts, and the positions that count. */
function judge(...lines: readonly (SealedLine | LineReading)[]) {
  const accepted: number[] = [];
  const acceptance = new Acceptance<null>(({ seq }) => accepted.push(seq));
  acceptance.startSegment(Infinity);
  const verdicts = lines.map((line) =>
    acceptance.push('text' in line ? readingOf(line) : line, null),
  );
  return { verdicts, accepted, flaw: acceptance.flaw?.kind, acceptance };
}

/** Two lines of one command after `before`. */
function pair(before: SealedLine, seq: number, commandId = 'pair'): [SealedLine, SealedLine] {
  const first = lineOf({ seq, prev: before.hash, commandId, part: 1, of: 2 });
  const second = lineOf({ seq: seq + 1, prev: first.hash, commandId, part: 2, of: 2 });
  return [first, second];
}

describe('single lines', () => {
  test('each line that follows the one before counts', () => {
    expect(judge(g, two, three)).toMatchObject({
      verdicts: ['accepted', 'accepted', 'accepted'],
      accepted: [1, 2, 3],
    });
  });

  test('torn and blank lines are skipped', () => {
    expect(judge(g, torn, blank, two).verdicts).toEqual(['accepted', 'torn', 'blank', 'accepted']);
  });

  test('the first to take a position keeps it', () => {
    const late = lineOf({ seq: 2, prev: g.hash, writer: 'late' });
    expect(judge(g, two, late, three).verdicts).toEqual([
      'accepted',
      'accepted',
      'loser',
      'accepted',
    ]);
  });

  test('a missing position is damage, and nothing after it is judged', () => {
    expect(judge(g, three, two)).toMatchObject({
      verdicts: ['accepted', 'damage', 'unread'],
      accepted: [1],
      flaw: 'gap',
    });
  });

  test('a next position that follows another line is damage', () => {
    const stranger = lineOf({ seq: 2, prev: two.hash });
    expect(judge(g, stranger)).toMatchObject({ verdicts: ['accepted', 'damage'], flaw: 'fork' });
  });

  test.each([
    ['another log', { log: 'log-2' }],
    ['an older epoch', { epoch: 0.5 }],
    ['a newer epoch', { epoch: 2 }],
  ])('a line of %s is ignored wherever it claims to stand', (_name, change) => {
    for (const seq of [1, 2, 9]) {
      expect(judge(g, forged(two, { ...change, seq }), two).verdicts).toEqual([
        'accepted',
        'foreign',
        'accepted',
      ]);
    }
  });

  test.each(['null', '[', '[1', '"text', '{"seq":2', '{"v":1,"min":1,"seq":2', ''])(
    'a sealed text that is no line is ignored: %s',
    (body) => {
      expect(['torn', 'foreign', 'blank']).toContain(readingOf(sealText(body)).kind);
      expect(judge(g, readingOf(sealText(body)), two).accepted).toEqual([1, 2]);
    },
  );

  test.each([
    ['no data', { data: null }],
    ['a task that is a path', { task: '../x' }],
    ['an unknown status', { status: 'gone' }],
    ['an agent that is no name', { agent: 7 }],
    ['a time that is none', { ts: 'yesterday' }],
    ['data of another event', { event: 'CLAIMED' }],
    ['hostile names', { event: '__proto__', data: [] }],
  ])(
    'a line with %s is skipped where it could not count, and is damage where it would',
    (_n, c) => {
      expect(judge(g, two, forged(two, c), three).accepted).toEqual([1, 2, 3]);
      expect(judge(g, forged(two, c), two)).toMatchObject({ accepted: [1], flaw: 'content' });
    },
  );

  test('an event of a newer build that any may fold takes its position and changes nothing', () => {
    const newer = forged(two, { v: 2, event: 'TELEPORTED', status: 'beamed', data: { to: 3 } });
    const seen: unknown[] = [];
    const acceptance = new Acceptance<null>((record) => seen.push(record));
    acceptance.startSegment(Infinity);
    acceptance.push(readingOf(g), null);
    expect(acceptance.push(readingOf(newer), null)).toBe('accepted');
    expect(seen[1]).toMatchObject({
      event: 'NOTE',
      seq: 2,
      status: null,
      data: { event: 'TELEPORTED' },
    });
    expect(acceptance.push(readingOf(lineOf({ seq: 3, prev: newer.hash })), null)).toBe('accepted');
  });

  test('a line that only a newer build may fold stops the reading without being damage', () => {
    const newer = forged(two, { v: 9, min: 4, event: 5, data: 'anything' });
    const { verdicts, flaw, acceptance } = judge(g, newer, three);
    expect(verdicts).toEqual(['accepted', 'too-new', 'unread']);
    expect(flaw).toBeUndefined();
    expect(acceptance.neededFormat).toBe(4);
    expect(judge(g, two, newer, three).accepted).toEqual([1, 2, 3]);
  });

  test('a line that is too long is torn', () => {
    const long = lineOf({ seq: 2, prev: g.hash, event: noteEvent('x'.repeat(70_000)) });
    expect(readLine(Buffer.from(long.text.slice(0, -1)))).toEqual(torn);
  });
});

describe('groups', () => {
  test('count when their last part is there, all at once', () => {
    const [first, second] = pair(g, 2);
    expect(judge(g, first)).toMatchObject({ verdicts: ['accepted', 'pending'], accepted: [1] });
    expect(judge(g, first, second)).toMatchObject({
      verdicts: ['accepted', 'pending', 'accepted'],
      accepted: [1, 2, 3],
    });
  });

  test.each([
    ['a blank line', blank],
    ['a torn line', torn],
    ['a line of another log', forged(two, { log: 'log-2' })],
    ['a line that lost', g],
  ])('are void as a whole when %s comes between their parts', (_name, between) => {
    const [first, second] = pair(g, 2);
    expect(judge(g, first, between, second, two)).toMatchObject({
      accepted: [1, 2],
      flaw: undefined,
    });
  });

  test('give their place to a single line that follows a half one', () => {
    const [first] = pair(g, 2);
    expect(judge(g, first, two, three).accepted).toEqual([1, 2, 3]);
  });

  test('that lost their race are ignored as a whole, though their last position is free', () => {
    const [first, second] = pair(g, 2, 'late');
    expect(judge(g, two, first, second, three)).toMatchObject({
      verdicts: ['accepted', 'accepted', 'loser', 'orphan', 'accepted'],
      accepted: [1, 2, 3],
    });
  });

  test('whose first part was glued to a torn line are ignored, and are no damage', () => {
    const first = lineOf({ seq: 2, prev: g.hash, commandId: 'three', part: 1, of: 3 });
    const second = lineOf({ seq: 3, prev: first.hash, commandId: 'three', part: 2, of: 3 });
    const third = lineOf({ seq: 4, prev: second.hash, commandId: 'three', part: 3, of: 3 });
    expect(judge(g, torn, second, third, two)).toMatchObject({ accepted: [1, 2] });
  });

  test('do not take a part of another command as their own', () => {
    const [first] = pair(g, 2, 'one');
    const stranger = lineOf({ seq: 3, prev: first.hash, commandId: 'two', part: 2, of: 2 });
    expect(judge(g, first, stranger, two).accepted).toEqual([1, 2]);
  });
});

describe('segments', () => {
  test.each([
    ['a torn line', torn],
    ['a blank line', blank],
    ['a later line', two],
    ['a beginning with another position', forged(g, { seq: 2 })],
    ['a beginning with a line before it', forged(g, { prev: two.hash })],
  ])('cannot begin with %s', (_name, first) => {
    expect(judge(first, g)).toMatchObject({ accepted: [], flaw: 'head' });
  });

  /** A log of four lines, then a segment with a new epoch that builds on position `kept`. */
  function recovered(kept: SealedLine, keptSeq: number, seq: number, ...rest: SealedLine[]) {
    const accepted: number[] = [];
    const acceptance = new Acceptance<null>(({ seq: at }) => accepted.push(at));
    acceptance.startSegment(keptSeq);
    for (const line of [g, two, three, four]) acceptance.push(readingOf(line), null);
    acceptance.startSegment(Infinity);
    const head = healed({ seq: keptSeq, hash: kept.hash }, seq);
    const verdicts = [head, ...rest].map((line) => acceptance.push(readingOf(line), null));
    return { accepted, verdicts, acceptance, head };
  }

  test('a new epoch goes on after the position that it builds on, above all earlier ones', () => {
    const { accepted, acceptance, head } = recovered(two, 2, 9);
    expect(accepted).toEqual([1, 2, 9]);
    expect(acceptance).toMatchObject({ epoch: 2, end: 9, endHash: head.hash, flaw: null });
  });

  test('a new epoch that builds on another line is damage', () => {
    expect(recovered(three, 2, 9).acceptance.flaw?.kind).toBe('head');
  });

  test('damage behind the position that a newer epoch builds on does not count', () => {
    const acceptance = new Acceptance<null>(() => undefined);
    acceptance.startSegment(2);
    const verdicts = [g, two, four, three].map((line) => acceptance.push(readingOf(line), null));
    expect(verdicts).toEqual(['accepted', 'accepted', 'dead', 'dead']);
    expect(acceptance.flaw).toBeNull();
    expect(acceptance.highestSeq).toBe(4);
  });

  test('an epoch may begin a log of which nothing could be kept', () => {
    const head = healed({ seq: 0, hash: noHash }, 42);
    expect(judge(head).accepted).toEqual([42]);
  });

  test('a second beginning is damage', () => {
    const acceptance = new Acceptance<null>(() => undefined);
    acceptance.startSegment(Infinity);
    acceptance.push(readingOf(g), null);
    acceptance.startSegment(Infinity);
    expect(acceptance.push(readingOf(genesis()), null)).toBe('damage');
  });
});
