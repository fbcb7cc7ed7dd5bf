/**
 * Writes the WebAssembly module of `extension/platform/sha256.ts`, so that nobody has to believe its
 * bytes: `node scripts/sha256Module.mjs` prints them, and a test compares.
 *
 * The module has one page of rules and no imports: `m` is its memory, `b(at, count)` takes `count`
 * blocks of 64 bytes from `at` into the state at 0.
 *
 * @see FIPS 180-4, Secure Hash Standard, section 6.2.2
 */
import { fileURLToPath } from 'node:url';

const stateAt = 0;
const scheduleAt = 64;
const constantsAt = 320;

/** @param {number} value */
function signed(value) {
  const bytes = [];
  for (let rest = value | 0; ; rest >>= 7) {
    const low = rest & 127;
    const isLast = (rest >> 6 === 0 && low < 64) || (rest >> 6 === -1 && low >= 64);
    bytes.push(isLast ? low : low | 128);
    if (isLast) return bytes;
  }
}

/** @param {number} value */
function unsigned(value) {
  const bytes = [];
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 128) return [...bytes, rest];
    bytes.push((rest & 127) | 128);
  }
}

/** @param {readonly (readonly number[])[]} items */
const vector = (items) => [...unsigned(items.length), ...items.flat()];
/** @param {number} id @param {readonly number[]} bytes */
const section = (id, bytes) => [id, ...unsigned(bytes.length), ...bytes];

/** @param {number} local */
const get = (local) => [0x20, local];
/** @param {number} local */
const set = (local) => [0x21, local];
/** @param {number} local */
const keep = (local) => [0x22, local];
/** @param {number} value */
const number = (value) => [0x41, ...signed(value)];
/** @param {number} offset */
const load = (offset) => [0x28, 2, ...unsigned(offset)];
/** @param {number} offset */
const store = (offset) => [0x36, 2, ...unsigned(offset)];
const add = [0x6a];
const subtract = [0x6b];
const and = [0x71];
const or = [0x72];
const xor = [0x73];
const below = [0x49];
/** @param {number} bits */
const shiftRight = (bits) => [...number(bits), 0x76];
/** @param {number} bits */
const turnLeft = (bits) => [...number(bits), 0x77];
/** @param {number} bits */
const turnRight = (bits) => [...number(bits), 0x78];
/** Again as long as what is on the stack is not 0. @param {readonly number[]} body */
const loop = (body) => [0x03, 0x40, ...body, 0x0d, 0, 0x0b];

const [at = 0, count = 0, a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0, i = 0] =
  Array(13).keys();
const x = i + 1;
const sum = i + 2;
const working = [a, b, c, d, e, f, g, h];

/** `i` runs in steps of a word. @param {number} end */
const nextWord = (end) => [...get(i), ...number(4), ...add, ...keep(i), ...number(end), ...below];

/** @param {number} word @param {readonly [number, number]} turns @param {readonly number[]} last */
const sigma = (word, [one, two], last) => [
  ...get(word),
  ...turnRight(one),
  ...get(word),
  ...turnRight(two),
  ...xor,
  ...get(word),
  ...last,
  ...xor,
];

/** The words of a block, from the other end of each. */
const readBlock = [
  ...number(0),
  ...set(i),
  ...loop([
    ...get(i),
    ...[...get(at), ...get(i), ...add, ...load(0), ...keep(x)],
    ...[...turnLeft(8), ...number(0x00ff00ff), ...and],
    ...[...get(x), ...turnRight(8), ...number(0xff00ff00), ...and],
    ...or,
    ...store(scheduleAt),
    ...nextWord(64),
  ]),
];

/** Words 16 to 63; `i` goes on from 64. @param {number} back */
const earlier = (back) => [...get(i), ...load(scheduleAt - 4 * back)];
const extend = loop([
  ...get(i),
  ...[...earlier(16), ...earlier(7), ...add],
  ...[...earlier(15), ...set(x), ...sigma(x, [7, 18], shiftRight(3)), ...add],
  ...[...earlier(2), ...set(x), ...sigma(x, [17, 19], shiftRight(10)), ...add],
  ...store(scheduleAt),
  ...nextWord(256),
]);

const rounds = [
  ...number(0),
  ...set(i),
  ...loop([
    ...[...get(h), ...sigma(e, [6, 11], turnRight(25)), ...add],
    ...[...get(g), ...get(f), ...get(g), ...xor, ...get(e), ...and, ...xor, ...add],
    ...[...get(i), ...load(constantsAt), ...add, ...get(i), ...load(scheduleAt), ...add],
    ...set(sum),
    ...sigma(a, [2, 13], turnRight(22)),
    ...[...get(a), ...get(b), ...and, ...get(a), ...get(b), ...xor, ...get(c), ...and, ...xor],
    ...[...add, ...set(x)],
    ...[h, g, f].flatMap((to, n) => [...get([g, f, e][n] ?? 0), ...set(to)]),
    ...[...get(d), ...get(sum), ...add, ...set(e)],
    ...[d, c, b].flatMap((to, n) => [...get([c, b, a][n] ?? 0), ...set(to)]),
    ...[...get(sum), ...get(x), ...add, ...set(a)],
    ...nextWord(256),
  ]),
];

const blocks = loop([
  ...readBlock,
  ...extend,
  ...working.flatMap((local, n) => [...number(0), ...load(stateAt + 4 * n), ...set(local)]),
  ...rounds,
  ...working.flatMap((local, n) => {
    const place = stateAt + 4 * n;
    return [...number(0), ...number(0), ...load(place), ...get(local), ...add, ...store(place)];
  }),
  ...[...get(at), ...number(64), ...add, ...set(at)],
  ...[...get(count), ...number(1), ...subtract, ...keep(count)],
]);

/** The first 32 bits of the fractional parts of the cube roots of the first 64 primes. */
function constants() {
  /** @type {number[]} */
  const primes = [];
  for (let n = 2; primes.length < 64; n++) if (primes.every((prime) => n % prime)) primes.push(n);
  return primes.flatMap((prime) => {
    const word = Math.floor((Math.cbrt(prime) % 1) * 2 ** 32);
    return [0, 8, 16, 24].map((bits) => (word >>> bits) & 255);
  });
}

/** The module, in Base64. */
export function sha256Module() {
  const integer = 0x7f;
  const locals = vector([[11, integer]]);
  const body = [...locals, ...blocks, 0x0b];
  const bytes = [
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, vector([[0x60, ...vector([[integer], [integer]]), 0]])),
    ...section(3, vector([[0]])),
    ...section(5, vector([[0, 2]])),
    ...section(
      7,
      vector([
        [1, 0x6d, 2, 0],
        [1, 0x62, 0, 0],
      ]),
    ),
    ...section(10, vector([[...unsigned(body.length), ...body]])),
    ...section(11, vector([[0, ...number(constantsAt), 0x0b, ...unsigned(256), ...constants()]])),
  ];
  return Buffer.from(bytes).toString('base64');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(sha256Module());
