import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { isQuiet } from '../../../extension/runner/processTree.ts';
import { buildAgent } from '../../support/acpAgent/running.ts';

let scripted: Awaited<ReturnType<typeof buildAgent>>;
beforeAll(async () => {
  scripted = await buildAgent();
});
afterEach(() => scripted.endAll());
afterAll(() => scripted.dispose());

describe('an agent that goes wrong', () => {
  test('one that exits in the middle of its turn fails with its last complaint', async () => {
    const { prepared, said } = await scripted.run(['say hm', 'stderr out of memory', 'exit 3']);
    expect(await prepared.ended).toEqual({
      outcome: 'failed',
      errorClass: 'AGENT_EXITED',
      message: expect.stringMatching(/exit code 3.*out of memory/),
    });
    expect(said('stderr')).toBe('out of memory\n');
  });

  test('one that exits early has not completed, even with exit code 0', async () => {
    const { prepared } = await scripted.run(['exit 0']);
    expect(await prepared.ended).toMatchObject({ outcome: 'failed', errorClass: 'AGENT_EXITED' });
  });

  test('one that crashes is told by its signal', async () => {
    const { prepared } = await scripted.run(['crash']);
    expect(await prepared.ended).toMatchObject({
      errorClass: 'AGENT_EXITED',
      message: expect.stringContaining('SIGSEGV'),
    });
  });

  test('a command that is no agent and prints what it likes is quoted', async () => {
    const argv = [process.execPath, '-e', 'console.log("usage: agent [options]")'];
    const { prepared } = await scripted.run([], { agent: { argv } });
    expect(await prepared.ended).toMatchObject({
      errorClass: 'AGENT_EXITED',
      message: expect.stringContaining('usage: agent [options]'),
    });
  });

  test('a command that is not there is named with its agent', async () => {
    const { prepared } = await scripted.run([], { agent: { argv: ['no-such-agent-anywhere'] } });
    expect(await prepared.ended).toEqual({
      outcome: 'failed',
      errorClass: 'PROGRAM_NOT_FOUND',
      message: expect.stringMatching(/no-such-agent-anywhere.*Scripted/),
    });
  });

  test('lines that are no messages are left out', async () => {
    const { prepared, said } = await scripted.run(
      [
        'garbage Welcome!',
        'garbage {"half": ',
        'garbage {"jsonrpc":"2.0","id":99,"result":{}}',
        'garbage {"jsonrpc":"2.0","method":"no/such","params":7}',
        'garbage [1,2]',
        'garbage null',
        'garbage {"jsonrpc":"2.0","method":"session/update","params":{"update":{"sessionUpdate":"new"}}}',
        'say fine',
      ],
      { args: ['--greet', 'Agent v1.0'] },
    );
    expect(await prepared.ended).toEqual({ outcome: 'completed', result: 'fine' });
    expect(said()).toBe('fine');
  });

  test('a line without end stops it before memory runs out', async () => {
    const { prepared } = await scripted.run(['line 200'], { deadlines: { leaveMs: 100 } });
    const before = process.memoryUsage().rss;
    expect(await prepared.ended).toMatchObject({
      outcome: 'failed',
      errorClass: 'PROTOCOL_ERROR',
      message: expect.stringContaining('a line of more than'),
    });
    expect(process.memoryUsage().rss - before).toBeLessThan(150 * 1_024 * 1_024);
  });

  test('a flood is read no faster than it is taken in, and arrives complete', async () => {
    let emitted = 0;
    let most = 0;
    let askedEarly = 0;
    const { prepared, said } = await scripted.run(['flood 3', 'say over'], {
      onEmit: () => emitted++,
      drained: async () => {
        if (emitted === 0) askedEarly++;
        await new Promise((resolve) => setTimeout(resolve, 1));
        most = Math.max(most, emitted);
        emitted = 0;
      },
    });
    expect(await prepared.ended).toMatchObject({ outcome: 'completed' });
    expect(most).toBe(1);
    // Three answers make no event: to initialize, to session/new, to the prompt.
    expect(askedEarly).toBe(3);
    expect(said().replace(/x/g, '')).toBe('over');
    expect(said().length).toBe(3 * 1_024 * 1_024 + 4);
  });

  test('a flood can be stopped', async () => {
    const { prepared, saying } = await scripted.run(['say ready', 'flood 100000']);
    await saying('xxxx');
    expect(await prepared.stop({ askMs: 500, terminateMs: 100_000 })).toMatchObject({
      quiet: true,
    });
    expect(await prepared.ended).toEqual({ outcome: 'stopped' });
  });

  test('one that closes its output is ended, and said to have done so', async () => {
    const { prepared } = await scripted.run(['close'], {
      args: ['--stubborn'],
      deadlines: { exitMs: 100 },
    });
    expect(await prepared.ended).toMatchObject({
      errorClass: 'PROTOCOL_ERROR',
      message: expect.stringContaining('closed its output'),
    });
    expect(await isQuiet(prepared.process)).toBe(true);
  });
});
