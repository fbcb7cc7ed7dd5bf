/** Time that only runs forward. What the time of day is, the store says. */

/**
 * Milliseconds since some moment before this process began. As `performance.now`, but the first use
 * of that loads a module that takes longer than all that a short command would measure with it.
 */
export function monotonicMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1_000 + nanoseconds / 1_000_000;
}
