/**
 * The clock that all users of one server share: its own, carried on between answers by this
 * process's monotonic one. Never goes back.
 */
export class ServerClock {
  #offsetMs: number;
  #newestMs = 0;

  constructor(serverMs: number, askedMs: number) {
    this.#offsetMs = offsetOf(serverMs, askedMs);
  }

  /**
   * Takes in what the server said.
   *
   * @param askedMs when it was asked, on the clock of `performance.now`
   */
  note(serverMs: number, askedMs: number): void {
    this.#offsetMs = offsetOf(serverMs, askedMs);
  }

  /** Milliseconds since the Unix epoch. */
  now(): number {
    this.#newestMs = Math.max(this.#newestMs, Math.round(performance.now() + this.#offsetMs));
    return this.#newestMs;
  }
}

/** The server looked at its clock somewhere between question and answer. */
function offsetOf(serverMs: number, askedMs: number): number {
  return serverMs - (askedMs + performance.now()) / 2;
}
