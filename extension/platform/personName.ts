/** Who sits at this machine, as the log names people. */
import { userInfo } from 'node:os';

/** `human:NAME`, with the name of the system's user as far as the log's names allow it. */
export function personName(): string {
  let name = '';
  try {
    name = userInfo().username;
  } catch {
    // Some containers run as a user without a name.
  }
  const allowed = name
    .replace(/[^A-Za-z0-9._-]/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, 50);
  return `human:${allowed || 'person'}`;
}
