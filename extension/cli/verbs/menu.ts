/** `signalbox menu`: the verbs that people use most, by number, for whoever knows none of them. */
import { createInterface } from 'node:readline/promises';
import { UsageError, exit } from '../answer.ts';
import type { Invocation } from '../invocation.ts';
import { isTerminal, printOut } from '../output.ts';
import { printAnswer } from '../printAnswer.ts';
import { plain, styled } from '../render/text.ts';
import type { Surroundings, Verb } from '../verb.ts';

interface Choice {
  readonly words: readonly string[];
  readonly label: string;
  /** What is asked for, in order; one that ends with `?` may stay empty. */
  readonly asks?: readonly string[];
}

const choices: readonly Choice[] = [
  { words: ['status'], label: 'Status: what the lane does, what waits' },
  { words: ['add'], label: 'Add a task', asks: ['Title'] },
  { words: ['list'], label: 'List all tasks' },
  { words: ['next', '--why'], label: 'Next task for an agent', asks: ['Agent?'] },
  { words: ['claim'], label: 'Claim a task', asks: ['Task', 'Agent'] },
  { words: ['complete'], label: 'Complete a task', asks: ['Task', 'Result?'] },
  { words: ['recovery', 'list'], label: 'Failures' },
  { words: ['recovery', 'clear'], label: 'Clear the failures of a task', asks: ['Task'] },
  { words: ['dashboard'], label: 'Dashboard' },
  { words: ['health'], label: 'Health' },
  { words: ['heal'], label: 'Heal' },
  { words: ['report'], label: 'Report', asks: ['File?'] },
];

export const verb: Verb = {
  usage: 'menu',
  summary: 'Asks what to do, by number; for a terminal.',
  async run(invocation, { carryOut }) {
    if (!isTerminal() || !process.stdin.isTTY) {
      throw new UsageError('The menu needs a terminal; `signalbox help` lists the verbs.');
    }
    await offer(invocation, carryOut);
    return { exit: exit.done };
  },
};

async function offer(invocation: Invocation, carryOut: Surroundings['carryOut']): Promise<void> {
  for (;;) {
    printOut(`${menuText()}\n`);
    const reply = await ask('Number, or q to quit: ');
    if (reply === null || /^q(uit)?$/i.test(reply)) return;
    if (reply === '') continue;
    const choice = /^\d+$/.test(reply) ? choices[Number(reply) - 1] : undefined;
    if (choice === undefined) {
      printOut(`There is no choice ${JSON.stringify(plain(reply))}.\n`);
      continue;
    }
    const words = await complete(choice);
    if (words === null) return;
    const line = [...choice.words, ...commonWords(invocation), '--', ...words];
    printOut(`${styled('dim', `signalbox ${plain([...choice.words, ...words].join(' '))}`)}\n\n`);
    const answer = await carryOut(line);
    printAnswer(answer, false);
    if (answer.exit === exit.nothing && answer.text === undefined) printOut('There is none.\n');
  }
}

function menuText(): string {
  const lines = choices.map(({ label }, n) => `${String(n + 1).padStart(4)}  ${label}`);
  return ['', styled('bold', 'Signalbox'), ...lines].join('\n');
}

/** The arguments that the choice needs, or null where the person left. */
async function complete({ asks = [] }: Choice): Promise<readonly string[] | null> {
  const words: string[] = [];
  for (const each of asks) {
    const isOptional = each.endsWith('?');
    const name = each.replace(/\?$/, '');
    for (;;) {
      const reply = await ask(`${name}${isOptional ? ' (may be empty)' : ''}: `);
      if (reply === null) return null;
      if (reply === '' && !isOptional) continue;
      if (reply !== '') words.push(reply);
      break;
    }
  }
  return words;
}

/** Where this call was told to work, and as whom. */
function commonWords(invocation: Invocation): readonly string[] {
  return ['workspace', 'agent'].flatMap((name) => {
    const value = invocation.option(name);
    return value === undefined ? [] : [`--${name}`, value];
  });
}

/** A line from the terminal, or null where there is no more. Lets go of the terminal in between. */
async function ask(question: string): Promise<string | null> {
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  try {
    const closed = new Promise<null>((resolve) => lines.once('close', () => resolve(null)));
    const reply = await Promise.race([lines.question(question), closed]);
    return reply === null ? null : reply.trim();
  } finally {
    lines.close();
  }
}
