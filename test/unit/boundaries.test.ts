/**
 * Proof that the dependency rule holds, and that what holds it up notices a breach.
 *
 * The rule itself stands in `eslint.config.mjs`, in the table `mayImport`.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { ESLint } from 'eslint';
import ts from 'typescript';
import tseslint from 'typescript-eslint';
import { describe, expect, test } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');

/** All source files below `folder`, relative to the root, with `/` between the parts. */
function sourceFiles(folder: string): string[] {
  return readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => path.join(folder, name).split(path.sep).join('/'))
    .filter((name) => /\.tsx?$/.test(name));
}

/** The files that `file` imports by a relative path, as values or only as types. */
function relativeImports(file: string): string[] {
  return ts
    .preProcessFile(readFileSync(path.join(root, file), 'utf8'), true, true)
    .importedFiles.map((imported) => imported.fileName)
    .filter((name) => name.startsWith('.') && /\.tsx?$/.test(name))
    .map((name) => path.posix.join(path.posix.dirname(file), name));
}

/** A way through `imports` that comes back to where it began, or undefined where there is none. */
function findCycle(imports: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const done = new Set<string>();
  const visit = (file: string, way: readonly string[]): string[] | undefined => {
    const seenAt = way.indexOf(file);
    if (seenAt !== -1) return [...way.slice(seenAt), file];
    if (done.has(file)) return undefined;
    for (const next of imports.get(file) ?? []) {
      const cycle = visit(next, [...way, file]);
      if (cycle !== undefined) return cycle;
    }
    done.add(file);
    return undefined;
  };
  for (const file of imports.keys()) {
    const cycle = visit(file, []);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}

describe('the core', () => {
  test('bundles for a browser without a single import from outside itself', async () => {
    const { metafile } = await build({
      entryPoints: sourceFiles('extension/core'),
      absWorkingDir: root,
      bundle: true,
      write: false,
      metafile: true,
      format: 'esm',
      platform: 'browser',
      packages: 'external',
      outdir: 'unused',
      logLevel: 'silent',
    });

    const inputs = Object.keys(metafile.inputs);
    expect(inputs).not.toHaveLength(0);
    expect(inputs.filter((input) => !input.startsWith('extension/core/'))).toEqual([]);
    const external = Object.values(metafile.inputs).flatMap(({ imports }) =>
      imports.filter((imported) => imported.external === true).map(({ path: name }) => name),
    );
    expect(external).toEqual([]);
  });
});

describe('imports', () => {
  test('never go round in a circle, not even those of types', () => {
    const files = [...sourceFiles('extension'), ...sourceFiles('webview-ui')];
    const cycle = findCycle(new Map(files.map((file) => [file, relativeImports(file)])));
    expect(cycle?.join(' → ')).toBeUndefined();
  });

  test('that do go round are found', () => {
    const imports = new Map([
      ['a', ['b', 'c']],
      ['b', ['c']],
      ['c', ['d', 'b']],
    ]);
    expect(findCycle(imports)).toEqual(['b', 'c', 'b']);
  });
});

describe('the linter', () => {
  // Rules that need types need a real file; those of the boundaries do not.
  const eslint = new ESLint({ cwd: root, overrideConfig: [tseslint.configs.disableTypeChecked] });

  /** The rules that one line breaks when it stands in a file of `folder`. */
  async function brokenIn(folder: string, line: string): Promise<(string | null)[]> {
    const filePath = path.join(root, folder, 'probe.ts');
    const [result] = await eslint.lintText(`${line}\n`, { filePath });
    return [...new Set(result?.messages.map(({ ruleId, message }) => ruleId ?? message))];
  }

  test.each([
    ['extension/core', `export type { A } from '../store/taskStore.ts';`],
    ['extension/core', `export { readFile } from 'node:fs/promises';`],
    ['extension/core', `export const zod = await import('zod');`],
    ['extension/core/decisions', `export { a } from '../../protocol/record.ts';`],
    ['extension/protocol', `export { readFile } from 'node:fs/promises';`],
    ['extension/protocol', `export { a } from '../store/taskStore.ts';`],
    ['extension/store', `export { a } from '../runner/program.ts';`],
    ['extension/store/file', `export { a } from '../../runner/program.ts';`],
    ['extension/runner', `export { a } from '../store/taskStore.ts';`],
    ['extension/runner', `export { window } from 'vscode';`],
    ['extension/coordinator', `export { a } from '../store/file/fileStore.ts';`],
    ['extension/coordinator', `export { a } from '../runner/programs/shell.ts';`],
    ['extension/cli', `export { a } from '../vscode/main.ts';`],
    ['extension/cli/verbs', `export const tools = await import('../../mcp/tools.ts');`],
    ['extension/mcp', `export { a } from '../cli/answer.ts';`],
    ['extension/mcp', `export { Client } from '@modelcontextprotocol/client';`],
    ['extension/vscode', `export { a } from '../cli/main.ts';`],
    ['extension/unheardOf', `export { a } from '../core/ids.ts';`],
    ['webview-ui', `export { a } from '../extension/vscode/main.ts';`],
    ['webview-ui', `export { readFile } from 'node:fs/promises';`],
  ])('in %s refuses %s', async (folder, line) => {
    expect(await brokenIn(folder, line)).toEqual(['signalbox/may-import']);
  });

  test.each([
    ['extension/core', `export type { TaskId } from './ids.ts';`],
    ['extension/core/decisions', `export type { TaskId } from '../ids.ts';`],
    ['extension/protocol', `export { z } from 'zod/mini';`],
    ['extension/store/file', `export { readFile } from 'node:fs/promises';`],
    ['extension/coordinator', `export type { TaskStore } from '../store/taskStore.ts';`],
    ['extension/mcp', `export { McpServer } from '@modelcontextprotocol/server';`],
    ['extension/vscode', `export { window } from 'vscode';`],
    ['webview-ui', `export { useState } from 'preact/hooks';`],
  ])('in %s allows %s', async (folder, line) => {
    expect(await brokenIn(folder, line)).toEqual([]);
  });

  test.each([
    ['no-restricted-globals', 'export const at = Date.now();'],
    ['no-restricted-globals', 'setTimeout(() => undefined, 1);'],
    ['no-restricted-globals', 'export const { pid } = process;'],
    ['no-restricted-globals', `console.log('hello');`],
    ['no-restricted-globals', 'export const id = crypto.randomUUID();'],
    ['no-restricted-properties', 'export const chance = Math.random();'],
  ])('keeps the core pure by %s: %s', async (rule, line) => {
    expect(await brokenIn('extension/core', line)).toEqual([rule]);
    expect(await brokenIn('extension/runner', line)).toEqual([]);
  });
});
