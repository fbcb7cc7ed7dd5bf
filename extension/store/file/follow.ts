/**
 * Tells that the log may have grown: the operating system's watcher as a hint, and a look at the
 * newest segment at a fixed pace for where there is no watcher or it misses something.
 *
 * Reads no lines. The calls are hints: there may be one too many, and one may stand for several
 * appends.
 */
import { lstatSync, watch } from 'node:fs';
import type { FSWatcher } from 'node:fs';
import { commandsStamp } from './commandFiles.ts';
import { listSegments } from './segments.ts';
import { segmentNumber, segmentPath } from './paths.ts';

export interface FollowOptions {
  /** How often to look without having been told. */
  readonly pollMs: number;
  /** Whether a follower alone keeps the process running. */
  readonly keepAlive: boolean;
}

export function followLog(
  logDir: string,
  onChange: () => void,
  { pollMs, keepAlive }: FollowOptions,
): Disposable {
  let disposed = false;
  let number = listSegments(logDir).at(-1) ?? 1;
  let seen = signature();

  /** What of the newest segment changes when a line is appended. */
  function signature(): string {
    while (lstatSync(segmentPath(logDir, number + 1), { throwIfNoEntry: false })) number++;
    const stat = lstatSync(segmentPath(logDir, number), { throwIfNoEntry: false });
    return `${number} ${stat?.ino} ${stat?.size} ${commandsStamp(logDir, number)}`;
  }

  function look(): void {
    if (disposed) return;
    let now: string;
    try {
      now = signature();
    } catch {
      // The directory cannot be looked into at the moment. Whoever reads next will say why.
      return;
    }
    if (now === seen) return;
    seen = now;
    onChange();
  }

  const timer = setInterval(look, pollMs);
  if (!keepAlive) timer.unref();
  const watcher = tryToWatch(logDir, keepAlive, look);

  return {
    [Symbol.dispose]() {
      disposed = true;
      clearInterval(timer);
      watcher?.close();
    },
  };
}

function tryToWatch(logDir: string, keepAlive: boolean, onHint: () => void): FSWatcher | undefined {
  try {
    const watcher = watch(logDir, { persistent: keepAlive }, (_event, name) => {
      if (name === null || segmentNumber(name) !== undefined) onHint();
    });
    // The directory was removed, or there are too many watchers: looking at a pace goes on.
    watcher.on('error', () => watcher.close());
    return watcher;
  } catch {
    return undefined;
  }
}
