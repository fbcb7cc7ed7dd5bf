/**
 * What the linter holds up: the dependency rule, purity of the core, and mistakes that types miss.
 *
 * Layout is not linted; Prettier decides it.
 */
import js from '@eslint/js';
import { defineConfig } from 'eslint/config';
import globals from 'globals';
import tseslint from 'typescript-eslint';
import { mayImport as mayImportRule } from './scripts/lint/mayImport.mjs';

const core = 'extension/core';
const protocol = 'extension/protocol';
const platform = 'extension/platform';
const store = 'extension/store';
const runner = 'extension/runner';
const coordinator = 'extension/coordinator';
const view = 'extension/view';

/** What each front end may use; front ends are not in it, so none of them knows another. */
const behindTheFrontEnds = [core, protocol, platform, store, runner, coordinator];

/**
 * Each folder, and the folders, single files and packages that it may import from. A folder that is
 * not here may import nothing.
 */
const mayImport = {
  [core]: { folders: [], packages: [] },
  [protocol]: { folders: [core], packages: ['zod'] },
  [platform]: { folders: [core], packages: ['node:'] },
  [store]: { folders: [core, protocol, platform], packages: ['node:', 'pg'] },
  [runner]: {
    folders: [core, protocol, platform],
    packages: ['node:', '@agentclientprotocol/sdk'],
  },
  // Interfaces only: which engine and which programs there are is the business of a `main`.
  [coordinator]: {
    folders: [core, protocol, platform, `${store}/taskStore.ts`, `${runner}/program.ts`],
    packages: ['node:', 'yaml'],
  },
  // What shows a queue in an editor and in a browser; it runs nothing, and opens no log itself.
  [view]: {
    folders: [
      ...[core, protocol, platform, coordinator, `${store}/taskStore.ts`],
      ...['transcriptFiles.ts', 'transcriptReader.ts', 'transcriptText.ts'].map(
        (name) => `${runner}/${name}`,
      ),
    ],
    packages: ['node:'],
  },
  'extension/cli': { folders: behindTheFrontEnds, packages: ['node:', 'string-width'] },
  'extension/mcp': {
    folders: behindTheFrontEnds,
    packages: ['node:', '@modelcontextprotocol/server'],
  },
  'extension/lsp': {
    folders: behindTheFrontEnds,
    packages: ['node:', 'vscode-languageserver', 'vscode-uri'],
  },
  'extension/web': { folders: [...behindTheFrontEnds, view], packages: ['node:'] },
  'extension/vscode': {
    folders: [...behindTheFrontEnds, view],
    packages: ['node:', 'vscode', 'vscode-languageclient', 'vscode-uri'],
  },
  // A stranger to the product, as every agent is: it knows the protocol and nothing else.
  'extension/exampleAgent': { folders: [], packages: ['node:', '@agentclientprotocol/sdk'] },
  'webview-ui': { folders: [core, protocol], packages: ['preact'] },
};

/** Names that would let time, chance or the outside world into the core unseen. */
const impureGlobals = [
  ...new Set(
    [globals.nodeBuiltin, globals.node, globals.browser].flatMap((names) => Object.keys(names)),
  ),
].filter((name) => !(name in globals.es2023));

export default defineConfig(
  { ignores: ['dist/', 'out/', 'test/fixtures/', 'examples/', '.vscode-test/'] },
  js.configs.recommended,
  tseslint.configs.strictTypeChecked,
  tseslint.configs.stylisticTypeChecked,
  {
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    languageOptions: {
      parserOptions: {
        projectService: true,
        tsconfigRootDir: import.meta.dirname,
      },
    },
    plugins: {
      signalbox: {
        // The cache of results knows a plugin by this: raise it when the rule itself changes.
        meta: { name: 'signalbox', version: '2' },
        rules: { 'may-import': mayImportRule },
      },
    },
    rules: {
      'signalbox/may-import': ['error', mayImport],
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
      'no-undef': 'off', // The compiler knows which globals an area has.
      // `== null` is the one short way to ask for both kinds of nothing.
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-implicit-coercion': 'error',
      'require-atomic-updates': 'off', // Reports awaits in a row on one object that nobody shares.
      'no-restricted-syntax': [
        'error',
        {
          selector: 'ExportDefaultDeclaration',
          message: 'Export by name, so that one thing has one name everywhere.',
        },
        {
          selector: 'ExportAllDeclaration',
          message: 'No barrels: import from the file that owns the thing.',
        },
      ],
      '@typescript-eslint/consistent-type-imports': [
        'error',
        { fixStyle: 'separate-type-imports' },
      ],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true, requireDefaultForNonUnion: false },
      ],
      // Positions, pids and counts are numbers and belong into messages.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // `return stop();` at the end of a function that returns nothing confuses nobody.
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      // Spreading a string gives its code points, which is why one does it.
      '@typescript-eslint/no-misused-spread': ['error', { allow: ['string'] }],
      // An empty string or a `false` falls back on purpose; an object never does.
      '@typescript-eslint/prefer-nullish-coalescing': [
        'error',
        { ignorePrimitives: { string: true, boolean: true } },
      ],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { ignoreRestSiblings: true, ignoreUsingDeclarations: true },
      ],
      // `while (true)` with a bound inside is how our retry loops read.
      '@typescript-eslint/no-unnecessary-condition': [
        'error',
        { allowConstantLoopConditions: 'only-allowed-literals' },
      ],
      // An `async` without `await` is how a method keeps the promise its interface makes.
      '@typescript-eslint/require-await': 'off',
      // We have no enums, and looking for them in every assignment is a tenth of the time.
      '@typescript-eslint/no-unsafe-enum-assignment': 'off',
      // `interface` and `type` are both right: the first for shapes, the second for unions.
      '@typescript-eslint/consistent-type-definitions': 'off',
    },
  },
  {
    files: [`${core}/**`],
    rules: {
      'no-restricted-globals': [
        'error',
        ...[...impureGlobals, 'Date', 'Intl'].map((name) => ({
          name,
          message: 'The core is pure: instants, chance and ids come in as arguments.',
        })),
      ],
      'no-restricted-properties': [
        'error',
        { object: 'Math', property: 'random', message: 'The core is pure: chance comes in.' },
        ...['toLocaleString', 'toLocaleLowerCase', 'toLocaleUpperCase', 'localeCompare'].map(
          (property) => ({
            property,
            message: 'Its answer depends on the machine, and a replay must not.',
          }),
        ),
      ],
    },
  },
  {
    files: ['webview-ui/**'],
    rules: {
      // Components take props and contexts apart; what is in them are functions, not methods.
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  {
    files: ['test/**'],
    rules: {
      // Tests take state apart with `!` after having asserted what is there.
      '@typescript-eslint/no-non-null-assertion': 'off',
      // Matchers such as `expect.any(Number)` are typed `any` and stand inside expected values.
      '@typescript-eslint/no-unsafe-assignment': 'off',
      // Asserting on methods of fakes is what they are for.
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  {
    // The compiler honours JSDoc casts, the linter does not see them and takes all for `any`.
    files: ['**/*.mjs'],
    rules: Object.fromEntries(
      ['assignment', 'argument', 'call', 'member-access', 'return'].map((use) => [
        `@typescript-eslint/no-unsafe-${use}`,
        'off',
      ]),
    ),
  },
  {
    // Tools that load their configuration by its default export.
    files: ['*.config.{mjs,ts}'],
    rules: { 'no-restricted-syntax': 'off' },
  },
);
