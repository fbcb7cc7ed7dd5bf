import { readdir } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { findTree, isQuiet } from '../../../extension/runner/processTree.ts';
import type { ProcessIdentity } from '../../../extension/runner/program.ts';
import { buildAgent } from '../../support/acpAgent/running.ts';

let scripted: Awaited<ReturnType<typeof buildAgent>>;
beforeAll(async () => {
  scripted = await buildAgent();
});
afterEach(() => scripted.endAll());
afterAll(() => scripted.dispose());

/** Longer than any test: a step that passes in this time passed because it worked. */
const patient = { askMs: 100_000, terminateMs: 100_000 };

/** Living processes of the agent; its supervisor is not among them. */
function agentsOf(identity: ProcessIdentity): number[] {
  return findTree(identity)
    .map(({ pid }) => pid)
    .filter((pid) => pid !== identity.pid);
}

describe('a turn of an agent', () => {
  test('what it says, uses, plans and thinks arrives in order, and its last lines are the result', async () => {
    const { prepared, events } = await scripted.run([
      'think Where to begin',
      'say Looking at it.',
      'tool read pending Read story/outline.md',
      'update read in_progress',
      'update read in_progress',
      'update read completed',
      'plan Reading Writing',
      'tool edit in_progress Edit story/scene.md',
      'update edit failed',
      'usage 1200 200000',
      'say Narrated it.',
    ]);
    expect(await prepared.ended).toEqual({ outcome: 'completed', result: 'Narrated it.' });
    const read = { type: 'tool_use', toolId: 'read', title: 'Read story/outline.md' };
    const edit = { type: 'tool_use', toolId: 'edit', title: 'Edit story/scene.md' };
    expect(events).toEqual([
      { type: 'progress', message: 'Thinking' },
      { type: 'chunk', text: 'Looking ' },
      { type: 'chunk', text: 'at ' },
      { type: 'chunk', text: 'it.' },
      { ...read, status: 'pending', detail: '/place/read' },
      { ...read, status: 'running', detail: '/place/read' },
      { ...read, status: 'done', detail: '/place/read' },
      { type: 'progress', percent: 50, message: '2/2 Writing' },
      { ...edit, status: 'running', detail: '/place/edit' },
      { ...edit, status: 'failed', detail: 'It did not work' },
      { type: 'chunk', text: '\nNarrated ' },
      { type: 'chunk', text: 'it.' },
      { type: 'progress', message: '1200 of 200000 tokens used, 0.12 USD so far' },
    ]);
    expect(await isQuiet(prepared.process)).toBe(true);
  });

  test('the prompt is data: nothing in it reaches a shell or the command line', async () => {
    const { prepared, said } = await scripted.run(['$(touch harmed)', '; touch harmed', '`id`']);
    expect(await prepared.ended).toMatchObject({ outcome: 'completed' });
    expect(said()).toContain('[$(touch harmed)]');
    expect(await readdir(scripted.workspaceDir)).not.toContain('harmed');
  });

  test('it is told which attempt it is, and gets what its own command sets', async () => {
    const { prepared, said } = await scripted.run(
      ['env SIGNALBOX_TASK', 'env SIGNALBOX_COOKIE', 'env OWN', 'env VSCODE_PID'],
      { agent: { env: { OWN: 'yes' } } },
    );
    await prepared.ended;
    expect(said()).toContain('SIGNALBOX_TASK=7');
    expect(said()).toContain(`SIGNALBOX_COOKIE=${prepared.process.cookie}`);
    expect(said()).toContain('OWN=yes');
  });

  test.each([
    ['max_tokens', 'MAX_TOKENS'],
    ['max_turn_requests', 'MAX_TURNS'],
    ['refusal', 'REFUSED'],
    ['cancelled', 'AGENT_CANCELLED'],
    ['because', 'PROTOCOL_ERROR'],
  ])('a turn that stops by %s fails as %s', async (reason, errorClass) => {
    const { prepared } = await scripted.run([`stop ${reason}`]);
    expect(await prepared.ended).toMatchObject({ outcome: 'failed', errorClass });
  });

  test('an error that it reports is quoted, and its complaints are kept with what it said', async () => {
    const { prepared, said } = await scripted.run(['stderr thinking…', 'fail No quota left']);
    expect(await prepared.ended).toEqual({
      outcome: 'failed',
      errorClass: 'AGENT_ERROR',
      message: expect.stringContaining('No quota left'),
    });
    expect(said('stderr')).toContain('thinking…');
  });

  test('an agent that works well is not heard complaining', async () => {
    const { prepared, said } = await scripted.run(['stderr debug', 'say done']);
    expect(await prepared.ended).toEqual({ outcome: 'completed', result: 'done' });
    expect(said('stderr')).toBe('');
  });

  test('methods that the client said it lacks are refused, and the turn goes on', async () => {
    const { prepared, said } = await scripted.run([
      'call fs/read_text_file',
      'call terminal/create',
      'call no/such/method',
      'say still here',
    ]);
    expect(await prepared.ended).toMatchObject({ outcome: 'completed' });
    expect(said().match(/error -32601/g)).toHaveLength(3);
  });

  test('an agent that stays when its turn and its input are over is ended', async () => {
    const { prepared, said } = await scripted.run(['child', 'say done'], {
      args: ['--stubborn'],
      deadlines: { leaveMs: 100 },
    });
    expect(await prepared.ended).toMatchObject({ outcome: 'completed' });
    expect(said()).toContain('child');
    expect(await isQuiet(prepared.process)).toBe(true);
  });
});

