/** The words of a command line: what options look like, and those that every verb takes. */

export interface OptionSpec {
  readonly type: 'string' | 'boolean';
  /** Stands for the value in help, such as `TS`; absent for a switch. */
  readonly value?: string;
  readonly help: string;
}

/** Which words a verb takes. */
export interface VerbWords {
  readonly options?: Readonly<Record<string, OptionSpec>>;
  /** Names of the positional arguments, in order; a trailing `?` marks optional ones. */
  readonly positionals?: readonly string[];
  /** False where it does not matter whether the dead still hold something. */
  readonly sweeps?: false;
}

export const commonOptions = {
  workspace: {
    type: 'string',
    value: 'DIR',
    help: 'The workspace; default: found from here upward.',
  },
  agent: { type: 'string', value: 'NAME', help: 'Who calls; default: $SIGNALBOX_AGENT.' },
  'command-id': { type: 'string', value: 'UUID', help: 'Makes repeating this call safe.' },
  pid: { type: 'string', value: 'PID', help: 'The process that holds what is claimed.' },
  json: { type: 'boolean', help: 'One JSON value on standard output, and nothing else.' },
  help: { type: 'boolean', help: 'Shows this.' },
} satisfies Record<string, OptionSpec>;
