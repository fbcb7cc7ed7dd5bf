/**
 * SHA-256 for short-lived processes: the first bytes are hashed by a small module of WebAssembly,
 * since to load `node:crypto` costs a command more than to read the few lines that it reads.
 *
 * Whoever hashes much gets `node:crypto`, which is ten times as fast once it is there. Nothing else
 * of cryptography is here.
 *
 * @see FIPS 180-4, Secure Hash Standard, section 6.2
 */
import { hash } from 'node:crypto';

/** So much costs about as long as to load `node:crypto`; a process that hashes more needs that. */
const lightBytes = 64 * 1024;
const blockBytes = 64;
/** Where input goes in the module's memory, and how much of it fits there at once. */
const inputAt = 1_024;
const inputBytes = 64 * 1024;

const initialState = [
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
];

/** Made by `scripts/sha256Module.mjs`, which says what is in it. */
export const sha256Module = [
  'AGFzbQEAAAABBgFgAn9/AAMCAQAFAwEAAgcJAgFtAgABYgAACtADAc0DAQt/A0BBACEKA0AgCiAAIApqKAIAIgtB',
  'CHdB/4H8B3EgC0EIeEGA/oN4cXI2AkAgCkEEaiIKQcAASQ0ACwNAIAogCigCACAKKAIkaiAKKAIEIQsgC0EHeCAL',
  'QRJ4cyALQQN2c2ogCigCOCELIAtBEXggC0ETeHMgC0EKdnNqNgJAIApBBGoiCkGAAkkNAAtBACgCACECQQAoAgQh',
  'A0EAKAIIIQRBACgCDCEFQQAoAhAhBkEAKAIUIQdBACgCGCEIQQAoAhwhCUEAIQoDQCAJIAZBBnggBkELeHMgBkEZ',
  'eHNqIAggByAIcyAGcXNqIAooAsACaiAKKAJAaiEMIAJBAnggAkENeHMgAkEWeHMgAiADcSACIANzIARxc2ohCyAI',
  'IQkgByEIIAYhByAFIAxqIQYgBCEFIAMhBCACIQMgDCALaiECIApBBGoiCkGAAkkNAAtBAEEAKAIAIAJqNgIAQQBB',
  'ACgCBCADajYCBEEAQQAoAgggBGo2AghBAEEAKAIMIAVqNgIMQQBBACgCECAGajYCEEEAQQAoAhQgB2o2AhRBAEEA',
  'KAIYIAhqNgIYQQBBACgCHCAJajYCHCAAQcAAaiEAIAFBAWsiAQ0ACwsLiAIBAEHAAguAApgvikKRRDdxz/vAtaXb',
  'telbwlY58RHxWaSCP5LVXhyrmKoH2AFbgxK+hTEkw30MVXRdvnL+sd6Apwbcm3Txm8HBaZvkhke+78adwQ/MoQwk',
  'byzpLaqEdErcqbBc2oj5dlJRPphtxjGoyCcDsMd/Wb/zC+DGR5Gn1VFjygZnKSkUhQq3JzghGy78bSxNEw04U1Rz',
  'CmW7Cmp2LsnCgYUscpKh6L+iS2YaqHCLS8KjUWzHGeiS0SQGmdaFNQ70cKBqEBbBpBkIbDceTHdIJ7W8sDSzDBw5',
  'SqrYTk/KnFvzby5o7oKPdG9jpXgUeMiECALHjPr/vpDrbFCk96P5vvJ4ccY=',
].join('');

interface Light {
  readonly bytes: Uint8Array;
  readonly words: DataView;
  readonly takeBlocks: (at: number, count: number) => void;
}

/** As far as it is used here; the types of Node leave it out. */
interface WebAssemblyApi {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
}

let light: Light | null | undefined;
let hashedBytes = 0;

/** The digest of `data`, a text taken as UTF-8, in hex. */
export function sha256(data: string | Uint8Array): string {
  if (hashedBytes >= lightBytes) return hash('sha256', data, 'hex');
  const bytes = typeof data === 'string' ? Buffer.from(data) : data;
  hashedBytes += bytes.length;
  if (hashedBytes < lightBytes) light ??= loadLight();
  return hashedBytes < lightBytes && light ? digest(light, bytes) : hash('sha256', bytes, 'hex');
}

/** Null where there is no WebAssembly, as with `--jitless`. */
function loadLight(): Light | null {
  const { WebAssembly } = globalThis as { readonly WebAssembly?: WebAssemblyApi };
  if (WebAssembly === undefined) return null;
  const module = new WebAssembly.Module(Buffer.from(sha256Module, 'base64'));
  const { m, b } = new WebAssembly.Instance(module).exports as {
    readonly m: { readonly buffer: ArrayBuffer };
    readonly b: Light['takeBlocks'];
  };
  return { bytes: new Uint8Array(m.buffer), words: new DataView(m.buffer), takeBlocks: b };
}

function digest({ bytes, words, takeBlocks }: Light, data: Uint8Array): string {
  for (const [n, word] of initialState.entries()) words.setUint32(4 * n, word, true);
  const wholeBytes = data.length - (data.length % blockBytes);
  for (let done = 0; done < wholeBytes; done += inputBytes) {
    const part = data.subarray(done, Math.min(done + inputBytes, wholeBytes));
    bytes.set(part, inputAt);
    takeBlocks(inputAt, part.length / blockBytes);
  }
  // The rest, a bit that is set, zeros, and the length in bits at the end of the last block.
  const rest = data.subarray(wholeBytes);
  const lastBytes = rest.length + 9 > blockBytes ? 2 * blockBytes : blockBytes;
  bytes.fill(0, inputAt, inputAt + lastBytes);
  bytes.set(rest, inputAt);
  bytes[inputAt + rest.length] = 0x80;
  words.setUint32(inputAt + lastBytes - 4, data.length * 8);
  takeBlocks(inputAt, lastBytes / blockBytes);
  let hex = '';
  for (let n = 0; n < initialState.length; n++) {
    hex += words
      .getUint32(4 * n, true)
      .toString(16)
      .padStart(8, '0');
  }
  return hex;
}