describe('a person who is asked', () => {
  test.each(['yes', 'no'])('answers %s, and the agent goes on with that', async (optionId) => {
    const { prepared, said, question } = await scripted.run(['ask rm -rf build', 'say !']);
    const asked = await question();
    expect(asked.question).toEqual({
      questionId: 'permission-1',
      title: 'rm -rf build',
      detail: 'run rm -rf build',
      options: [
        { optionId: 'yes', label: 'Allow', kind: 'allow_once' },
        { optionId: 'no', label: 'Reject', kind: 'reject_once' },
      ],
    });
    asked.answer({ outcome: 'selected', optionId });
    expect(await prepared.ended).toMatchObject({ outcome: 'completed' });
    expect(said()).toContain(`answer ${optionId}`);
  });

  test('an answer that was not offered counts as cancelled', async () => {
    const { prepared, said, question } = await scripted.run(['ask it']);
    (await question()).answer({ outcome: 'selected', optionId: 'always' });
    await prepared.ended;
    expect(said()).toContain('answer cancelled');
  });

  test('a stop answers the open question with cancelled and withdraws it', async () => {
    const { prepared, said, question } = await scripted.run(['ask it', 'hang']);
    const { withdrawn } = await question();
    expect(await prepared.stop(patient)).toEqual({ quiet: true, by: 'ask' });
    expect(withdrawn.aborted).toBe(true);
    expect(said()).toContain('answer cancelled');
    expect(await prepared.ended).toEqual({ outcome: 'stopped' });
  });

  test('a question of an agent that ended is withdrawn', async () => {
    const { prepared, question } = await scripted.run(['ask it']);
    const { withdrawn } = await question();
    const [agent] = agentsOf(prepared.process);
    process.kill(agent!, 'SIGKILL');
    expect(await prepared.ended).toMatchObject({ errorClass: 'AGENT_EXITED' });
    expect(withdrawn.aborted).toBe(true);
  });
});

