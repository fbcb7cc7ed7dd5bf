/** Which lines of the log tell of something that went wrong, for queries and figures. */

const errorEvents: ReadonlySet<string> = new Set([
  'FAILED',
  'TIMEOUT',
  'LEASE_EXPIRED',
  'POISON_PILL',
  'DEPENDENCY_BLOCKED',
]);

interface Line {
  readonly event: string;
  /** A note names in it the event that it is about. */
  readonly data?: object;
}

/** Whether a line tells of something that went wrong; a note counts as the event that it names. */
export function isError({ event, data = {} }: Line): boolean {
  const isNamed = event === 'NOTE' && 'event' in data;
  return errorEvents.has(isNamed ? String(data.event) : event);
}
