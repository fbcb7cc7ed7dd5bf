/**
 * Where the checkout is and where results go, for code that runs bundled from `out/`.
 *
 * Knows nothing of caches and temporary folders; their owners choose them.
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export const projectRoot = findProjectRoot(import.meta.dirname);
export const screenshotsDir = join(projectRoot, 'out/screenshots');

function findProjectRoot(from: string): string {
  // Bundled, this module is in out/, so the way up is the only one that holds in both places.
  for (let folder = from; ; folder = dirname(folder)) {
    const manifest = join(folder, 'package.json');
    if (existsSync(manifest) && readFileSync(manifest, 'utf8').includes('"name": "signalbox",')) {
      return folder;
    }
    if (dirname(folder) === folder) throw new Error(`No checkout of Signalbox above ${from}`);
  }
}