describe('stopping an agent', () => {
  test('one that hangs is cancelled, ends its turn, and what it used is marked as stopped', async () => {
    const { prepared, events, saying } = await scripted.run([
      'tool build in_progress Build it',
      'say ready',
      'hang',
    ]);
    await saying('ready');
    expect(await prepared.stop(patient)).toEqual({ quiet: true, by: 'ask' });
    expect(await prepared.ended).toEqual({ outcome: 'stopped' });
    expect(events.at(-1)).toMatchObject({ toolId: 'build', status: 'failed' });
    expect(await isQuiet(prepared.process)).toBe(true);
  });

  test('one that ends its turn late is waited for, and its last words are kept', async () => {
    const { prepared, saying } = await scripted.run(['say ready', 'hang'], {
      args: ['--late-cancel', '500'],
    });
    await saying('ready');
    const startedAt = performance.now();
    expect(await prepared.stop(patient)).toMatchObject({ quiet: true, by: 'ask' });
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(500);
  });

  test('one that says it finished when it was cancelled was stopped all the same', async () => {
    const { prepared, saying } = await scripted.run(['say ready', 'hang'], {
      args: ['--deny-cancel'],
    });
    await saying('ready');
    await prepared.stop(patient);
    expect(await prepared.ended).toEqual({ outcome: 'stopped' });
  });

  test('one that ignores the cancel is terminated at its deadline', async () => {
    const { prepared, saying } = await scripted.run(['say ready', 'hang'], {
      args: ['--late-cancel', 'never'],
    });
    await saying('ready');
    const report = await prepared.stop({ askMs: 300, terminateMs: 100_000 });
    expect(report).toEqual({ quiet: true, by: 'terminate' });
    expect(await prepared.ended).toEqual({ outcome: 'stopped' });
  });

  test('one that ignores everything, and its children, are killed', async () => {
    const { prepared, saying } = await scripted.run(['child', 'say ready', 'hang'], {
      args: ['--late-cancel', 'never', '--stubborn'],
    });
    await saying('ready');
    expect(agentsOf(prepared.process).length).toBeGreaterThanOrEqual(2);
    const report = await prepared.stop({ askMs: 200, terminateMs: 200 });
    expect(report).toEqual({ quiet: true, by: 'kill' });
    expect(await prepared.ended).toEqual({ outcome: 'stopped' });
    expect(agentsOf(prepared.process)).toEqual([]);
  });

  test('a more impatient stop moves the deadlines of a patient one forward', async () => {
    const { prepared, saying } = await scripted.run(['say ready', 'hang'], {
      args: ['--late-cancel', 'never', '--stubborn'],
    });
    await saying('ready');
    const first = prepared.stop(patient);
    expect(await prepared.stop({ askMs: 0, terminateMs: 0 })).toEqual({ quiet: true, by: 'kill' });
    expect(await first).toEqual({ quiet: true, by: 'kill' });
  });

  test('before it began, it never starts', async () => {
    const { prepared, events } = await scripted.prepare(['say started']);
    expect(await prepared.stop(patient)).toMatchObject({ quiet: true });
    prepared.begin();
    expect(await prepared.ended).toEqual({ outcome: 'stopped' });
    expect(events).toEqual([]);
  });

  test('while it still starts, nothing is waited for', async () => {
    const { prepared, events } = await scripted.run(['say started'], {
      args: ['--slow-start', '100000'],
    });
    expect(await prepared.stop(patient)).toMatchObject({ quiet: true });
    expect(await prepared.ended).toEqual({ outcome: 'stopped' });
    expect(events).toEqual([]);
  });

  test('after it ended, it says so', async () => {
    const { prepared } = await scripted.run(['say done']);
    await prepared.ended;
    expect(await prepared.stop(patient)).toEqual({ quiet: true, by: 'already-ended' });
    expect(await prepared.ended).toMatchObject({ outcome: 'completed' });
  });
});

