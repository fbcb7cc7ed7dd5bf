/**
 * Trees of lines, as deep as the width allows: deeper branches go on at the same depth.
 *
 * Knows nothing of tasks. Iterative, since chains of dependencies may be longer than the stack.
 */
import { glyphs } from './glyphs.ts';
import { widthOf } from './width.ts';

/** What is left for a line's own text, at least. */
const leastRoom = 28;

interface Step<Node> {
  readonly node: Node;
  /** What its line begins with, and what the lines below it begin with. */
  readonly start: string;
  readonly below: string;
  readonly depth: number;
}

/** `lineOf` writes one node into so many columns; `childrenOf` is asked once for each. */
export function treeLines<Node>(
  roots: readonly Node[],
  childrenOf: (node: Node) => readonly Node[],
  lineOf: (node: Node, width: number) => string,
  width: number,
): readonly string[] {
  const { child, lastChild, below } = glyphs();
  const step = widthOf(lastChild);
  const space = ' '.repeat(step);
  const lines: string[] = [];
  const toDraw: Step<Node>[] = roots
    .map((node) => ({ node, start: '', below: '', depth: 0 }))
    .reverse();
  for (let next = toDraw.pop(); next !== undefined; next = toDraw.pop()) {
    const { node, start, below: ahead, depth } = next;
    lines.push(start + lineOf(node, width - depth * step));
    const children = childrenOf(node);
    const isTooDeep = (depth + 1) * step + leastRoom > width;
    const steps = children.map((each, n): Step<Node> => {
      const isLast = n === children.length - 1;
      if (isTooDeep) return { node: each, start, below: ahead, depth };
      return {
        node: each,
        start: ahead + (isLast ? lastChild : child),
        below: ahead + (isLast ? space : below),
        depth: depth + 1,
      };
    });
    toDraw.push(...steps.reverse());
  }
  return lines;
}
