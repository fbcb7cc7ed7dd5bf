import { expect, test } from 'vitest';
import { roleOf } from '../../../extension/platform/holder.ts';

test.each([
  ['bash'],
  ['-bash'],
  ['/bin/sh', '-c', 'signalbox claim 1'],
  ['/bin/bash', './agent.sh'],
  ['/usr/bin/env', 'node', 'x'],
  ['timeout', '60', 'signalbox'],
  ['npm exec signalbox'],
  ['node', '/usr/bin/npx', 'signalbox', 'claim'],
  ['/usr/bin/node', '--no-warnings', '/usr/lib/node_modules/npm/bin/npm-cli.js', 'run', 'x'],
  ['node', '/usr/local/bin/signalbox', 'run'],
  ['C:\\Program Files\\PowerShell\\7\\pwsh.exe'],
  ['sudo', '-u', 'me', 'signalbox'],
])('%s is passed over, whatever it runs', (...args) => {
  expect(roleOf(args)).toBe('wrapper');
});

test.each([
  ['sshd: me@pts/0'],
  ['tmux', 'new'],
  ['/usr/libexec/gnome-terminal-server'],
  ['/usr/share/code/code', '--type=zygote'],
  [
    '/Applications/Visual Studio Code.app/Contents/Frameworks/Code Helper (Plugin).app/x/Code Helper',
  ],
  ['/home/me/.vscode-server/bin/x/node', '/x/out/bootstrap-fork', '--type=ptyHost'],
  ['node', '/x/out/server-main.js'],
  ['/lib/systemd/systemd', '--user'],
  ['/usr/bin/containerd-shim-runc-v2', '-id', 'x'],
  [],
])('%s shows agents and outlives them, so nobody can be judged by it', (...args) => {
  expect(roleOf(args)).toBe('host');
});

test.each([
  ['claude'],
  ['/usr/bin/python3', 'agent.py'],
  ['node', '/opt/agents/codex.js'],
  ['node', '-e', 'x'],
  ['make', 'all'],
])('%s is the holder', (...args) => {
  expect(roleOf(args)).toBe('agent');
});

test('this very command in another process is no holder', () => {
  expect(roleOf(['node', 'dist/cli.js', 'run'], (script) => script === 'dist/cli.js')).toBe(
    'wrapper',
  );
});
