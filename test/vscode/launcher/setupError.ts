/**
 * What a machine lacks for running a real VS Code, said so that a person can put it there.
 *
 * Not for failures of tests.
 */
export type SetupErrorCode =
  'NO_VSCODE' | 'NO_CHROMIUM' | 'NO_VSIX' | 'NO_EXAMPLES' | 'VSCODE_DID_NOT_START';

export class SetupError extends Error {
  override readonly name = 'SetupError';
  readonly code: SetupErrorCode;

  constructor(code: SetupErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
