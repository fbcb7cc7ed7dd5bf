/**
 * The compatibility scripts: the command lines of the older shell system, as fronts of this one.
 *
 * Only their texts. What becomes of a file that stands where one belongs is `writeScripts`.
 */

/** A script, by its name in the state folder or at the workspace's root. */
export interface ShellScript {
  readonly name: string;
  readonly text: string;
}

/** A command of the older system, and the words of the command line that it became. */
interface Front {
  /** As a newcomer reads it: `acquire ID AGENT`. */
  readonly usage: string;
  /** Words that come before those of the caller. */
  readonly verb: string;
}

/** The line that differs from one machine to the next; the rest of a script depends on nothing. */
export const cliLine = /^written_cli='(?:[^']|'\\'')*'$/m;

/** Options go where nothing the caller gives can be free text; everything else comes after `--`. */
const asOptions = new Set(['dashboard', 'monitor']);

const groups: Readonly<Record<string, { readonly about: string; readonly fronts: Fronts }>> = {
  'task_lock.sh': {
    about: 'Locks of tasks: who works on what.',
    fronts: {
      acquire: { usage: 'acquire ID AGENT', verb: 'lock acquire' },
      release: { usage: 'release ID [STATUS]', verb: 'lock release' },
      check: { usage: 'check ID', verb: 'lock check' },
      list: { usage: 'list', verb: 'lock list' },
      clean: { usage: 'clean', verb: 'lock clean' },
    },
  },
  'task_audit.sh': {
    about: 'The audit trail: notes, questions, replay, export.',
    fronts: {
      log: { usage: 'log EVENT ID AGENT MESSAGE [STATUS]', verb: 'audit log' },
      query: {
        usage: 'query all | task ID | ai NAME | errors | recent [N] | stats',
        verb: 'audit query',
      },
      replay: { usage: 'replay [ID]', verb: 'audit replay' },
      export: { usage: 'export FILE', verb: 'audit export' },
      rotate: { usage: 'rotate', verb: 'audit rotate' },
      verify: { usage: 'verify', verb: 'audit verify' },
    },
  },
  'task_recovery.sh': {
    about: 'Failures and what becomes of them.',
    fronts: {
      record: { usage: 'record ID AGENT ERROR_CLASS MESSAGE', verb: 'recovery record' },
      retry: { usage: 'retry ID [AGENT | auto]', verb: 'recovery retry' },
      auto: { usage: 'auto', verb: 'recovery auto' },
      list: { usage: 'list', verb: 'recovery list' },
      check: { usage: 'check ID', verb: 'recovery check' },
      clear: { usage: 'clear ID', verb: 'recovery clear' },
    },
  },
  'task_coordinator.sh': {
    about: 'Who does what next, and how it all hangs together.',
    fronts: {
      next: { usage: 'next [AGENT] [PRIORITY]', verb: 'next' },
      assign: { usage: 'assign ID [AGENT]', verb: 'assign' },
      balance: { usage: 'balance', verb: 'balance' },
      dependencies: { usage: 'dependencies ID', verb: 'dependencies' },
      pipeline: { usage: 'pipeline [ID]', verb: 'pipeline' },
      workload: { usage: 'workload', verb: 'workload' },
      dashboard: { usage: 'dashboard [--once]', verb: 'dashboard' },
    },
  },
  'orchestrator.sh': {
    about: 'Health of the whole, and its cure.',
    fronts: {
      menu: { usage: 'menu', verb: 'menu' },
      health: { usage: 'health', verb: 'health' },
      heal: { usage: 'heal', verb: 'heal' },
      monitor: { usage: 'monitor [--interval S]', verb: 'monitor' },
      report: { usage: 'report [FILE]', verb: 'report' },
    },
  },
};

type Fronts = Readonly<Record<string, Front>>;

/** Scripts of one purpose. The older pair and its successors mean the same now. */
const singles = {
  claim: { usage: 'ID AGENT', verb: 'claim --tries 3', least: 2 },
  complete: { usage: 'ID [RESULT]', verb: 'complete', least: 1 },
} as const;

