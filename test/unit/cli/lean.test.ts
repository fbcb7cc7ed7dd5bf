/** What scripts call all day loads nothing that only drawing needs. */
import path from 'node:path';
import { build } from 'esbuild';
import { expect, test } from 'vitest';

const cli = path.join(import.meta.dirname, '../../../extension/cli');

/** The files of the source that are loaded as soon as `entry` is, not those it loads when used. */
async function loadedWith(entry: string): Promise<readonly string[]> {
  const { metafile } = await build({
    entryPoints: [path.join(cli, entry)],
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    format: 'esm',
    plugins: [
      {
        name: 'later',
        setup: ({ onResolve }) => {
          onResolve({ filter: /.*/ }, ({ kind, path: name }) =>
            kind === 'dynamic-import' ? { path: name, external: true } : undefined,
          );
        },
      },
    ],
  });
  return Object.keys(metafile.inputs);
}

test.each(['commandLine.ts', 'verbs/next.ts', 'verbs/claim.ts', 'verbs/complete.ts'])(
  '%s needs no table of how wide characters are',
  async (entry) => {
    const loaded = await loadedWith(entry);
    expect(loaded.length).toBeGreaterThan(2);
    expect(loaded.filter((file) => /string-width|render\/width/.test(file))).toEqual([]);
  },
);

test('a verb that draws does', async () => {
  expect((await loadedWith('verbs/list.ts')).join()).toContain('node_modules/string-width');
});
