/**
 * The completion scripts for bash and zsh, made from what the verbs say of themselves.
 *
 * Both shells share the tables, as functions of `case`; each has its own few lines around them. Task
 * ids and agents are asked for when the key is pressed.
 */
import type { Kind, OptionKind, VerbSpec } from './spec.ts';
import { commonSpecs } from './spec.ts';

export function bashScript(specs: readonly VerbSpec[]): string {
  return `# Completion of signalbox for bash: source <(signalbox completion bash)
${tables(specs)}
_signalbox_offer() {
  local kind=$1 cur=$2 before=''
  case $kind in
    tasks:*)
      # Of a list with commas the last one is completed.
      if [[ $cur == *,* ]]; then before=\${cur%,*},; cur=\${cur##*,}; fi
      local found; found=$("\${COMP_WORDS[0]}" __complete tasks "\${kind#tasks:}" --workspace "$workspace" 2>/dev/null | cut -f1)
      COMPREPLY=($(compgen -P "$before" -W "$found" -- "$cur")) ;;
    agents)
      local found; found=$("\${COMP_WORDS[0]}" __complete agents any --workspace "$workspace" 2>/dev/null)
      COMPREPLY=($(compgen -W "$found" -- "$cur")) ;;
    words:*) COMPREPLY=($(compgen -W "\${kind#words:}" -- "$cur")) ;;
    files) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
    dirs) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$cur") ;;
  esac
}
_signalbox() {
  local cur=\${COMP_WORDS[COMP_CWORD]} verb='' count=0 i word skip='' workspace=''
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    if [[ $skip ]]; then
      [[ $skip == --workspace ]] && workspace=$word
      skip=''
    elif [[ ! $verb ]]; then
      verb=$word
    elif [[ $verb != *' '* && $(_signalbox_second "$verb") ]]; then
      verb+=" $word"
    elif [[ $word == -* ]]; then
      [[ $(_signalbox_value "$verb" "$word") ]] && skip=$word
    else
      count=$((count + 1))
    fi
  done
  if [[ ! $verb ]]; then
    COMPREPLY=($(compgen -W "$_signalbox_verbs help" -- "$cur"))
  elif [[ $verb == help ]]; then
    COMPREPLY=($(compgen -W "$_signalbox_verbs" -- "$cur"))
  elif [[ $verb != *' '* && $(_signalbox_second "$verb") ]]; then
    COMPREPLY=($(compgen -W "$(_signalbox_second "$verb")" -- "$cur"))
  elif [[ $skip ]]; then
    _signalbox_offer "$(_signalbox_value "$verb" "$skip")" "$cur"
  elif [[ $cur == -* ]]; then
    COMPREPLY=($(compgen -W "$(_signalbox_options "$verb") $_signalbox_common" -- "$cur"))
  else
    _signalbox_offer "$(_signalbox_argument "$verb $count")" "$cur"
  fi
}
complete -F _signalbox signalbox
`;
}

export function zshScript(specs: readonly VerbSpec[]): string {
  return `#compdef signalbox
# Completion of signalbox for zsh: source <(signalbox completion zsh), after compinit.
${tables(specs)}
_signalbox_described=(
${describedVerbs(specs)
  .map(([name, summary]) => `  ${quoted(`${name}:${summary.replace(/:/g, '\\:')}`)}`)
  .join('\n')}
)
_signalbox_offer() {
  local kind=$1 line
  local -a found
  case $kind in
    tasks:*)
      for line in "\${(@f)$("$words[1]" __complete tasks "\${kind#tasks:}" --workspace "$workspace" 2>/dev/null)}"; do
        [[ -n $line ]] && found+=("\${line%%$'\\t'*}:\${line#*$'\\t'}")
      done
      # Of a list with commas the last one is completed.
      compset -P '*,'
      _describe -V task found ;;
    agents)
      found=("\${(@f)$("$words[1]" __complete agents any --workspace "$workspace" 2>/dev/null)}")
      compadd -- $found ;;
    words:*) compadd -- \${=kind#words:} ;;
    files) _files ;;
    dirs) _files -/ ;;
  esac
}
_signalbox() {
  local verb='' skip='' workspace='' word
  local -i count=0 i
  for ((i = 2; i < CURRENT; i++)); do
    word=$words[i]
    if [[ -n $skip ]]; then
      [[ $skip == --workspace ]] && workspace=$word
      skip=''
    elif [[ -z $verb ]]; then
      verb=$word
    elif [[ $verb != *' '* && -n $(_signalbox_second "$verb") ]]; then
      verb+=" $word"
    elif [[ $word == -* ]]; then
      [[ -n $(_signalbox_value "$verb" "$word") ]] && skip=$word
    else
      ((count++))
    fi
  done
  if [[ -z $verb || $verb == help ]]; then
    _describe verb _signalbox_described
  elif [[ $verb != *' '* && -n $(_signalbox_second "$verb") ]]; then
    compadd -- \${=$(_signalbox_second "$verb")}
  elif [[ -n $skip ]]; then
    _signalbox_offer "$(_signalbox_value "$verb" "$skip")"
  elif [[ $words[CURRENT] == -* ]]; then
    compadd -- \${=$(_signalbox_options "$verb")} \${=_signalbox_common}
  else
    _signalbox_offer "$(_signalbox_argument "$verb $count")"
  fi
}
# Sourced it registers itself; from a folder of fpath the shell has done so.
if [[ $funcstack[1] == _signalbox ]]; then _signalbox "$@"; else compdef _signalbox signalbox; fi
`;
}

