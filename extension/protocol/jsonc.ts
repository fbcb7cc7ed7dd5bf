/**
 * JSON as people write it: with comments and trailing commas.
 *
 * For small files of settings. Reads only; it cannot change a file and keep its comments.
 */

const stringOrComment = /"(?:[^"\\\n]|\\.)*"|\/\/[^\n]*|\/\*[\s\S]*?\*\//g;
const stringOrLastComma = /"(?:[^"\\\n]|\\.)*"|(?<=[^\s,:[{]\s*),(?=\s*[}\]])/g;

/** @throws {SyntaxError} as `JSON.parse` does, with positions of the original text */
export function parseJsonc(text: string): unknown {
  const blank = (part: string) => (part.startsWith('"') ? part : part.replaceAll(/[^\n]/g, ' '));
  const bare = text.replace(/^\uFEFF/, ' ').replaceAll(stringOrComment, blank);
  return JSON.parse(bare.replaceAll(stringOrLastComma, blank));
}
