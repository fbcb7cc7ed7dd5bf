/** `signalbox agent add`: says what an agent can do, in AI/agents.json. */
import { setAgent } from '../../coordinator/agentsFile.ts';
import { agentRules } from '../../core/rules.ts';
import { UsageError, aboutQueue, done, refused } from '../answer.ts';
import { agentNameOf } from '../invocation.ts';
import type { Verb } from '../verb.ts';

const wordPattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const mostCapacity = 1_000;

export const verb: Verb = {
  usage: 'agent add NAME [CAPABILITIES] [--capabilities T,T] [--capacity N]',
  summary: 'Adds an agent to AI/agents.json, or changes the one of that name.',
  details: `A capability is a type of task that it can do; "any" means tasks of the type any, not all. Its
capacity is how many tasks it may hold at once; without one there is no limit, and work is spread
as if it were 1.`,
  positionals: ['NAME', 'CAPABILITIES?'],
  options: {
    capabilities: { type: 'string', value: 'T,T', help: 'Types of tasks that it can do.' },
    capacity: { type: 'string', value: 'N', help: 'Tasks that it may hold at once.' },
  },
  async run(invocation) {
    const name = agentNameOf(invocation.required('NAME'));
    const listed = invocation.option('capabilities') ?? invocation.positional('CAPABILITIES');
    const asked = listed === undefined ? undefined : capabilitiesOf(listed);
    const capacity = invocation.number('capacity');
    if (capacity !== undefined && !(Number.isInteger(capacity) && isCapacity(capacity))) {
      throw new UsageError(`--capacity takes a whole number from 1 to ${mostCapacity}.`);
    }
    const desk = await invocation.desk();
    const isOwn = desk.rules.agents.has(name);
    const capabilities = asked ?? (isOwn ? undefined : agentRules(desk.rules, name)?.capabilities);
    const change = {
      ...(capabilities === undefined ? (isOwn ? {} : { capabilities: ['any'] }) : { capabilities }),
      ...(capacity === undefined ? {} : { capacity }),
    };
    const changed = await setAgent(desk.paths.agents, name, change);
    if (!changed.ok) return refused(changed.refusal.reason, changed.refusal.message);
    const outcome = await desk.execute(
      invocation.command<'agent'>({ type: 'agent', name, ...change }),
    );
    const { keptAt } = changed;
    const answer = aboutQueue(outcome, (seq) => {
      const now = desk.rules.agents.get(name);
      const can = now?.capabilities.join(', ') ?? '';
      const fields = { seq, name, capabilities: now?.capabilities, capacity: now?.capacity };
      return done(fields, `${name} can do ${can}`);
    });
    return keptAt === null
      ? answer
      : { ...answer, note: `Comments cannot be kept; the file as it was is ${keptAt}.` };
  },
};

function isCapacity(value: number): boolean {
  return value >= 1 && value <= mostCapacity;
}

function capabilitiesOf(text: string): readonly string[] {
  const words = text
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');
  const bad = words.find((word) => !wordPattern.test(word));
  if (words.length > 0 && bad === undefined) return [...new Set(words)];
  throw new UsageError(`${JSON.stringify(bad ?? text)} is no type of tasks, such as technical.`);
}
