/**
 * What looks like a secret in a text, and the text without it.
 *
 * Knows shapes only: prefixes that makers of keys publish so that their keys can be found, pairs
 * such as `password=…`, and credentials in addresses. A secret without such a shape is not found.
 * Where texts are cleaned is `coordinator/recordable`'s.
 *
 * @see docs/decisions/0013-secrets-are-found-by-a-table-of-our-own.md for the sources of the table.
 */

interface Rule {
  /** As in `[redacted:KIND]`. */
  readonly kind: string;
  /** With the group `keep` for what stands before the secret and stays. Every quantifier is bounded. */
  readonly pattern: RegExp;
  /** Whether what was matched is one after all. */
  readonly isSecret?: (value: string) => boolean;
}

/** Nothing of the table matches a text without one of these. */
const hint =
  /-----BEGIN|AKIA|ASIA|ABIA|ACCA|gh[opsur]_|github_pat_|gl[a-z]{2,5}-|sk-|AIza|ya29\.|GOCSPX-|xox[a-z]-|xapp-|hooks\.slack|[sr]k_(?:live|test)_|npm_|pypi-|hf_|SG\.|dop_v1_|dapi|hvs\.|AGE-SECRET|eyJ|:\/\/|bearer|authorization|passw|passphrase|pwd|secret|token|key/i;

const value = String.raw`(?:"[^"\n]{4,500}"|'[^'\n]{4,500}'|[^\s"',;&]{4,500})`;

