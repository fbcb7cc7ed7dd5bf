import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { say } from './say.mjs';

await say('Running the tests of code/ to see what fails.');
const { stdout } = spawnSync(
  process.execPath,
  ['--test', '--test-reporter=tap', 'code/days.test.mjs'],
  {
    encoding: 'utf8',
    env: { ...process.env, NODE_TEST_CONTEXT: undefined },
  },
);
const failing = [...stdout.matchAll(/^ *not ok \d+ - (.+)$/gm)].map(([, name]) => name);
writeFileSync('code/failures.txt', `${failing.join('\n')}\n`);
console.log(`${failing.length} tests fail: ${failing.join('; ')}`);
