/**
 * What a newcomer is told about each verb beyond its own words: what it is for, an example, and
 * what its exit codes mean.
 *
 * Loaded for help alone, so that verbs stay small. Usage and options stand in the verbs.
 */

export interface Guide {
  readonly examples: readonly string[];
  /** What exit 0 means where that is not plain, and each other code that only this verb gives. */
  readonly exits?: Readonly<Record<number, string>>;
}

/** Verbs by what a person wants to do, in the order of the help; verbs of two words by the first. */
export const groups: Readonly<Record<string, readonly string[]>> = {
  Start: ['init', 'add', 'import', 'export'],
  'Work as an agent': [
    ...['next', 'claim', 'heartbeat', 'progress', 'checkpoint', 'guard'],
    ...['complete', 'fail', 'release'],
  ],
  Look: [
    ...['status', 'list', 'show', 'dashboard', 'workload', 'dependencies', 'pipeline', 'stats'],
    ...['wait', 'watch', 'output', 'report'],
  ],
  'Arrange the queue': [
    ...['edit', 'prioritize', 'move', 'assign', 'balance', 'cancel', 'clear', 'session'],
  ],
  'Run programs in the lane': ['run', 'approve', 'approvals', 'interrupt', 'pause', 'resume'],
  Recover: ['retry', 'recovery', 'health', 'heal', 'monitor', 'lock'],
  Audit: ['audit'],
  Administer: ['agent', 'store', 'menu', 'completion', 'mcp'],
};

const identity = 'already-claimed, stale-token or identity-needed: the task is not yours (now)';
const unknown = 'unknown-task';

