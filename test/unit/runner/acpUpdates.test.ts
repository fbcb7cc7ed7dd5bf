import type { SessionUpdate } from '@agentclientprotocol/sdk';
import { describe, expect, test } from 'vitest';
import type { ProgramEvent } from '../../../extension/runner/program.ts';
import { lastLines, oneLine, someLines } from '../../../extension/runner/programs/acp/text.ts';
import { Updates } from '../../../extension/runner/programs/acp/updates.ts';

const says = (text: string, messageId?: string): SessionUpdate => ({
  sessionUpdate: 'agent_message_chunk',
  content: { type: 'text', text },
  ...(messageId !== undefined && { messageId }),
});
const uses = (fields: Partial<Extract<SessionUpdate, { sessionUpdate: 'tool_call' }>> = {}) =>
  ({ sessionUpdate: 'tool_call', toolCallId: 't', title: 'Read', ...fields }) as SessionUpdate;
const updates = (fields: object): SessionUpdate => ({
  sessionUpdate: 'tool_call_update',
  toolCallId: 't',
  ...fields,
});

/** What becomes of these updates. */
function read(...given: SessionUpdate[]) {
  const events: ProgramEvent[] = [];
  const reader = new Updates((event) => events.push(event));
  for (const update of given) reader.take(update);
  return { events, result: reader.finish() };
}

describe('the result of a turn', () => {
  test.each<[string, SessionUpdate[], string | null]>([
    ['nothing said', [], null],
    ['only space said', [says('\n  ')], null],
    ['one message in pieces', [says('All '), says('done')], 'All done'],
    ['several lines', [says('One\nTwo\n')], 'One\nTwo'],
    ['a message after a tool', [says('Let me see.'), uses(), says('Done')], 'Done'],
    ['messages with ids', [says('First', 'a'), says('Sec', 'b'), says('ond', 'b')], 'Second'],
    ['a tool after the message', [says('Done'), uses()], 'Done'],
    ['a very long message', [says(`${'word\n'.repeat(10_000)}end`)], /^word[^]{450,500}end$/u],
    ['a very long line', [says('x'.repeat(10_000))], `…${'x'.repeat(499)}`],
  ] as [string, SessionUpdate[], string | null][])('of %s', (_, given, result) => {
    const actual = read(...given).result;
    if ((result as unknown) instanceof RegExp) expect(actual).toMatch(result as never);
    else expect(actual).toBe(result);
    expect((actual ?? '').length).toBeLessThanOrEqual(500);
  });
});

describe('what an agent says', () => {
  test('two messages do not run into one another', () => {
    expect(read(says('See.'), uses(), says('Done')).events).toEqual([
      { type: 'chunk', text: 'See.' },
      expect.objectContaining({ type: 'tool_use' }),
      { type: 'chunk', text: '\nDone' },
    ]);
  });

  test('a message that ends its line is not followed by an empty one', () => {
    expect(read(says('See.\n'), uses(), says('Done')).events.at(-1)).toEqual({
      type: 'chunk',
      text: 'Done',
    });
  });

  test('pictures and links are named, not shown', () => {
    const image = { type: 'image', data: 'x'.repeat(1_000), mimeType: 'image/png' } as const;
    const link = { type: 'resource_link', uri: 'file:///a', name: 'a' } as const;
    const { events } = read(
      { sessionUpdate: 'agent_message_chunk', content: image },
      { sessionUpdate: 'agent_message_chunk', content: link },
    );
    expect(events.map((event) => event.type === 'chunk' && event.text)).toEqual([
      '[image]',
      'file:///a',
    ]);
  });

  test('thinking is told once, not word by word', () => {
    const thought: SessionUpdate = {
      sessionUpdate: 'agent_thought_chunk',
      content: { type: 'text', text: 'hm' },
    };
    expect(read(thought, thought, says('a'), thought).events).toEqual([
      { type: 'progress', message: 'Thinking' },
      { type: 'chunk', text: 'a' },
      { type: 'progress', message: 'Thinking' },
    ]);
  });

  test('an empty plan says nothing, a done one that it is done', () => {
    const entry = { content: 'a', status: 'completed', priority: 'low' } as const;
    expect(
      read({ sessionUpdate: 'plan', entries: [] }, { sessionUpdate: 'plan', entries: [entry] })
        .events,
    ).toEqual([{ type: 'progress', percent: 100, message: '1/1 Plan done' }]);
  });
});

describe('tool calls', () => {
  const last = (...given: SessionUpdate[]) => read(...given).events.at(-1);

  test('an update keeps what it does not name', () => {
    expect(last(uses({ locations: [{ path: '/a' }] }), updates({ status: 'completed' }))).toEqual({
      type: 'tool_use',
      toolId: 't',
      title: 'Read',
      status: 'done',
      detail: '/a',
    });
  });

  test('an update of a call that was never announced is told all the same', () => {
    expect(last(updates({ status: 'in_progress' }))).toMatchObject({
      title: 'Tool',
      status: 'running',
    });
  });

  test('an update that changes nothing a person sees is not told', () => {
    expect(read(uses(), updates({ rawOutput: 1 }), updates({ rawOutput: 2 })).events).toHaveLength(
      1,
    );
  });

  test('titles are one line without terminal sequences, however they come', () => {
    const title = `Edit\n\u001b[2J${'y'.repeat(1_000)}`;
    const event = last(uses({ title }));
    expect(event).toHaveProperty('title', expect.stringMatching(/^Edit \[2Jy+…$/));
    expect((event as { title: string }).title).toHaveLength(200);
  });

  test('any number of calls is followed without keeping them all', () => {
    const reader = new Updates(() => undefined);
    for (let call = 0; call < 5_000; call++) reader.take(uses({ toolCallId: `t${call}` }));
    expect(reader.titleOf('t4999')).toBe('Read');
    expect(reader.titleOf('t0')).toBeUndefined();
  });
});

describe('text of an agent', () => {
  test('is never cut through a character', () => {
    expect(oneLine(`${'x'.repeat(8)}🚂🚂`, 10)).toBe('xxxxxxxx…');
    expect(lastLines('🚂'.repeat(10), 6)).toBe('…🚂🚂');
  });

  test('keeps its lines where lines are wanted', () => {
    expect(someLines('a\n\tb\u0007c', 20)).toBe('a\n\tb c');
  });

  test('keeps as many whole last lines as fit', () => {
    expect(lastLines('one\ntwo\nthree', 9)).toBe('two\nthree');
    expect(lastLines('one\ntwo\nthree', 8)).toBe('three');
  });
});
