/**
 * The bar above the queue in a browser: which workspace it is, and what stands in the title bar of
 * the view in an editor. The dialogs that it opens are beside it.
 */
import type { QueueViewModel } from '../../extension/protocol/webviewModel.ts';
import type { HeadProps } from '../views/app.tsx';
import { useActions } from '../views/contexts.ts';
import { Icon, IconButton } from '../views/parts.tsx';
import { AddDialog, openAdd } from './addDialog.tsx';
import { ClearDialog, openClear } from './clearDialog.tsx';
import { PageDialog } from './pageDialog.tsx';

export function Head({ model, host, connection }: HeadProps) {
  const { ask, readOnly } = useActions();
  return (
    <>
      <header class="head">
        <h1 dir="auto">{document.title}</h1>
        {!readOnly && (
          <>
            <button type="button" onClick={openAdd}>
              <Icon name="add" /> Add task
            </button>
            {isPaused(model) ? (
              <IconButton
                action={{
                  icon: 'debug-continue',
                  label: 'Resume',
                  run: () => void ask('resumeLane', {}),
                }}
              />
            ) : (
              <IconButton
                action={{
                  icon: 'debug-pause',
                  label: 'Pause: the lane starts no more, what runs goes on',
                  run: () => void ask('pauseLane', {}),
                }}
              />
            )}
            <IconButton
              action={{ icon: 'clear-all', label: 'Clear waiting tasks …', run: openClear }}
            />
          </>
        )}
      </header>
      <AddDialog host={host} />
      <ClearDialog />
      <PageDialog connection={connection} />
    </>
  );
}

function isPaused({ lane }: QueueViewModel): boolean {
  return lane.phase === 'paused';
}
