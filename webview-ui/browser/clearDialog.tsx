/** Asks before all waiting tasks of the lane end. */
import { useActions } from '../views/contexts.ts';

const id = 'clear';

export function openClear(): void {
  dialog()?.showModal();
}

function dialog(): HTMLDialogElement | null {
  return document.querySelector(`dialog#${id}`);
}

export function ClearDialog() {
  const { ask } = useActions();
  return (
    <dialog id={id} aria-labelledby="clear-title">
      <h2 id="clear-title">End the lane’s waiting tasks?</h2>
      <p>Each is recorded as skipped. What runs goes on, and tasks for agents stay.</p>
      <div class="acts">
        <button
          type="button"
          onClick={() => {
            dialog()?.close();
            void ask('clearWaiting', {});
          }}
        >
          End them
        </button>
        <button type="button" class="second" autofocus onClick={() => dialog()?.close()}>
          Keep them
        </button>
      </div>
    </dialog>
  );
}
