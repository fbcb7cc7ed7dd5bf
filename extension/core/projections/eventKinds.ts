/** What a line of the log is called for people, and whether it tells of something that went wrong. */

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

/** What a line is called; a note has the name that its writer gave it. */
export function eventName({ event, data = {} }: Line): string {
  return event === 'NOTE' && 'event' in data ? `NOTE (${String(data.event)})` : event;
}

/** Whether a line tells of something that went wrong; a note counts as the event that it names. */
export function isError({ event, data = {} }: Line): boolean {
  const isNamed = event === 'NOTE' && 'event' in data;
  return errorEvents.has(isNamed ? String(data.event) : event);
}
