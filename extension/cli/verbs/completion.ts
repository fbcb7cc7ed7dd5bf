/** `signalbox completion`: a script that teaches a shell the verbs, options and tasks. */
import { UsageError, exit } from '../answer.ts';
import { bashScript, zshScript } from '../completion/scripts.ts';
import { verbSpecs } from '../completion/spec.ts';
import type { Verb } from '../verb.ts';

export const verb: Verb = {
  usage: 'completion bash|zsh',
  summary: 'Prints a script that completes verbs, options, task ids and agents in your shell.',
  details: `For bash, in ~/.bashrc:   source <(signalbox completion bash)
For zsh, in ~/.zshrc after compinit:   source <(signalbox completion zsh)`,
  positionals: ['SHELL'],
  async run(invocation, { verbs }) {
    const shell = invocation.required('SHELL');
    if (shell !== 'bash' && shell !== 'zsh') {
      throw new UsageError(`There is completion for bash and zsh, not for "${shell}".`);
    }
    const specs = await verbSpecs(verbs);
    const script = shell === 'bash' ? bashScript(specs) : zshScript(specs);
    return { exit: exit.done, json: { ok: true, shell, script }, data: script };
  },
};
