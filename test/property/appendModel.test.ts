/** Every history of a few writers, with crashes and damage between any two steps: no law breaks. */
import { describe, expect, test } from 'vitest';
import type { Question } from './appendModel/search.ts';
import { search } from './appendModel/search.ts';

const long = process.env['SIGNALBOX_LONG'] === '1';
const timeout = long ? 3_600_000 : 240_000;

const always: readonly Question[] = [
  { batches: [1, 2], mayHappen: { crashes: 2, shortWrites: 1 } },
  { batches: [1, 2], mayHappen: { crashes: 1, powerLosses: 1 } },
  { batches: [2, 2], mayHappen: { shortWrites: 1, powerLosses: 1 } },
  { batches: [1, 2], mayHappen: { crashes: 1, rewinds: 1 } },
  { batches: [1, 2], mayHappen: { crashes: 1, rots: 1 } },
  { batches: [1, 1, 2], mayHappen: { crashes: 1 } },
  { batches: [1, 1, 2], mayHappen: { rewinds: 1 } },
  // Where the witness is lost too, the log shows by itself what is missing from within it.
  { batches: [1, 1, 1], mayHappen: { innerRots: 1 }, faults: { noWitness: true } },
];
const onlyLong: readonly Question[] = [
  { batches: [1, 1, 1], mayHappen: { powerLosses: 1 } },
  { batches: [1, 1, 2], mayHappen: { rots: 1 } },
  { batches: [1, 1, 2], mayHappen: { crashes: 1, shortWrites: 1 } },
  { batches: [2, 2], mayHappen: { crashes: 2, shortWrites: 1, powerLosses: 1 } },
  { batches: [1, 2], mayHappen: { crashes: 1, shortWrites: 1, rewinds: 1, rots: 1 } },
];

const inWords = ({ batches, mayHappen, faults = {} }: Question) =>
  `commands of ${batches.join(', ')} lines and ${JSON.stringify({ ...mayHappen, ...faults })}`;

describe('whatever happens, nothing acknowledged is lost and nothing happens twice', () => {
  test.each((long ? [...always, ...onlyLong] : always).map((one) => [inWords(one), one] as const))(
    'with %s',
    { timeout },
    (_words, question) => {
      const { broken, history, states } = search(question);
      expect(broken === null ? null : [broken, ...history].join('\n')).toBeNull();
      // A search that ends at once has looked at nothing.
      expect(states).toBeGreaterThan(5_000);
    },
  );
});

const lost = 'an acknowledged line is lost';
const twice = 'a command was recorded twice';
const shared = 'a position was issued twice';
const noChain = 'the accepted lines are no chain of whole commands';

describe('without one of the rules, a law breaks', () => {
  const two = [1, 2];
  const three = [1, 1, 1];
  const cases: readonly (Question & { readonly rule: string; readonly law: string })[] = [
    {
      rule: 'the second look',
      ...{ faults: { noSecondLook: true }, batches: two, mayHappen: {}, law: shared },
    },
    {
      rule: 'command ids',
      ...{ faults: { noCommandId: true }, batches: two, mayHappen: { crashes: 1 }, law: twice },
    },
    {
      rule: 'the newline that ends a line',
      ...{ faults: { openTails: true }, batches: two, mayHappen: { crashes: 1 }, law: lost },
    },
    {
      rule: 'the halt on damage',
      faults: { damageSkipped: true, noWitness: true },
      ...{ batches: three, mayHappen: { innerRots: 1 }, law: shared },
    },
    {
      rule: 'the witness',
      ...{ faults: { noWitness: true }, batches: two, mayHappen: { rewinds: 1 }, law: shared },
    },
    {
      rule: 'the second look at the witness',
      faults: { witnessAskedOnce: true },
      ...{ batches: two, mayHappen: { rewinds: 1 }, law: shared },
    },
    {
      rule: 'whole groups',
      ...{ faults: { halfBatches: true }, batches: two, mayHappen: { crashes: 1 }, law: noChain },
    },
    {
      rule: 'the hash of the line before',
      ...{ faults: { prevUnchecked: true }, batches: three, mayHappen: { rots: 1 }, law: noChain },
    },
    {
      rule: 'the sync before the answer',
      faults: { answersUnsynced: true },
      ...{ batches: two, mayHappen: { powerLosses: 1 }, law: lost },
    },
    {
      rule: 'the sync before the answer that it is so already',
      faults: { alreadyUnsynced: true },
      ...{ batches: two, mayHappen: { crashes: 1, powerLosses: 1 }, law: lost },
    },
  ];
  test.each(cases)('$rule', ({ law, ...question }) => {
    const { broken, history } = search(question);
    expect(broken, history.join('\n')).toBe(law);
  });
});
