/**
 * What a key means on a row. Pure: says what is wanted, does nothing.
 */
import type { TaskId } from '../extension/core/ids.ts';
import type { Item } from './rows.ts';

export interface Key {
  readonly key: string;
  readonly altKey: boolean;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
}

export type Intent =
  | { readonly type: 'walk'; readonly by: number }
  | { readonly type: 'move'; readonly by: -1 | 1 }
  | { readonly type: 'fold'; readonly open: boolean }
  | { readonly type: 'type'; readonly letter: string }
  | { readonly type: 'open' | 'cancel' | 'undo' | 'undoLast' | 'copy' | 'toHeader' };

/** Further than any list is long, so that a walk ends at the first or last row. */
const toTheEnd = 1_000_000;
const page = 10;

const walks: Readonly<Partial<Record<string, number>>> = {
  ArrowDown: 1,
  ArrowUp: -1,
  PageDown: page,
  PageUp: -page,
  End: toTheEnd,
  Home: -toTheEnd,
};

/** What `key` on `item` asks for, or null where the key is left to the editor. */
export function intentOf(key: Key, item: Item | undefined): Intent | null {
  const command = key.ctrlKey || key.metaKey;
  if (command && !key.altKey) {
    if (key.key === 'z') return { type: 'undoLast' };
    if (key.key === 'c' && hasTask(item)) return { type: 'copy' };
    if (key.key === 'Backspace' && cancellable(item)) return { type: 'cancel' };
    return null;
  }
  if (key.altKey) {
    if (command || item?.section !== 'upNext' || item.type !== 'row') return null;
    if (key.key === 'ArrowUp') return { type: 'move', by: -1 };
    if (key.key === 'ArrowDown') return { type: 'move', by: 1 };
    return null;
  }
  const by = walks[key.key];
  if (by !== undefined) return { type: 'walk', by };
  switch (key.key) {
    case 'ArrowLeft':
      return item?.type === 'header' ? { type: 'fold', open: false } : { type: 'toHeader' };
    case 'ArrowRight':
      return item?.type === 'header' ? { type: 'fold', open: true } : null;
    case 'Enter':
      return { type: 'open' };
    case 'Delete':
      return cancellable(item) ? { type: 'cancel' } : null;
    case 'Escape':
      return { type: 'undo' };
    case ' ':
      return item?.type === 'row' ? null : { type: 'open' };
    default:
      // Names of other keys, such as `F5` or `Tab`, are longer than one character.
      return /^.$/u.test(key.key) ? { type: 'type', letter: key.key } : null;
  }
}

const endable: ReadonlySet<string> = new Set(['needsYou', 'upNext', 'waiting']);

function hasTask(item: Item | undefined): item is Item & { readonly task: TaskId } {
  return item !== undefined && item.task !== null;
}

function cancellable(item: Item | undefined): boolean {
  return hasTask(item) && endable.has(item.section);
}
