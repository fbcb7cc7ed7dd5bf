/** A command for a terminal, to be read and copied: what a view without an editor cannot do itself. */
import { copy } from '../clipboard.ts';
import { IconButton } from './parts.tsx';

export function Command({ line }: { readonly line: string }) {
  return (
    <span class="command">
      <code>{line}</code>
      <IconButton action={{ icon: 'copy', label: `Copy ${line}`, run: () => copy(line) }} />
    </span>
  );
}