const rules: readonly Rule[] = [
  {
    kind: 'private-key',
    pattern:
      /-----BEGIN (?:[A-Z0-9]{1,20} ){0,4}PRIVATE KEY(?: BLOCK)?-----(?:[^-]|-(?!----)){0,20000}(?:-----END (?:[A-Z0-9]{1,20} ){0,4}PRIVATE KEY(?: BLOCK)?-----)?/g,
  },
  { kind: 'aws-key', pattern: /\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}\b/g },
  { kind: 'github-token', pattern: /\bgh[opsur]_[A-Za-z0-9]{36,255}\b/g },
  { kind: 'github-token', pattern: /\bgithub_pat_[A-Za-z0-9_]{22,255}\b/g },
  {
    kind: 'gitlab-token',
    pattern: /\bgl(?:pat|dt|rt|cbt|ptt|ft|soat|agent|oas|imt|ffct)-[\w.-]{20,300}/g,
  },
  { kind: 'anthropic-key', pattern: /\bsk-ant-[\w-]{20,300}/g },
  { kind: 'openrouter-key', pattern: /\bsk-or-v1-[0-9a-f]{32,128}\b/g },
  { kind: 'openai-key', pattern: /\bsk-(?:proj|svcacct|admin|None)-[\w-]{20,300}/g },
  { kind: 'openai-key', pattern: /\bsk-(?=[A-Za-z]{0,60}\d)[A-Za-z0-9]{32,128}\b/g },
  { kind: 'google-key', pattern: /\bAIza[\w-]{35}(?![\w-])/g },
  { kind: 'google-token', pattern: /\b(?:GOCSPX-[\w-]{24,60}|ya29\.[\w-]{20,500})/g },
  { kind: 'slack-token', pattern: /\b(?:xox[abeoprs]|xapp)-[A-Za-z0-9][\w-]{9,300}/g },
  {
    kind: 'slack-webhook',
    pattern: /https:\/\/hooks\.slack\.com\/(?:services|workflows|triggers)\/[\w/+-]{20,300}/g,
  },
  { kind: 'stripe-key', pattern: /\b[sr]k_(?:live|test)_[A-Za-z0-9]{10,200}\b/g },
  { kind: 'npm-token', pattern: /\bnpm_[A-Za-z0-9]{36}\b/g },
  { kind: 'pypi-token', pattern: /\bpypi-AgE[\w-]{50,1000}/g },
  { kind: 'huggingface-token', pattern: /\bhf_[A-Za-z0-9]{30,60}\b/g },
  { kind: 'sendgrid-key', pattern: /\bSG\.[\w-]{16,32}\.[\w-]{16,64}/g },
  { kind: 'digitalocean-token', pattern: /\bdo[opr]_v1_[0-9a-f]{64}\b/g },
  { kind: 'databricks-token', pattern: /\bdapi[0-9a-f]{32}\b/g },
  { kind: 'vault-token', pattern: /\bhv[sb]\.[\w-]{24,300}/g },
  { kind: 'age-key', pattern: /\bAGE-SECRET-KEY-1[0-9A-Z]{58}\b/g },
  {
    kind: 'jwt',
    pattern: /\beyJ[\w-]{8,4000}\.eyJ[\w-]{8,8000}\.[\w-]{8,2000}/g,
  },
  {
    kind: 'url-credentials',
    pattern: /(?<keep>\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s/:@'"<>]{0,100}:)[^\s/@'"<>]{1,300}(?=@)/gi,
    isSecret: (text) => !isPlaceholder(text),
  },
  {
    kind: 'authorization',
    pattern:
      /(?<keep>\b(?:proxy-)?authorization["']?\s{0,3}[:=]\s{0,3}["']?(?:(?:bearer|basic|token|digest)\s{1,3})?)[^\s"',;]{8,2000}/gi,
    isSecret: (text) => !isPlaceholder(text) && isMixed(text),
  },
  {
    kind: 'authorization',
    pattern: /(?<keep>\bbearer\s{1,3})[\w.~+/-]{20,2000}={0,2}/gi,
    isSecret: (text) => !isPlaceholder(text) && isMixed(text),
  },
  {
    kind: 'password',
    pattern: pair(String.raw`pass(?:word|wd|phrase)|pwd`),
    isSecret: (text) => !isPlaceholder(text) && !/^[/~.\\]/.test(text),
  },
  {
    kind: 'secret',
    pattern: pair(String.raw`secret(?:[_-]?(?:access[_-]?)?key)?`),
    isSecret: (text) => !isPlaceholder(text) && text.length >= 8,
  },
  {
    kind: 'api-key',
    pattern: pair(String.raw`(?:api|access|account|auth|signing|encryption|private)[_-]?key`),
    isSecret: (text) => !isPlaceholder(text) && text.length >= 12 && isMixed(text),
  },
  {
    kind: 'token',
    pattern: pair(String.raw`token`),
    isSecret: (text) => !isPlaceholder(text) && text.length >= 12 && isMixed(text),
  },
];

/**
 * A name and its value, as in `DB_PASSWORD=x`, `"password": "x"`, `--password x`. Prose such as
 * `password: see the wiki` has a value too, so after a colon an unquoted one must have a digit.
 */
function pair(names: string): RegExp {
  const likely = String.raw`(?=["'\d]|[^\s"',;]{1,40}\d)`;
  const assigned = String.raw`(?:${names})["']?(?:=(?![=>\s])|\s{0,3}(?::|=>?)\s{1,3}${likely}|:${likely})`;
  const flag = String.raw`--(?:[a-z]{1,20}-){0,3}(?:${names})\s{1,3}(?!-)`;
  return new RegExp(`(?<keep>${assigned}|${flag})${value}`, 'gi');
}

/** A name for a secret, or code that gets one: nothing that must be hidden. */
function isPlaceholder(text: string): boolean {
  if (/^[$<{%]|^[*x.\u2026]+$|[()[\]]|^(?:process\.env|os\.environ|env\.|secrets\.)/i.test(text)) {
    return true;
  }
  return /^(?:null|none|nil|true|false|undefined|string|required|optional|example|placeholder|redacted|hidden|password|secret|token|your[_-].*|my[_-]?(?:password|secret|token))$/i.test(
    text,
  );
}

/** Letters and digits together: words and numbers alone are no keys. */
function isMixed(text: string): boolean {
  return /\d/.test(text) && /[A-Za-z]/.test(text);
}

/** The text with each secret replaced by `[redacted:KIND]`; the very same text where there is none. */
export function redact(text: string): string {
  return clean(text, () => undefined);
}

/** The kinds of secrets that seem to be in the text, each once. */
export function secretKinds(text: string): readonly string[] {
  const kinds = new Set<string>();
  clean(text, (kind) => kinds.add(kind));
  return [...kinds];
}

function clean(text: string, onFound: (kind: string) => void): string {
  if (!hint.test(text)) return text;
  return rules.reduce(
    (current, { kind, pattern, isSecret }) =>
      current.replace(pattern, (whole: string, ...rest: unknown[]) => {
        const groups = rest.at(-1);
        const isNamed = typeof groups === 'object' && groups !== null && 'keep' in groups;
        const keep = isNamed ? String(groups.keep) : '';
        const [, quote = '', bare = ''] =
          /^(["']?)([\s\S]*)\1$/.exec(whole.slice(keep.length)) ?? [];
        if (isSecret?.(bare) === false) return whole;
        onFound(kind);
        return `${keep}${quote}[redacted:${kind}]${quote}`;
      }),
    text,
  );
}

/** Every text within a value of JSON, redacted. What has no secret in it is the very same value. */
export function redactDeep(found: unknown): unknown {
  if (typeof found === 'string') return redact(found);
  if (typeof found !== 'object' || found === null) return found;
  if (Array.isArray(found)) {
    const items = found.map(redactDeep);
    return items.some((item, index) => item !== found[index]) ? items : found;
  }
  const entries = Object.entries(found);
  const cleaned = entries.map(([name, each]) => [name, redactPaired(name, each)] as const);
  const isChanged = cleaned.some(([, each], index) => each !== entries[index]?.[1]);
  return isChanged ? Object.fromEntries(cleaned) : found;
}

/** A field's name tells what its value is: `{ "password": "…" }`. */
function redactPaired(name: string, found: unknown): unknown {
  if (typeof found !== 'string') return redactDeep(found);
  const cleaned = redact(found);
  if (cleaned !== found || !hint.test(name)) return cleaned;
  const start = `${name}: `;
  const paired = redact(`${start}${JSON.stringify(found)}`);
  return paired.endsWith(']"') ? paired.slice(start.length + 1, -1) : found;
}
