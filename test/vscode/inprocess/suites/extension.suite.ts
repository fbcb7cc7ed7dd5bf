/** The built extension inside a real extension host, from a folder without a queue to a task done. */
import { deepStrictEqual, match, ok, strictEqual } from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import * as vscode from 'vscode';
import type { SignalboxApi } from '../../../../extension/vscode/main.ts';

interface Manifest {
  readonly contributes: {
    readonly commands: readonly { readonly command: string }[];
    readonly configuration: { readonly properties: Readonly<Record<string, unknown>> };
  };
}

const extension = vscode.extensions.getExtension<SignalboxApi>('signalbox.signalbox')!;
const manifest = extension.packageJSON as Manifest;
const folder = vscode.workspace.workspaceFolders![0]!.uri.fsPath;

async function until(what: string, holds: () => boolean, limitMs = 100_000): Promise<void> {
  const deadline = performance.now() + limitMs;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`Not so after ${limitMs} ms: ${what}`);
    await pause(50);
  }
}

/** Queues `text` as a person does who writes it in an editor. */
async function addInEditor(text: string): Promise<void> {
  await vscode.commands.executeCommand('signalbox.addInEditor');
  const editor = vscode.window.activeTextEditor!;
  strictEqual(editor.document.languageId, 'signalbox-task');
  await editor.edit((edit) => edit.insert(new vscode.Position(0, 0), text));
  await vscode.commands.executeCommand('signalbox.submitDraft');
}

const configuration = () => vscode.workspace.getConfiguration('signalbox');
const set = async (name: string, value: unknown): Promise<void> =>
  await configuration().update(name, value, vscode.ConfigurationTarget.Global);

describe('The extension in a folder without a queue', () => {
  before(async () => {
    await extension.activate();
  });

  it('starts no thread, writes nothing and says nothing', () => {
    strictEqual(extension.exports.isAwake, false);
    strictEqual(extension.exports.statusText, '');
    strictEqual(extension.exports.model.store.state, 'none');
    deepStrictEqual(readdirSync(folder), []);
  });

  it('has every command that it contributes, and contributes every one that it has', async () => {
    const has = (await vscode.commands.getCommands(true))
      .filter((name) => name.startsWith('signalbox.'))
      // The editor makes these of each view.
      .filter((name) => !name.startsWith('signalbox.queue.'));
    const contributed = manifest.contributes.commands.map(({ command }) => command);
    deepStrictEqual(has.sort(), [...contributed].sort());
  });

  it('has settings that a workspace cannot set where they start programs', async () => {
    for (const name of Object.keys(manifest.contributes.configuration.properties)) {
      ok(configuration().inspect(name.replace('signalbox.', '')) !== undefined, name);
    }
    const { Workspace } = vscode.ConfigurationTarget;
    for (const name of ['agents', 'lane.defaultProgram']) {
      const refused = await configuration()
        .update(name, name === 'agents' ? {} : 'shell', Workspace)
        .then(
          () => false,
          () => true,
        );
      ok(refused, `${name} was written into the workspace`);
    }
  });
});

describe('A task that is added in the editor', () => {
  before(async () => {
    const agent = join(extension.extensionPath, 'dist/example-agent.js');
    await set('agents', { Storyteller: { command: process.execPath, args: [agent] } });
    await set('lane.defaultProgram', 'acp:Storyteller');
  });
  after(async () => {
    await set('agents', undefined);
    await set('lane.defaultProgram', undefined);
  });

  it('begins the queue, runs at once and is done', async () => {
    await addInEditor('Say who you are\n\nIn one sentence.');
    ok(existsSync(join(folder, 'AI/log')), 'a queue was made');
    await until('it works', () => extension.exports.statusText.includes('AI: Working · Say who'));
    match(extension.exports.statusText, /^\$\(sync~spin\) AI: Working · Say who you are · 0:\d\d/);
    await until('it is done', () => extension.exports.model.doneToday.rows.length === 1);
    strictEqual(extension.exports.model.doneToday.rows[0]!.status, 'completed');
    await until('at rest', () => extension.exports.statusText === '$(check) AI: Ready');
  });

  it('is gone from its editor, without a question', () => {
    const open = vscode.workspace.textDocuments.filter(
      ({ languageId, isClosed }) => languageId === 'signalbox-task' && !isClosed,
    );
    const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs);
    deepStrictEqual([open.length, tabs.length], [0, 0]);
  });

  it('can be read, with what its agent said', async () => {
    await vscode.commands.executeCommand('signalbox.show', { task: 1 });
    const task = vscode.window.activeTextEditor!.document;
    deepStrictEqual([task.uri.scheme, task.languageId], ['signalbox', 'markdown']);
    match(task.getText(), /Say who you are/);
    await vscode.commands.executeCommand('signalbox.showTranscript', { task: 1 });
    match(vscode.window.activeTextEditor!.document.getText(), /storyteller of the examples/);
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });

  it('waits while the lane is paused, and moves', async () => {
    await vscode.commands.executeCommand('signalbox.pause');
    await until('paused', () => extension.exports.model.lane.phase === 'paused');
    await addInEditor('First');
    await addInEditor('Second');
    const titles = () => extension.exports.model.upNext.rows.map(({ title }) => title).join();
    await until('both wait', () => titles() === 'First,Second');
    match(extension.exports.statusText, /Paused · 2 waiting/);
    await vscode.commands.executeCommand('signalbox.moveUp', { task: 3 });
    await until('moved', () => titles() === 'Second,First');
    await vscode.commands.executeCommand('signalbox.retry', { task: 1 });
    strictEqual(extension.exports.model.doneToday.rows.length, 1, 'what ended stays ended');
  });

  it('survives a restart of the thread that owns the queue', async () => {
    await vscode.commands.executeCommand('signalbox.restart');
    await until('read again', () => extension.exports.model.upNext.rows.length === 2);
    strictEqual(extension.exports.isAwake, true);
  });
});
