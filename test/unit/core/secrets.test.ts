/** What counts as a secret in a text, and what must stay as it is. */
import { describe, expect, test } from 'vitest';
import { redact, redactDeep, secretKinds } from '../../../extension/core/secrets.ts';

/** Made here from parts, so that no scanner takes this file for a leak. */
const made = (prefix: string, length: number, alphabet = 'aB3dE5fG7hJ9kL') =>
  prefix + alphabet.repeat(Math.ceil(length / alphabet.length)).slice(0, length);
const jwt = [made('eyJ', 20), made('eyJ', 40), made('', 43)].join('.');
const pem = (kind: string) =>
  `-----BEGIN ${kind}KEY-----\nMIIEow\nIBAAKC\n-----END ${kind}KEY-----`;

const secrets: readonly (readonly [kind: string, secret: string])[] = [
  ['aws-key', made('AKIA', 16, 'ABCDEFGH234567')],
  ['aws-key', made('ASIA', 16, 'ABCDEFGH234567')],
  ['github-token', made('ghp_', 36)],
  ['github-token', made('gho_', 36)],
  ['github-token', made('ghs_', 40)],
  ['github-token', made('github_pat_', 82)],
  ['gitlab-token', made('glpat-', 20)],
  ['anthropic-key', made('sk-ant-api03-', 95)],
  ['openai-key', made('sk-', 48)],
  ['openai-key', made('sk-proj-', 60)],
  ['openrouter-key', made('sk-or-v1-', 64, '0123456789abcdef')],
  ['google-key', made('AIza', 35)],
  ['google-token', made('ya29.', 60)],
  ['google-token', made('GOCSPX-', 28)],
  ['slack-token', made('xoxb-123456789012-', 24)],
  ['slack-webhook', made('https://hooks.slack.com/services/T0/B0/', 24)],
  ['stripe-key', made('sk_live_', 24)],
  ['npm-token', made('npm_', 36)],
  ['pypi-token', made('pypi-AgEIcHlwaS5vcmc', 60)],
  ['huggingface-token', made('hf_', 34)],
  ['sendgrid-key', `${made('SG.', 22)}.${made('', 43)}`],
  ['vault-token', made('hvs.', 30)],
  ['jwt', jwt],
  ['private-key', pem('RSA PRIVATE ')],
  ['private-key', pem('PRIVATE ')],
  ['private-key', pem('OPENSSH PRIVATE ')],
  ['private-key', '-----BEGIN EC PRIVATE KEY-----\nMHcCAQ and no end'],
];

describe('a secret', () => {
  test.each(secrets)('of kind %s is replaced wherever it stands', (kind, secret) => {
    expect(redact(secret)).toBe(`[redacted:${kind}]`);
    expect(redact(`push failed: ${secret}\n`)).toContain(`push failed: [redacted:${kind}]`);
    expect(redact(`(${secret}`)).not.toContain(secret);
    expect(secretKinds(`a ${secret}`)).toEqual([kind]);
  });

  test.each([
    ['password=hunter22', 'password=[redacted:password]'],
    ['DB_PASSWORD=correcthorse', 'DB_PASSWORD=[redacted:password]'],
    ['{"password": "correct horse"}', '{"password": "[redacted:password]"}'],
    ["passwd: 'abcd'", "passwd: '[redacted:password]'"],
    ['the password: hunter22 was wrong', 'the password: [redacted:password] was wrong'],
    ['mysql --password s3cr3t -h db', 'mysql --password [redacted:password] -h db'],
    ['client_secret=0123456789abcdef', 'client_secret=[redacted:secret]'],
    ['SECRET_KEY = "django-insecure-1"', 'SECRET_KEY = "[redacted:secret]"'],
    ['api_key: a1b2c3d4e5f6g7', 'api_key: [redacted:api-key]'],
    ['?access_token=a1b2c3d4e5f6g7&x=1', '?access_token=[redacted:token]&x=1'],
    ['Authorization: Bearer a1b2c3d4e5', 'Authorization: Bearer [redacted:authorization]'],
    [
      '-H "authorization: Basic dXNlcjpwYXNz1"',
      '-H "authorization: Basic [redacted:authorization]"',
    ],
    ['curl -H "x: bearer a1b2c3d4e5a1b2c3d4e5"', 'curl -H "x: bearer [redacted:authorization]"'],
    ['postgres://app:s3cr3t@db:5432/x', 'postgres://app:[redacted:url-credentials]@db:5432/x'],
    [
      'https://x-access-token:abc@host/r.git',
      'https://x-access-token:[redacted:url-credentials]@host/r.git',
    ],
  ])('in a pair goes, and its name stays: %s', (text, expected) => {
    expect(redact(text)).toBe(expected);
  });

  test.each([
    'commit da39a3ee5e6b4b0d3255bfef95601890afd80709 broke it',
    'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    'id 550e8400-e29b-41d4-a716-446655440000',
    'aGVsbG8gd29ybGQ= is base64 of two words',
    'integrity sha512-9LkiTwjUh6rVyM1oJ6tUNQ8FAw3ENPD4DCCmPRA5K1dRFHm8vSmqaFmXJ2Zc5C2k3n5w==',
    'held under token 41, and --token 41 ends it; token=1234567890123',
    'the password is checked, and password: must be at least eight characters',
    'password=$PASSWORD and password=${DB_PASSWORD} and password=<yours> and password=****',
    'const password = readPassword(); token = tokens[0]; secret: process.env.SECRET',
    'if (password === other) token => token.kind',
    'PWD=/home/someone/project',
    'npm run sk-fading-circle-animation-delay-of-all-circles',
    'https://example.com:8080/a@b and ssh://git@host:22/x and user:pass@ alone',
    'see https://example.com/login?next=/token/key/secret',
    'Bearer internationalization-of-everything-is-hard',
    'Authorization: required here',
    'keyboard: qwerty, monkey: yes, tokens: 1000, keys=3',
    'eyJhbGciOiJub25lIn0 alone is no token',
    'a [redacted:password] stays, as does password=[redacted:password]',
    'secret=true, token: null, "api_key": ""',
    'TASK-12 AKIA short, ghp_short, sk-1, xoxb-1',
    'src/passwords/token-key.ts:12:5 - error TS2304',
  ])('is not seen in: %s', (text) => {
    expect(redact(text)).toBe(text);
    expect(secretKinds(text)).toEqual([]);
  });

  test('is cleaned once and for all: cleaning again changes nothing', () => {
    const whole = secrets.map(([, secret]) => secret).join('\n');
    const clean = redact(whole);
    expect(redact(clean)).toBe(clean);
    for (const [, secret] of secrets) expect(clean).not.toContain(secret.slice(0, 40));
  });

  test('is looked for in large and repetitive texts without getting stuck', () => {
    for (const part of [
      '-----BEGIN PRIVATE KEY-----',
      'a_',
      'password ',
      'eyJa.',
      'https://a:',
      '-----BEGIN ',
      'key = ',
      '"\'',
    ]) {
      redact(part.repeat(200_000 / part.length));
    }
  });

  test('within JSON is known by its field, and all else stays the very same value', () => {
    const plain = { a: [1, 'x', { b: null }] };
    expect(redactDeep(plain)).toBe(plain);
    expect(redactDeep({ db: { password: 'correcthorse', port: 5432 }, list: [jwt] })).toEqual({
      db: { password: '[redacted:password]', port: 5432 },
      list: ['[redacted:jwt]'],
    });
  });
});
