/**
 * The error of a runner whose world failed: a supervisor that does not start, a path that is unsafe.
 *
 * Not for programs that fail: that is an outcome, and outcomes are returned.
 */
export class RunnerError extends Error {
  /** Stable word to tell failures apart by; the message is for people. */
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'RunnerError';
    this.code = code;
  }
}
