/** Where a task came from, in words for people; what its creator says of itself proves nothing. */
import type { Task } from '../core/task.ts';
import { actorName } from './words.ts';

/** `added by Claude`, and what its creator says of itself beside it. */
export function originOf({ createdBy, imported, content }: Task, self: string): string {
  const actor = createdBy === null ? 'someone on the command line' : actorName(createdBy, self);
  const how = imported ? `came with a file, imported by ${actor}` : `added by ${actor}`;
  return content.provenance === undefined ? how : `${how}, which says: ${content.provenance}`;
}