/** The same for both shells: which words there are, and which kind of word comes where. */
function tables(specs: readonly VerbSpec[]): string {
  const seconds = new Map<string, string[]>();
  for (const { name } of specs) {
    const [first = '', second] = name.split(' ');
    if (second !== undefined) seconds.set(first, [...(seconds.get(first) ?? []), second]);
  }
  const options = specs.map(
    (verb) => [verb.name, verb.options.map(({ name }) => name).join(' ')] as const,
  );
  const values = specs.flatMap(({ name, options: own }) => valuesOf(name, own));
  const common = commonSpecs();
  const positionals = specs.flatMap((verb) =>
    verb.positionals.map((kind, n): Entry => [`${verb.name} ${n}`, kind]),
  );
  return [
    `_signalbox_verbs=${quoted([...new Set(specs.map(firstWord))].join(' '))}`,
    lookUp(
      '_signalbox_second',
      '$1',
      [...seconds].map(([name, all]) => [name, all.join(' ')]),
    ),
    `_signalbox_common=${quoted(common.map(({ name }) => name).join(' '))}`,
    lookUp('_signalbox_options', '$1', options),
    lookUp('_signalbox_value', '$1 $2', [...values, ...valuesOf('*', common)]),
    lookUp('_signalbox_argument', '$1', positionals),
  ].join('\n');
}

/** The kinds of values that options take; `verb` `*` means every verb. */
function valuesOf(verb: string, options: readonly OptionKind[]): readonly Entry[] {
  return options.flatMap(({ name, kind }): Entry[] =>
    kind === null ? [] : [[`${verb} ${name}`, kind]],
  );
}

type Entry = readonly [word: string, says: Kind];

function firstWord({ name }: VerbSpec): string {
  return name.split(' ')[0] ?? name;
}

/** The verbs by their first words, each with what it does. */
function describedVerbs(specs: readonly VerbSpec[]): readonly Entry[] {
  const described = new Map<string, string>();
  for (const spec of specs) {
    const isGroup = spec.name.includes(' ');
    const before = described.get(firstWord(spec));
    const second = spec.name.split(' ')[1] ?? '';
    described.set(
      firstWord(spec),
      isGroup ? (before === undefined ? second : `${before}, ${second}`) : spec.summary,
    );
  }
  return [...described];
}

/** A function of the shell that prints what belongs to a word, and nothing for any other. */
function lookUp(name: string, word: string, entries: readonly Entry[]): string {
  const words = new Map<string, string[]>();
  for (const [each, says] of entries) words.set(says, [...(words.get(says) ?? []), each]);
  const cases = [...words].map(
    ([says, all]) => `    ${all.map(pattern).join('|')}) echo ${quoted(says)} ;;`,
  );
  return [`${name}() {`, `  case "${word}" in`, ...cases, '  esac', '}'].join('\n');
}

function pattern(word: string): string {
  return word.startsWith('* ') ? `*${quoted(word.slice(1))}` : quoted(word);
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
