/**
 * Tells of each save of `TASK_QUEUE.json`, within a quarter of a second.
 *
 * The operating system's watcher is a hint; a look at the file at a fixed pace serves where there is
 * none. What was saved, and whether it was this product's own doing, is for the listener to see.
 */
import { lstatSync, watch } from 'node:fs';
import type { FSWatcher } from 'node:fs';
import path from 'node:path';

const pollMs = 200;

export function watchQueueFile(file: string, onSave: () => void): Disposable {
  let seen = signature(file);
  const look = () => {
    const now = signature(file);
    if (now === seen) return;
    seen = now;
    onSave();
  };
  const timer = setInterval(look, pollMs);
  timer.unref();
  const watcher = tryToWatch(path.dirname(file), (name) => {
    if (name === null || name === path.basename(file)) look();
  });
  return {
    [Symbol.dispose]: () => {
      clearInterval(timer);
      watcher?.close();
    },
  };
}

function signature(file: string): string {
  try {
    const stats = lstatSync(file, { bigint: true, throwIfNoEntry: false });
    return stats === undefined ? '' : `${stats.ino} ${stats.size} ${stats.mtimeNs}`;
  } catch {
    // Not to be looked at; the next look may be.
    return '?';
  }
}

/** Only names in the folder itself: editors replace files, so the file cannot be watched. */
function tryToWatch(folder: string, onName: (name: string | null) => void): FSWatcher | null {
  try {
    const watcher = watch(folder, { persistent: false }, (_kind, name) => onName(name));
    watcher.on('error', () => watcher.close());
    return watcher;
  } catch {
    // Too many watchers, or a file system without any: the looks at a fixed pace do it.
    return null;
  }
}
