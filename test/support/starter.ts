/**
 * A lane in miniature, to be killed: starts one program, says what it recorded, and waits.
 *
 * Arguments: the bundled supervisor, then the program's own command and arguments.
 */
import { shellProgram } from '../../extension/runner/programs/shell.ts';

const [supervisorPath = '', ...argv] = process.argv.slice(2);
let said = '';
const prepared = await shellProgram({ argv, supervisorPath }).prepare(
  {
    task: 1,
    token: 1,
    attempt: 1,
    session: null,
    title: 'A task',
    prompt: '',
    workspaceDir: process.cwd(),
    checkpoint: null,
  },
  {
    emit: (event) => {
      if (event.type === 'chunk') said += event.text;
      if (said.includes('ready')) process.stdout.write('running\n');
    },
    ask: () => Promise.resolve({ outcome: 'cancelled' }),
  },
);
process.stdout.write(`${JSON.stringify(prepared.process!)}\n`);
prepared.begin();
await prepared.ended;
