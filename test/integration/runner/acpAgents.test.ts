import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  explainMissingAgent,
  findAgentCommand,
  listAgentCommands,
  parseAgents,
} from '../../../extension/runner/agentCommands.ts';
import { findAgents } from '../../../extension/runner/agentPresets.ts';

let home: string;
let bin: string;
beforeEach(() => {
  home = realpathSync(mkdtempSync(join(tmpdir(), 'signalbox-home-')));
  bin = join(home, 'bin');
  mkdirSync(bin);
});
afterEach(() => rmSync(home, { recursive: true }));

function install(name: string, mode = 0o755): string {
  const file = join(bin, name);
  writeFileSync(file, '#!/bin/sh\n', { mode });
  return file;
}
const env = (PATH = bin) => ({ PATH });

describe('agents that are found on the PATH', () => {
  test('nothing is found where nothing is installed', () => {
    expect(findAgents(env())).toEqual([]);
    expect(findAgents({})).toEqual([]);
  });

  test('each is started by the very file that was found', () => {
    for (const name of ['opencode', 'gemini', 'copilot', 'codex-acp']) install(name);
    expect(findAgents(env()).map(({ name, argv }) => [name, ...argv])).toEqual([
      ['Codex', join(bin, 'codex-acp')],
      ['opencode', join(bin, 'opencode'), 'acp'],
      ['Gemini', join(bin, 'gemini'), '--acp'],
      ['Copilot', join(bin, 'copilot'), '--acp', '--stdio'],
    ]);
  });

  test('an adapter is fetched only where the agent itself is installed', () => {
    const npx = install('npx');
    expect(findAgents(env())).toEqual([]);
    install('claude');
    expect(findAgents(env())).toMatchObject([
      { name: 'Claude', argv: [npx, '-y', '@agentclientprotocol/claude-agent-acp'] },
    ]);
    const adapter = install('claude-agent-acp');
    expect(findAgents(env())).toMatchObject([{ name: 'Claude', argv: [adapter] }]);
  });

  test('files that may not be executed, folders, and relative parts of the PATH do not count', () => {
    install('gemini', 0o644);
    mkdirSync(join(bin, 'opencode'));
    install('copilot');
    const before = process.cwd();
    process.chdir(home);
    try {
      expect(findAgents(env(['', '.', 'bin'].join(delimiter)))).toEqual([]);
    } finally {
      process.chdir(before);
    }
    expect(findAgents(env()).map(({ name }) => name)).toEqual(['Copilot']);
  });
});

describe('agents that a person configured', () => {
  const write = (text: string, mode = 0o600) => {
    writeFileSync(join(home, 'agents.json'), text, { mode });
    chmodSync(join(home, 'agents.json'), mode);
  };
  const find = (name: string) => findAgentCommand(name, { home, env: env() });
  const agents = (value: object) => write(JSON.stringify({ agents: value }));

  test('an agent of the file is started as it says', () => {
    agents({ Storyteller: { command: 'node', args: ['/opt/a b.js'], env: { PACE: '1' } } });
    expect(find('Storyteller')).toEqual({
      name: 'Storyteller',
      argv: ['node', '/opt/a b.js'],
      env: { PACE: '1' },
    });
    expect(find('storyteller')).toBeUndefined();
  });

  test('without a file there are the presets', () => {
    const gemini = install('gemini');
    expect(find('Gemini')?.argv).toEqual([gemini, '--acp']);
    expect(find('Claude')).toBeUndefined();
  });

  test('settings come before the file, and the file before presets', () => {
    install('gemini');
    agents({ Gemini: { command: 'mine' }, Other: { command: 'other' } });
    expect(find('Gemini')?.argv).toEqual(['mine']);
    const configured = parseAgents({ Other: { command: 'first' } }, 'the settings');
    const listed = listAgentCommands({ home, env: env(), configured });
    expect(listed.map(({ name, argv }) => `${name} ${argv.join(' ')}`)).toEqual([
      'Other first',
      'Gemini mine',
    ]);
  });

  test.each<[string, string, string]>([
    ['no JSON', '{', 'is not JSON'],
    ['a list', '[]', 'is not an object'],
    ['agents that are a list', '{"agents":[]}', 'is not an object of agents'],
    ['a bad name', '{"agents":{"a b":{"command":"x"}}}', '"a b" is no name'],
    ['no command', '{"agents":{"A":{}}}', 'gives A no "command"'],
    ['a relative command', '{"agents":{"A":{"command":"./x"}}}', 'relative command ./x'],
    ['args of numbers', '{"agents":{"A":{"command":"x","args":[1]}}}', '"args"'],
    ['an env of numbers', '{"agents":{"A":{"command":"x","env":{"B":1}}}}', '"env"'],
  ])('a file with %s is refused, by its path and with the reason', (_, text, reason) => {
    write(text);
    expect(() => find('A')).toThrow(
      expect.objectContaining({
        code: 'BAD_AGENTS',
        message: expect.stringMatching(new RegExp(`^${join(home, 'agents.json')} .*Correct it`)),
      }),
    );
    expect(() => find('A')).toThrow(reason);
  });

  test('a file that everyone can write is refused', () => {
    write('{"agents":{}}', 0o666);
    expect(() => find('A')).toThrow(/can be written by everyone.*chmod o-w/);
  });

  test('a missing agent is explained by what to install, or how it is written', () => {
    expect(explainMissingAgent('Codex')).toContain('npm install -g');
    expect(explainMissingAgent('claude')).toContain('Write it Claude');
    expect(explainMissingAgent('Nobody')).toContain('agents.json');
  });
});
