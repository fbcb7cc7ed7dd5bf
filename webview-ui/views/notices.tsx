/**
 * Sentences above everything else: what keeps the queue from working as usual, and what was refused.
 */
import type { QueueViewModel } from '../../extension/protocol/webviewModel.ts';
import { useActions, useSurroundings } from './contexts.ts';
import { Icon, IconButton, WithCode } from './parts.tsx';

interface Props {
  readonly model: QueueViewModel;
  readonly lost: boolean;
  /** Why nothing new comes, in words; null while it does. */
  readonly broken: string | null;
  readonly refusal: string | null;
  readonly onDismiss: () => void;
}

export function Notices({ model, lost, broken, refusal, onDismiss }: Props) {
  const surroundings = useSurroundings();
  const { ask } = useActions();
  const { store } = model;
  return (
    <div class="notices">
      {!model.trusted && (
        <div class="notice">
          <Icon name="workspace-untrusted" />
          <span>
            This workspace is not trusted, so nothing is run, sent or written here.{' '}
            <button type="button" class="link" onClick={() => void ask('manageTrust', {})}>
              Manage trust
            </button>
          </span>
        </div>
      )}
      {store.state === 'halted' && (
        <div class="notice" role="alert">
          <Icon name="error" tone="bad" />
          <span>
            <WithCode text={store.message ?? 'The queue can be read, but not changed.'} />{' '}
            <button type="button" class="link" onClick={() => void ask('openHealth', {})}>
              What to do
            </button>
          </span>
        </div>
      )}
      {(lost || broken !== null) && (
        <div class="notice" role="status">
          <Icon name="debug-disconnect" tone="warn" />
          <span>{broken ?? surroundings.lost} What stands here may be old.</span>
        </div>
      )}
      {refusal !== null && (
        <div class="notice" role="alert">
          <Icon name="info" tone="warn" />
          <span>
            <WithCode text={refusal} />
          </span>
          <IconButton action={{ icon: 'close', label: 'Dismiss', run: onDismiss }} />
        </div>
      )}
    </div>
  );
}
