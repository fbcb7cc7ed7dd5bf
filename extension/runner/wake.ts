/** Lets one loop sleep until something may have happened, without losing a call in between. */
export class Wake {
  #isDue = false;
  #ring: (() => void) | null = null;

  /** Ends the current wait, or the next one before it begins. */
  now(): void {
    this.#isDue = true;
    this.#ring?.();
  }

  /** Resolves at the next `now`, or after `maxMs` milliseconds. */
  async wait(maxMs: number): Promise<void> {
    if (!this.#isDue) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, Math.max(0, maxMs));
        this.#ring = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.#ring = null;
    }
    this.#isDue = false;
  }
}
