/** A program with one line of ours changed for the worse, to see a proof fail. */
import { readFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { inOneModule } from './supervisor.ts';

const root = join(import.meta.dirname, '../..');

export interface Mutation {
  /** Path from the root. */
  readonly file: string;
  /** Text that is there exactly once. */
  readonly from: string;
  readonly to: string;
  /** Imports that the change needs. */
  readonly also?: string;
}

/** As `bundle` of `supervisor`, with the mutation. */
export async function bundleMutant(entry: string, { file, from, to, also = '' }: Mutation) {
  const dir = await mkdtemp(join(tmpdir(), 'signalbox-mutant-'));
  const path = join(dir, 'bundle.mjs');
  let applied = 0;
  await build({
    entryPoints: [join(root, entry)],
    outfile: path,
    ...inOneModule,
    plugins: [
      {
        name: 'mutant',
        setup: ({ onLoad }) => {
          onLoad({ filter: /\.ts$/ }, async (args) => {
            if (args.path !== join(root, file)) return undefined;
            const source = await readFile(args.path, 'utf8');
            applied += source.split(from).length - 1;
            return { contents: also + source.replace(from, to), loader: 'ts' };
          });
        },
      },
    ],
  });
  if (applied !== 1) throw new Error(`${file} has “${from}” ${applied} times, not once`);
  return { path, dispose: () => rm(dir, { recursive: true, force: true }) };
}
