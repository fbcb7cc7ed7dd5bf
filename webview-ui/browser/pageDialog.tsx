/** Shows what the host gives to read: a task, what its program said, the health of the queue. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Notification } from '../../extension/protocol/webview.ts';
import type { Connection } from '../connection.ts';
import { plainLine, plainOutput } from '../text.ts';
import { IconButton } from '../views/parts.tsx';

export function PageDialog({ connection }: { readonly connection: Connection }) {
  const [page, setPage] = useState<Notification<'page'> | null>(null);
  const dialog = useRef<HTMLDialogElement>(null);
  const body = useRef<HTMLDivElement>(null);
  useEffect(() => connection.onPage(setPage), [connection]);
  useEffect(() => {
    if (page === null) return;
    if (dialog.current?.open === false) dialog.current.showModal();
    body.current?.scrollTo(0, 0);
  }, [page]);

  const close = () => dialog.current?.close();
  return (
    <dialog
      ref={dialog}
      class="page"
      aria-labelledby="page-title"
      onClick={(event) => {
        // Beside it, on what lies behind.
        if (event.target === dialog.current) close();
      }}
    >
      <div class="title">
        <h2 id="page-title" dir="auto">
          {plainLine(page?.title ?? '')}
        </h2>
        <IconButton action={{ icon: 'close', label: 'Close', run: close }} />
      </div>
      <div ref={body} class="body" tabIndex={0}>
        {page !== null && page.facts.length > 0 && (
          <dl>
            {page.facts.map(({ name, value }) => (
              <div key={name}>
                <dt>{plainLine(name)}</dt>
                <dd dir="auto">{plainLine(value)}</dd>
              </div>
            ))}
          </dl>
        )}
        {page?.texts.map(({ heading, text }) => (
          <section key={heading}>
            {heading !== '' && <h3>{plainLine(heading)}</h3>}
            <pre dir="auto">{plainOutput(text)}</pre>
          </section>
        ))}
      </div>
    </dialog>
  );
}
