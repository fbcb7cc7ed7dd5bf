/**
 * The queue view: the lane on top, the sections below, and notices between them.
 *
 * Puts together what the other files own; keeps what a person did to the view, never the queue.
 */
import { useEffect, useMemo, useState } from 'preact/hooks';
import type { QueueViewModel } from '../../extension/protocol/webviewModel.ts';
import type { Connection, ConnectionState } from '../connection.ts';
import type { Host } from '../host.ts';
import type { Memory } from '../memory.ts';
import { inOrder } from '../rows.ts';
import type { ComponentType } from 'preact';
import { editor } from '../surroundings.ts';
import type { Surroundings } from '../surroundings.ts';
import {
  ActionsContext,
  ClockContext,
  FocusContext,
  SectionsContext,
  SurroundingsContext,
} from './contexts.ts';
import { Lane } from './lane.tsx';
import { DoneToday, Waiting, Workload } from './lists.tsx';
import { NeedsYou } from './needsYou.tsx';
import { Notices } from './notices.tsx';
import { UpNext } from './upNext.tsx';
import { useTree } from './useTree.ts';
import { useUi } from './useUi.ts';
import type { Ui } from './useUi.ts';

interface Props {
  readonly connection: Connection;
  readonly host: Host;
  readonly memory: Memory;
  readonly surroundings?: Surroundings;
  /** Stands above the queue, where no editor has a title bar for it. */
  readonly Head?: ComponentType<HeadProps>;
}

export interface HeadProps {
  readonly model: QueueViewModel;
  readonly host: Host;
  readonly connection: Connection;
}

export function App({ connection, host, memory, surroundings = editor, Head }: Props) {
  const [state, setState] = useState(connection.state);
  useEffect(() => {
    const catchUp = () => setState(connection.state);
    // An answer may come before this runs, and then nobody was told of it.
    catchUp();
    return connection.onChange(catchUp);
  }, [connection]);
  const ui = useUi(host, memory, state.model, state.broken !== null);

  if (state.connection === 'mismatch') {
    return <p class="empty">{surroundings.outdated}</p>;
  }
  if (state.model === null) {
    return (
      <p class="empty late muted" aria-busy="true">
        {state.broken ?? (state.lost ? surroundings.lost : 'Reading the queue…')}
      </p>
    );
  }
  return (
    <SurroundingsContext.Provider value={surroundings}>
      <ActionsContext.Provider value={ui.actions}>
        <ClockContext.Provider value={state.clockOffsetMs}>
          <SectionsContext.Provider value={ui.sections}>
            {Head !== undefined && <Head model={state.model} host={host} connection={connection} />}
            <Queue state={state} model={state.model} ui={ui} connection={connection} />
          </SectionsContext.Provider>
        </ClockContext.Provider>
      </ActionsContext.Provider>
    </SurroundingsContext.Provider>
  );
}

function Queue({
  state: { lost, broken },
  model,
  ui,
  connection,
}: {
  readonly state: ConnectionState;
  readonly model: QueueViewModel;
  readonly ui: Ui;
  readonly connection: Connection;
}) {
  const { upNext: given } = model;
  const upNext = useMemo(
    () => (ui.order === null ? given : { ...given, rows: [...inOrder(given.rows, ui.order)] }),
    [given, ui.order],
  );
  const shown = useMemo(
    () => ({ ...model, upNext }),
    // Live text changes the model many times a second and no row: only the lists count.
    [model.needsYou, upNext, model.waiting, model.workload, model.doneToday],
  );
  const tree = useTree(shown, ui, connection);
  // Same elements for same lists: live text then draws the lane alone.
  const left = useMemo(
    () => (
      <div role="none" class="column">
        <NeedsYou list={model.needsYou} />
        <UpNext list={upNext} onMove={ui.move} />
      </div>
    ),
    [model.needsYou, upNext, ui.move],
  );
  const right = useMemo(
    () => (
      <div role="none" class="column">
        <Waiting list={model.waiting} />
        <Workload list={model.workload} />
        <DoneToday list={model.doneToday} />
      </div>
    ),
    [model.waiting, model.workload, model.doneToday],
  );

  return (
    <main>
      <Notices {...{ model, lost, broken }} refusal={ui.refusal} onDismiss={ui.dismissRefusal} />
      <Lane model={model} />
      {isEmpty(model) && <Empty ui={ui} />}
      <FocusContext.Provider value={tree.focus}>
        <div {...tree.handlers} class="sections" role="tree" aria-label="The queue">
          {left}
          {right}
        </div>
      </FocusContext.Provider>
    </main>
  );
}

/** Nothing runs and nothing is to do; who is busy elsewhere and what is done may still be shown. */
function isEmpty(model: QueueViewModel): boolean {
  const lists = [model.needsYou, model.upNext, model.waiting];
  return (
    model.active === null &&
    model.store.state !== 'loading' &&
    lists.every((list) => list.rows.length + list.more === 0)
  );
}

function Empty({ ui }: { readonly ui: Ui }) {
  return (
    <div class="empty">
      <p>Nothing is queued.</p>
      {!ui.actions.readOnly && (
        <button type="button" onClick={() => void ui.actions.ask('addTask', {})}>
          Add a task
        </button>
      )}
    </div>
  );
}
