/** Saying which files a held task will touch: its holder reserves paths, and gives them back. */
import type { Command } from '../command.ts';
import { accept, happened } from '../decision.ts';
import type { DecideContext, Decision } from '../decision.ts';
import type { Queue } from '../queue.ts';
import { pathsReserved } from './claim.ts';
import { heldBy } from './finish.ts';

/** Refuses paths that another held task may touch; giving some back is never refused to a holder. */
export function decideReserve(
  queue: Queue,
  command: Command<'reserve'>,
  context: DecideContext,
): Decision {
  const held = heldBy(queue, command);
  if ('ok' in held) return held;
  const { task, claim } = held;
  const { add, remove } = command;
  const before = task.content.paths ?? [];
  const kept = remove === 'all' ? [] : before.filter((path) => !remove.includes(path));
  const paths = [...new Set([...kept, ...add])];
  if (paths.length === before.length && paths.every((path, n) => path === before[n])) {
    return accept(task.id);
  }
  // Only what is new can stand in anyone's way; the rest was let through by the claim.
  const asked = { ...task, content: { ...task.content, paths: add } };
  const taken = pathsReserved(queue, asked, context);
  if (taken !== null) return taken;
  const message = paths.length === 0 ? 'Touches no more paths' : `Touches ${paths.join(', ')}`;
  const about = { task: task.id, agent: claim.agent, message, status: task.state.status };
  return accept(task.id, happened('EDITED', about, { content: { paths } }));
}
