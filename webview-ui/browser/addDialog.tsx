/** The form for a new task, where no editor has an input for it. What is refused stays in it. */
import { useState } from 'preact/hooks';
import type { Priority } from '../../extension/protocol/webviewModel.ts';
import type { Host } from '../host.ts';

const id = 'add';
const priorities: readonly Priority[] = ['CRITICAL', 'HIGH', 'NORMAL', 'LOW'];

export function openAdd(): void {
  dialog()?.showModal();
}

function dialog(): HTMLDialogElement | null {
  return document.querySelector(`dialog#${id}`);
}

export function AddDialog({ host }: { readonly host: Host }) {
  const [refusal, setRefusal] = useState<string | null>(null);
  const [isSending, setSending] = useState(false);

  const submit = async (form: HTMLFormElement): Promise<void> => {
    const data = new FormData(form);
    const text = (name: string): string => {
      const value = data.get(name);
      return typeof value === 'string' ? value : '';
    };
    setSending(true);
    const outcome = await host.request('submitTask', {
      title: text('title').trim(),
      description: text('description'),
      priority: priorities.find((each) => each === data.get('priority')) ?? 'NORMAL',
      program: text('program').trim(),
    });
    setSending(false);
    setRefusal(outcome.ok ? null : outcome.message);
    if (!outcome.ok) return;
    form.reset();
    dialog()?.close();
  };

  return (
    <dialog id={id} aria-labelledby="add-title" onClose={() => setRefusal(null)}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void submit(event.currentTarget);
        }}
      >
        <h2 id="add-title">Add a task</h2>
        <label>
          Title
          <input name="title" required maxLength={500} autocomplete="off" autofocus />
        </label>
        <label>
          What is to be done
          <textarea name="description" rows={5} maxLength={100_000} />
        </label>
        <label>
          Priority
          <select name="priority">
            {priorities.map((each) => (
              <option key={each} value={each} selected={each === 'NORMAL'}>
                {each}
              </option>
            ))}
          </select>
        </label>
        <label>
          Program
          <input
            name="program"
            maxLength={4_000}
            autocomplete="off"
            spellcheck={false}
            placeholder="shell:npm test"
          />
          <span class="muted">
            For the lane; it waits until you approve it in a terminal. Without one, an agent takes
            the task.
          </span>
        </label>
        {refusal !== null && (
          <p class="bad" role="alert">
            {refusal}
          </p>
        )}
        <div class="acts">
          <button type="submit" disabled={isSending}>
            Add
          </button>
          <button type="button" class="second" onClick={() => dialog()?.close()}>
            Not now
          </button>
        </div>
      </form>
    </dialog>
  );
}
