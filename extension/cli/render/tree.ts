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
}

/** `lineOf` writes one node into so many columns; `childrenOf` is asked once for each. */
export function treeLines<Node>(
  roots: readonly Node[],
  childrenOf: (node: Node) => readonly Node[],
  lineOf: (node: Node, width: number) => string,
  width: number,
): readonly string[] {
  const { child, lastChild, below } = glyphs();
  const space = ' '.repeat(widthOf(lastChild));
  const lines: string[] = [];
  const toDraw: Step<Node>[] = roots.map((node) => ({ node, start: '', below: '' })).reverse();
  for (let step = toDraw.pop(); step !== undefined; step = toDraw.pop()) {
    const { node, start } = step;
    lines.push(start + lineOf(node, width - widthOf(start)));
    const children = childrenOf(node);
    const isTooDeep = widthOf(step.below) + widthOf(child) + leastRoom > width;
    const steps = children.map((each, n): Step<Node> => {
      const isLast = n === children.length - 1;
      if (isTooDeep) return { node: each, start, below: step.below };
      return {
        node: each,
        start: step.below + (isLast ? lastChild : child),
        below: step.below + (isLast ? space : below),
      };
    });
    toDraw.push(...steps.reverse());
  }
  return lines;
}
