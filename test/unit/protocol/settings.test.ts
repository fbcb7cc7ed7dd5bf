/** What people may write into the files of settings, and what holds where they wrote nonsense. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { defaultRules } from '../../../extension/core/rules.ts';
import { parseJsonc } from '../../../extension/protocol/jsonc.ts';
import type { SettingsTexts } from '../../../extension/protocol/settings.ts';
import { parseSettings, settingsFileNames } from '../../../extension/protocol/settings.ts';

function config(value: unknown) {
  return parseSettings({ 'config.json': JSON.stringify(value) });
}

describe('settings', () => {
  test('without any file are the defaults', () => {
    const settings = parseSettings({});
    expect(settings.rules).toEqual(defaultRules);
    expect(settings.interrupt).toEqual({ askMs: 2_000, terminateMs: 3_000 });
    expect(settings.monitorIntervalMs).toBe(60_000);
    expect(settings.healIntervalMs).toBe(300_000);
    expect(settings.maxStaleMs).toBe(7_200_000);
    expect(settings.problems).toEqual([]);
    expect([...settings.kinds.values()].map(({ working, ready }) => [working, ready])).toEqual([
      ['AI: Working', 'AI: Ready'],
      ['SD Prompt: Working', 'SD Prompt: Ready'],
      ['SD: Generating', 'SD: Ready'],
    ]);
  });

  test('are in docs/settings.md as they are without any file', () => {
    const page = readFileSync('docs/settings.md', 'utf8');
    const texts = [...page.matchAll(/## `[^`]*\/([\w.]+)`\n\n```jsonc\n([^]*?)\n```/g)];
    const files: SettingsTexts = Object.fromEntries(
      texts.map(([, file, text]) => [file, text] as const),
    );
    expect(Object.keys(files).sort()).toEqual([...settingsFileNames].sort());
    expect(parseSettings(files)).toEqual(parseSettings({}));
  });

  test('of config.json count in their own units', () => {
    const { rules, interrupt, maxStaleMs, problems } = config({
      aging_minutes: 5,
      preempt: false,
      lock_timeout_seconds: 60,
      agents_strict: true,
      interrupt: { ask_ms: 0, terminate_ms: 10 },
      max_stale_seconds: 1,
    });
    expect(rules).toMatchObject({ agingMs: 300_000, preempt: false, lockTimeoutMs: 60_000 });
    expect(rules.agentsStrict).toBe(true);
    expect(interrupt).toEqual({ askMs: 0, terminateMs: 10 });
    expect(maxStaleMs).toBe(1_000);
    expect(problems).toEqual([]);
  });

  test('bound the waiting tasks by one number, or by one for all and one for a session', () => {
    expect(config({ max_waiting: 9 }).rules).toMatchObject({
      maxWaiting: 9,
      maxWaitingPerSession: 200,
    });
    expect(config({ max_waiting: { session: 3 } }).rules).toMatchObject({
      maxWaiting: 50_000,
      maxWaitingPerSession: 3,
    });
    expect(config({ max_waiting: { total: 'all' } }).problems).toEqual([
      { file: 'config.json', path: 'max_waiting.total', message: expect.any(String) },
    ]);
  });

  test('give a kind its own label and words', () => {
    const { kinds } = config({
      kinds: {
        sd: { working: 'Painting' },
        music: { label: 'Score' },
        tests: { label: 'Tests', working: 'Tests: Running', ready: 'Tests: Idle' },
      },
    });
    expect(kinds.get('sd')?.working).toBe('SD: Painting');
    expect(kinds.get('sd')?.ready).toBe('SD: Ready');
    expect(kinds.get('music')?.error).toBe('Score: Error');
    expect(kinds.get('tests')?.working).toBe('Tests: Running');
  });

  test('of retry_config.json may have comments and commas at the end', () => {
    const { rules, problems } = parseSettings({
      'retry_config.json': `{
        // three is not enough: "https://example.org" is slow
        "max_retries": 5, /* and
        more */ "retry_delay_seconds": 0.5,
        "permanent_errors": ["AUTH", "NO // comment",],
      }`,
    });
    expect(problems).toEqual([]);
    expect(rules.retry).toMatchObject({
      maxRetries: 5,
      retryDelayMs: 500,
      permanentErrors: ['AUTH', 'NO // comment'],
      backoffMultiplier: 2,
      maxDelayMs: null,
    });
  });

  test.each([
    ['max_retries', -1],
    ['max_retries', 2.5],
    ['max_retries', '3'],
    ['max_retries', null],
    ['retry_delay_seconds', -5],
    ['retry_delay_seconds', 1e300],
    ['backoff_multiplier', 0],
    ['jitter', 2],
    ['max_delay_seconds', 'none'],
    ['timeout_seconds', 0],
    ['poison_pill_threshold', 0],
    ['auto_reassign', 1],
    ['permanent_errors', 'AUTH'],
    ['permanent_errors', [7]],
    ['lease_seconds', {}],
  ])('keep their default where retry_config.json says %s %j, and say so', (path, value) => {
    const { rules, problems } = parseSettings({
      'retry_config.json': JSON.stringify({ [path]: value, heartbeat_seconds: 7 }),
    });
    expect(rules.retry).toEqual({ ...defaultRules.retry, heartbeatMs: 7_000 });
    expect(problems).toEqual([
      {
        file: 'retry_config.json',
        path,
        message: expect.stringContaining('the default holds'),
      },
    ]);
  });

  test('of agents.json take the place of the default agents', () => {
    const { rules, problems } = parseSettings({
      'agents.json': JSON.stringify({
        agents: { Gemini: { capabilities: ['technical'], capacity: 3 }, Other: {} },
      }),
    });
    expect(problems).toEqual([]);
    expect([...rules.agents]).toEqual([
      ['Gemini', { capabilities: ['technical'], capacity: 3 }],
      ['Other', { capabilities: ['any'], capacity: null }],
    ]);
  });

  test('leave out agents and kinds with names that are none', () => {
    const { rules, problems } = parseSettings({
      'agents.json': '{"agents": {"../x": {}, "__proto__": {"capacity": 9}, "Good": {}}}',
      'config.json': '{"kinds": {"a b": {}, "__proto__": {"label": "x"}}}',
    });
    expect([...rules.agents.keys()]).toEqual(['Good']);
    expect(problems.map(({ path }) => path)).toEqual([
      'agents.../x',
      'agents.__proto__',
      'kinds.a b',
      'kinds.__proto__',
    ]);
  });

  test.each(['', 'hello', '{"preempt": false', '[]', 'null', '7'])(
    'of a file with %j in it are all defaults, and a problem',
    (text) => {
      const { rules, problems } = parseSettings({ 'config.json': text });
      expect(rules).toEqual(defaultRules);
      expect(problems).toMatchObject([{ file: 'config.json', path: '' }]);
    },
  );
});

describe('JSON with comments', () => {
  test.each([
    ['{"a": "// no comment", "b": "/* none */"}', { a: '// no comment', b: '/* none */' }],
    ['[1, 2, // end\n]', [1, 2]],
    ['{"a": [1,], /* x */ }', { a: [1] }],
    ['{"a": "quote \\" // still text"} // done', { a: 'quote " // still text' }],
    ['{"a": ",]"}', { a: ',]' }],
    ['\uFEFF{}', {}],
  ])('%s is read', (text, value) => {
    expect(parseJsonc(text)).toEqual(value);
  });

  test.each(['{"a": 1 "b": 2}', '[,]', '{,}', '/* open', '{"a": "// open}'])(
    '%s is refused',
    (text) => {
      expect(() => parseJsonc(text)).toThrow(SyntaxError);
    },
  );
});
