/**
 * What `init --agents-md` and `init --mcp` write for agents.
 *
 * Whether the MCP server that is named there works is tested with the server.
 */
import { symlinkSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { isGroup, loadVerb } from '../../../extension/cli/verbs.ts';
import { cli, workspace } from '../../support/cli.ts';

const mark = /<!-- signalbox:(begin[^>]*|end) -->/g;

describe('init --agents-md', () => {
  test('adds a section and keeps what is there; a repetition changes nothing', async () => {
    const place = workspace();
    place.write('AGENTS.md', '# House rules\r\n\r\nBe kind.\r\n');
    await place.ok('init', '--agents-md');
    const text = place.read('AGENTS.md');
    expect(text).toMatch(/^# House rules\r\n\r\nBe kind\.\r\n\r\n<!-- signalbox:begin/);
    expect(text.match(mark)).toHaveLength(2);
    expect(text.replaceAll('\r\n', '')).not.toContain('\n');

    await place.ok('init', '--agents-md');
    expect(place.read('AGENTS.md')).toBe(text);
  });

  test('renews its section in place', async () => {
    const place = workspace();
    const old = '<!-- signalbox:begin (of long ago) -->\nold words\n<!-- signalbox:end -->';
    place.write('AGENTS.md', `before\n\n${old}\n\nafter\n`);
    await place.ok('init', '--agents-md');
    const text = place.read('AGENTS.md');
    expect(text).toMatch(/^before\n\n<!-- signalbox:begin[^]*signalbox:end -->\n\nafter\n$/);
    expect(text).not.toContain('old words');
  });

  test('names only verbs that there are', async () => {
    const place = workspace();
    await place.ok('init', '--agents-md');
    const named = [...place.read('AGENTS.md').matchAll(/`signalbox ([a-z]+)/g)];
    expect(named.length).toBeGreaterThan(8);
    for (const [, name = ''] of named) {
      expect(isGroup(name)).toBe(false);
      await expect(loadVerb(name, [])).resolves.toHaveProperty('verb');
    }
  });

  test.each([
    ['a mark without its other half', '<!-- signalbox:end -->\ntext\n'],
    ['two sections', '<!-- signalbox:begin -->\n<!-- signalbox:end -->\n'.repeat(2)],
  ])('leaves a file with %s as it is', async (_what, text) => {
    const place = workspace();
    place.write('AGENTS.md', text);
    expect(await place.exits(3, 'init', '--agents-md')).toMatchObject({ reason: 'invalid-file' });
    expect(place.read('AGENTS.md')).toBe(text);
  });
});

describe('init --mcp', () => {
  const own = { command: 'node', args: [cli, 'mcp'] };

  test('makes .mcp.json, and says how other clients find the server', async () => {
    const place = workspace();
    const said = await place.ok('init', '--mcp');
    expect(said).toContain('claude mcp add');
    expect(said).toContain('.vscode/mcp.json');
    expect(JSON.parse(place.read('.mcp.json'))).toEqual({ mcpServers: { signalbox: own } });
  });

  test('keeps the servers of others and the way it is written; a repetition changes nothing', async () => {
    const place = workspace();
    const other = { command: 'other', args: [], env: { KEY: 'value' } };
    const before = { first: 1, mcpServers: { other, signalbox: { env: { A: 'b' } } }, last: true };
    place.write('.mcp.json', JSON.stringify(before, null, '\t'));
    await place.ok('init', '--mcp');
    const text = place.read('.mcp.json');
    expect(JSON.parse(text)).toEqual({
      ...before,
      mcpServers: { other, signalbox: { env: { A: 'b' }, ...own } },
    });
    expect(text).toMatch(/^{\n\t"first": 1,\n/);
    await place.ok('init', '--mcp');
    expect(place.read('.mcp.json')).toBe(text);
  });

  test.each([
    ['with comments', '{\n  // Ours.\n  "mcpServers": {}\n}\n'],
    ['that is no JSON', '{ "mcpServers": '],
    ['that is no object', '[]'],
    ['with servers that are no object', '{ "mcpServers": [] }'],
  ])('leaves a file %s as it is, and says what to add', async (_what, text) => {
    const place = workspace();
    place.write('.mcp.json', text);
    const answer = await place.exits(3, 'init', '--mcp');
    expect(answer).toMatchObject({ reason: 'invalid-file' });
    expect(answer['message']).toContain('"signalbox"');
    expect(place.read('.mcp.json')).toBe(text);
  });

  test('writes through no link', async () => {
    const place = workspace();
    place.write('elsewhere.json', '{}');
    symlinkSync(place.path('elsewhere.json'), place.path('.mcp.json'));
    expect(await place.exits(3, 'init', '--mcp')).toMatchObject({ reason: 'invalid-file' });
    expect(place.read('elsewhere.json')).toBe('{}');
  });
});
