/** The manifest keeps its promises: names, scopes, trust, and a text behind each key. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

interface Manifest {
  readonly activationEvents: readonly string[];
  readonly capabilities: {
    readonly untrustedWorkspaces: {
      readonly supported: unknown;
      readonly restrictedConfigurations: readonly string[];
    };
    readonly virtualWorkspaces: { readonly supported: unknown };
  };
  readonly contributes: {
    readonly commands: readonly { readonly command: string; readonly category: string }[];
    readonly configuration: {
      readonly properties: Readonly<Record<string, { readonly scope?: string }>>;
    };
    readonly menus: Readonly<Record<string, readonly { readonly command: string }[]>>;
    readonly keybindings: readonly { readonly command: string }[];
  };
}

const text = readFileSync('package.json', 'utf8');
const manifest = JSON.parse(text) as Manifest;
const { contributes, capabilities } = manifest;

test('every text for people is there, and none is left over', () => {
  const texts = JSON.parse(readFileSync('package.nls.json', 'utf8')) as Record<string, string>;
  const used = [...text.matchAll(/"%([\w.]+)%"/g)].map(([, key]) => key);
  expect([...new Set(used)].sort()).toEqual(Object.keys(texts).sort());
});

test('what starts a program is a setting of the machine, and void without trust', () => {
  const { restrictedConfigurations } = capabilities.untrustedWorkspaces;
  const ofMachine = Object.entries(contributes.configuration.properties)
    .filter(([, { scope }]) => scope === 'machine')
    .map(([name]) => name);
  expect(ofMachine).toEqual([
    'signalbox.lane.defaultProgram',
    'signalbox.lane.startOnOpen',
    'signalbox.agents',
  ]);
  expect(restrictedConfigurations).toEqual(ofMachine);
});

test('it activates after start-up, works limited without trust, and not on virtual files', () => {
  expect(manifest.activationEvents).toEqual(['onStartupFinished']);
  expect(capabilities.untrustedWorkspaces.supported).toBe('limited');
  expect(capabilities.virtualWorkspaces.supported).toBe(false);
});

test('every command of a menu or a key is a command of the palette, under one name', () => {
  const commands = contributes.commands.map(({ command }) => command);
  const elsewhere = [...Object.values(contributes.menus).flat(), ...contributes.keybindings];
  for (const { command } of elsewhere) expect(commands).toContain(command);
  expect(contributes.commands.every(({ category }) => category === 'Signalbox')).toBe(true);
});