export const guides: Readonly<Record<string, Guide>> = {
  init: { examples: ['init', 'init --scripts --agents-md'] },
  add: {
    examples: [
      'add "Fix the date test" --type technical --priority HIGH',
      'add "Publish" --depends 3,4 --description - <prompt.md',
      'add "Tests" --program "shell:npm test" --accept "npm run lint"',
    ],
    exits: { 3: 'queue-full, cycle, duplicate or unknown-task; nothing was added' },
  },
  import: { examples: ['import tasks.json'], exits: { 3: 'invalid-file; nothing was changed' } },
  export: { examples: ['export tasks.json'] },
  list: { examples: ['list --ready', 'list --status in_progress --json'] },
  show: { examples: ['show 7', 'show 7 --json'], exits: { 3: unknown } },
  stats: { examples: ['stats'] },
  status: { examples: ['status', 'status --json'] },
  wait: {
    examples: ['wait 7 --timeout 600 && echo done'],
    exits: { 0: 'completed', 3: 'any other outcome, which is the reason', 4: 'timed out' },
  },
  output: { examples: ['output 7 --follow'], exits: { 3: unknown } },
  dependencies: { examples: ['dependencies 7'], exits: { 3: unknown } },
  pipeline: { examples: ['pipeline', 'pipeline 7'], exits: { 3: unknown } },
  workload: { examples: ['workload'] },
  dashboard: { examples: ['dashboard', 'dashboard --once', 'dashboard --web --port 7070'] },
  monitor: { examples: ['monitor', 'monitor --interval 10 --json'] },
  report: { examples: ['report', 'report status.md'] },
  menu: { examples: ['menu'], exits: { 2: 'usage, or there is no terminal' } },
  completion: { examples: ['source <(signalbox completion bash)'] },
  edit: {
    examples: ['edit 7 --title "A better title" --depends 3'],
    exits: { 3: 'unknown-task, cycle, or the task is past editing' },
  },
  prioritize: { examples: ['prioritize 7 CRITICAL'], exits: { 3: unknown } },
  move: { examples: ['move 7 --first', 'move 7 --before 3'], exits: { 3: unknown } },
  next: {
    examples: ['next Copilot HIGH', 'next Copilot --claim --json', 'next Copilot --why'],
    exits: { 3: 'paused', 4: 'there is no task for this agent; nothing is printed' },
  },
  claim: {
    examples: ['claim 7 Claude --json'],
    exits: {
      3: 'already-claimed, dependencies-open, not-due, poisoned, lane-task, paused or unknown-task',
    },
  },
  assign: {
    examples: ['assign 7', 'assign 7 Copilot'],
    exits: { 3: 'not-capable, already-claimed, dependencies-open or unknown-task' },
  },
  balance: { examples: ['balance'] },
  heartbeat: { examples: ['heartbeat 7 --token 41'], exits: { 3: identity } },
  progress: { examples: ['progress 7 40 "Tests are written"'], exits: { 3: identity } },
  checkpoint: {
    examples: ['checkpoint 7 --data \'{"page": 12}\''],
    exits: { 3: identity },
  },
  guard: {
    examples: ['guard 7 --token 41 && git push'],
    exits: { 0: 'the claim is held', 3: 'it is lost; do not write any more' },
  },
  complete: {
    examples: ['complete 7 "Fixed, with a test" --agent Claude', 'complete 7 --token 41'],
    exits: { 3: identity },
  },
  fail: {
    examples: ['fail 7 BUILD_ERROR "the linker found no libfoo" --agent Claude'],
    exits: { 3: identity },
  },
  release: { examples: ['release 7 "out of time" --agent Claude'], exits: { 3: identity } },
  cancel: { examples: ['cancel 7 "not wanted any more"'], exits: { 3: unknown } },
  retry: {
    examples: ['retry 7', 'retry 7 auto'],
    exits: { 3: 'poisoned (`recovery clear` first), not-capable or unknown-task' },
  },
  run: {
    examples: ['run', 'run --until-empty'],
    exits: { 3: 'lane-held by another process, or tasks stay that could not run' },
  },
  approve: {
    examples: ['approve 7'],
    exits: { 2: 'usage, or there is no terminal', 3: 'unknown-task, or asked by a program' },
  },
  'approvals list': { examples: ['approvals list'] },
  'approvals answer': {
    examples: ['approvals answer 41-1'],
    exits: { 2: 'usage, or there is no terminal', 3: 'the question is not open any more' },
  },
  pause: { examples: ['pause', 'pause --queue'] },
  resume: { examples: ['resume'] },
  interrupt: {
    examples: ['interrupt', 'interrupt --clear'],
    exits: { 0: 'it was asked to stop, or nothing was running' },
  },
  clear: { examples: ['clear --session story'] },
  'session focus': { examples: ['session focus story'] },
  watch: { examples: ['watch', 'watch --json | jq -r .event'] },
  health: {
    examples: ['health'],
    exits: { 0: 'no check fails', 3: 'a check fails', 5: 'the log has halted' },
  },
  heal: { examples: ['heal'] },
  'lock acquire': {
    examples: ['lock acquire 7 Copilot'],
    exits: { 3: 'already-claimed, after three tries' },
  },
  'lock release': { examples: ['lock release 7 COMPLETE'], exits: { 3: unknown } },
  'lock check': { examples: ['lock check 7'] },
  'lock list': { examples: ['lock list'] },
  'lock clean': { examples: ['lock clean'] },
  'audit log': { examples: ['audit log REVIEWED 7 Claude "Looks right"'] },
  'audit query': {
    examples: ['audit query recent 50', 'audit query task 7', 'audit query errors --json'],
  },
  'audit replay': { examples: ['audit replay 7', 'audit replay --until 2026-11-22T14:00:00Z'] },
  'audit export': { examples: ['audit export audit.json'] },
  'audit rotate': { examples: ['audit rotate'] },
  'audit verify': {
    examples: ['audit verify'],
    exits: { 0: 'every line stands in the chain', 5: 'damage, with the line that shows it' },
  },
  'recovery record': {
    examples: ['recovery record 7 Claude TIMEOUT "no answer"'],
    exits: { 3: identity },
  },
  'recovery retry': {
    examples: ['recovery retry 7 auto'],
    exits: { 3: 'poisoned or unknown-task' },
  },
  'recovery auto': { examples: ['recovery auto'] },
  'recovery list': { examples: ['recovery list'] },
  'recovery check': {
    examples: ['recovery check 7 && signalbox claim 7 Claude'],
    exits: { 0: 'it may be tried now', 3: 'not now; the message says when' },
  },
  'recovery clear': { examples: ['recovery clear 7'], exits: { 3: unknown } },
  'agent list': { examples: ['agent list'] },
  'agent add': { examples: ['agent add Gemini --capabilities technical,any --capacity 2'] },
  'agent remove': { examples: ['agent remove Gemini'] },
  'store status': { examples: ['store status'] },
  'store move': {
    examples: ['store move postgres://sam:secret@db.example/tasks', 'store move file:'],
    exits: { 3: 'the log is in another store already' },
  },
  'store recover': { examples: ['store recover'], exits: { 3: 'it was not confirmed' } },
  'store upgrade': { examples: ['store upgrade'] },
  mcp: { examples: ['mcp'] },
};