/** The nine scripts of the state folder; `cli` is the path of this command line, as found now. */
export function stateScripts(cli: string): readonly ShellScript[] {
  return [
    ...Object.entries(groups).map(([name, { about, fronts }]) => ({
      name,
      text: [head(about), findCli(cli), commandsOf(name, fronts)].join('\n'),
    })),
    ...(['claim', 'complete'] as const).flatMap((what) =>
      [`${what}_task_v2.sh`, `${what}_task.sh`].map((name) => ({
        name,
        text: [head(singleHead[what]), findCli(cli), single(name, what)].join('\n'),
      })),
    ),
  ];
}

/** The two scripts at the root, which hand over to those of the same name in `stateName`. */
export function rootScripts(stateName: string): readonly ShellScript[] {
  return ['claim_task.sh', 'complete_task.sh'].map((name) => ({
    name,
    text: `${head(`The same as ${stateName}/${name}.`)}
${hereLine}
exec sh "$here/${stateName}/${name}" "$@"
`,
  }));
}

const singleHead = {
  claim: 'Takes a task for an agent; a held one is tried three times, two seconds apart.',
  complete: 'Completes a held task; says what became available.',
};

function head(about: string): string {
  return `#!/bin/sh
# ${about}
#
# Written by \`signalbox init --scripts\`, which writes it anew: keep changes of your own elsewhere.
# A front of the command line for instructions of the older system. New ones should call
# \`signalbox\` itself; \`signalbox help\` tells how.
`;
}

const hereLine = `case $0 in */*) here=\${0%/*} ;; *) here=. ;; esac`;

/** Ends in a function that becomes the command line, in the workspace that the script lies in. */
function findCli(cli: string): string {
  return `${hereLine}
written_cli=${quoteForShell(cli)}

# The command line: $SIGNALBOX_CLI, else where it was when this was written, else on the PATH.
run_signalbox() {
  if [ -n "\${SIGNALBOX_CLI:-}" ]; then
    cli=$SIGNALBOX_CLI
  elif [ -f "$written_cli" ]; then
    cli=$written_cli
  elif cli=$(command -v signalbox); then
    :
  else
    printf '%s\\n' "$0: signalbox was not found: it is no longer at $written_cli, nor on the PATH." \\
      "Set SIGNALBOX_CLI to its path, or run its 'init --scripts' here again." >&2
    exit 127
  fi
  case $cli in
  *.js) ;;
  *) exec "$cli" "$@" ;;
  esac
  if command -v node >/dev/null 2>&1; then exec node "$cli" "$@"; fi
  if [ -n "\${SIGNALBOX_EDITOR_NODE:-}" ]; then
    ELECTRON_RUN_AS_NODE=1 exec "$SIGNALBOX_EDITOR_NODE" "$cli" "$@"
  fi
  printf '%s\\n' "$0: $cli needs Node 20.19 or newer, and there is no node on the PATH." >&2
  exit 127
}
`;
}

function commandsOf(name: string, fronts: Fronts): string {
  const usage = Object.values(fronts).map((front) => `  ${front.usage}`);
  const cases = Object.entries(fronts).map(([word, { verb }]) => {
    const separator = asOptions.has(word) ? '' : ' --';
    return `${word}) run_signalbox ${verb} --workspace="$here/.."${separator} "$@" ;;`;
  });
  // The older orchestrator showed its menu when called without a word.
  const fallback = 'menu' in fronts ? 'menu' : 'help';
  return `command=\${1:-${fallback}}
[ "$#" -eq 0 ] || shift
case $command in
${cases.join('\n')}
help | -h | --help)
  cat <<'END'
Usage: ${name} COMMAND
${usage.join('\n')}
END
  ;;
*)
  echo '${name}: there is no such command; it takes one of: ${Object.keys(fronts).join(', ')}' >&2
  exit 2
  ;;
esac
`;
}

function single(name: string, what: keyof typeof singles): string {
  const { usage, verb, least } = singles[what];
  return `case \${1:-} in
-h | --help)
  echo 'Usage: ${name} ${usage}'
  exit 0
  ;;
esac
if [ "$#" -lt ${least} ]; then
  echo 'Usage: ${name} ${usage}' >&2
  exit 2
fi
run_signalbox ${verb} --workspace="$here/.." -- "$@"
`;
}

function quoteForShell(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
