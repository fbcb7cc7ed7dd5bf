/**
 * Times as a person reads them: relative where they move, absolute where they are facts.
 *
 * Reads no clock; whoever asks says what time it is.
 */

const secondMs = 1_000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** How long something has run, to the second: `0:42`, `12:05`, `1:02:03`. Never negative. */
export function formatElapsed(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / secondMs));
  const ss = twoDigits(seconds % 60);
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}:${ss}`;
  return `${Math.floor(minutes / 60)}:${twoDigits(minutes % 60)}:${ss}`;
}

/** A time that is left, rounded up so that it does not reach zero too early: `4:12`. */
export function formatCountdown(ms: number): string {
  return formatElapsed(Math.ceil(Math.max(0, ms) / secondMs) * secondMs);
}

/** An estimate, no more exact than it is: `about 30 s`, `about 11 min`, `about 1 h 20 min`. */
export function formatAbout(ms: number): string {
  const tenSeconds = Math.max(1, Math.round(ms / (10 * secondMs)));
  if (tenSeconds < 6) return `about ${tenSeconds * 10} s`;
  const minutes = Math.max(1, Math.round(ms / minuteMs));
  if (minutes < 60) return `about ${minutes} min`;
  const hours = Math.floor(minutes / 60);
  const tenMinutes = Math.round((minutes % 60) / 10) * 10;
  if (tenMinutes === 60) return `about ${hours + 1} h`;
  return hours < 10 && tenMinutes > 0 ? `about ${hours} h ${tenMinutes} min` : `about ${hours} h`;
}

/** How long something took: `42 s`, `9 min 12 s`, `1 h 2 min`. */
export function formatTook(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / secondMs));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60)
    return seconds % 60 === 0 ? `${minutes} min` : `${minutes} min ${seconds % 60} s`;
  return minutes % 60 === 0
    ? `${Math.floor(minutes / 60)} h`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** How long ago: `just now`, `1 min ago`, `3 h ago`, `2 days ago`. */
export function formatAgo(ms: number): string {
  if (ms < minuteMs) return 'just now';
  if (ms < hourMs) return `${Math.floor(ms / minuteMs)} min ago`;
  if (ms < dayMs) return `${Math.floor(ms / hourMs)} h ago`;
  const days = Math.floor(ms / dayMs);
  return days === 1 ? '1 day ago' : `${days} days ago`;
}

/** An instant as a fact, in the reader's own zone: `14:32`, on another day `Mar 3, 14:32`. */
export function formatAt(at: number, now: number): string {
  const time = new Intl.DateTimeFormat('en', {
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).format(at);
  if (new Date(at).toDateString() === new Date(now).toDateString()) return time;
  const day = new Intl.DateTimeFormat('en', { month: 'short', day: 'numeric' }).format(at);
  return `${day}, ${time}`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}