describe('how an agent starts', () => {
  test('a slow one is waited for', async () => {
    const { prepared } = await scripted.run(['say here'], { args: ['--slow-start', '1500'] });
    expect(await prepared.ended).toEqual({ outcome: 'completed', result: 'here' });
  });

  test('a silent one fails at its deadline with what it said instead', async () => {
    const argv = ['sh', '-c', 'echo Press any key; exec sleep 300'];
    const { prepared } = await scripted.run(['say here'], {
      agent: { argv },
      deadlines: { startMs: 6_000, leaveMs: 0 },
    });
    expect(await prepared.ended).toEqual({
      outcome: 'failed',
      errorClass: 'AGENT_SILENT',
      message: expect.stringMatching(/initialize within 6 seconds.*Press any key/),
    });
    expect(await isQuiet(prepared.process)).toBe(true);
  });

  test('an agent may bring a longer deadline of its own', async () => {
    const { prepared } = await scripted.run(['say here'], {
      args: ['--slow-start', '500'],
      agent: { startMs: 60_000 },
      deadlines: { startMs: 1 },
    });
    expect(await prepared.ended).toMatchObject({ outcome: 'completed' });
  });

  test('one that is not logged in fails with what to do', async () => {
    const { prepared } = await scripted.run(['say here'], { args: ['--no-login'] });
    expect(await prepared.ended).toEqual({
      outcome: 'failed',
      errorClass: 'AUTH_REQUIRED',
      message: expect.stringMatching(/Scripted is not logged in.*Set SCRIPTED_KEY/),
    });
    const known = await scripted.run(['say here'], {
      args: ['--no-login'],
      agent: { login: 'Run `scripted login`.' },
    });
    expect(await known.prepared.ended).toHaveProperty(
      'message',
      expect.stringContaining('Run `scripted login`.'),
    );
  });

  test('one of another version of the protocol is refused with both', async () => {
    const { prepared } = await scripted.run(['say here'], { args: ['--protocol', '2'] });
    expect(await prepared.ended).toMatchObject({ errorClass: 'PROTOCOL_VERSION' });
  });

  test('one that opens a session without an id is refused', async () => {
    const { prepared } = await scripted.run(['say here'], { args: ['--no-session-id'] });
    expect(await prepared.ended).toMatchObject({ errorClass: 'PROTOCOL_ERROR' });
  });
});

describe('going on where an attempt was stopped', () => {
  test('an agent that keeps sessions leaves a checkpoint, and continues its session from it', async () => {
    const args = ['--sessions', scripted.workspaceDir];
    const first = await scripted.run(['say once', 'hang'], { args });
    await first.saying('once');
    await first.prepared.stop(patient);
    expect(first.checkpoints).toEqual([{ agent: 'Scripted', sessionId: expect.any(String) }]);

    const [checkpoint] = first.checkpoints;
    const second = await scripted.run(['say again'], { args, request: { checkpoint } });
    expect(await second.prepared.ended).toMatchObject({ outcome: 'completed' });
    expect(second.said()).toMatch(/again$/);
    expect(second.said()).toContain('Continue where you left off');
    // What the agent repeats of the session was written down the first time.
    expect(second.said()).not.toContain('said long ago');
    expect(second.checkpoints).toEqual([]);
  });

  test.each([
    ['that the agent forgot', { agent: 'Scripted', sessionId: 'forgotten' }],
    ['of another agent', { agent: 'Other', sessionId: 'forgotten' }],
    ['that is none', ['nonsense']],
  ])('a session %s is begun anew', async (_, checkpoint) => {
    const args = ['--sessions', scripted.workspaceDir];
    const { prepared, checkpoints } = await scripted.run(['say anew'], {
      args,
      request: { checkpoint },
    });
    expect(await prepared.ended).toEqual({ outcome: 'completed', result: 'anew' });
    expect(checkpoints).toHaveLength(1);
  });

  test('an agent that keeps no sessions leaves no checkpoint', async () => {
    const checkpoint = { agent: 'Scripted', sessionId: 'x' };
    const { prepared, checkpoints } = await scripted.run(['say new'], {
      request: { checkpoint },
    });
    expect(await prepared.ended).toEqual({ outcome: 'completed', result: 'new' });
    expect(checkpoints).toEqual([]);
  });
});
