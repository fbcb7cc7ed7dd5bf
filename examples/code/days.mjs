/** Whole days from one date to another, both of them counted. */
export function daysInclusive(from, to) {
  const dayMs = 24 * 60 * 60 * 1000;
  return Math.floor((to - from) / dayMs);
}
