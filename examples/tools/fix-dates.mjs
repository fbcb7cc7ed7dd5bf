import { readFileSync, writeFileSync } from 'node:fs';
import { say } from './say.mjs';

await say(
  'Both ends are counted, so the difference in days is one too few. Adding the missing day.',
);
const source = readFileSync('code/days.mjs', 'utf8');
writeFileSync('code/days.mjs', source.replace('(to - from) / dayMs)', '(to - from) / dayMs) + 1'));
console.log('Fixed code/days.mjs');
