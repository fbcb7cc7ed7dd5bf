/**
 * What a person did to the view and is not the queue's: folded sections, rows asked for, held
 * cancellations, an order that is on its way, the last refusal.
 *
 * Whatever is meant for the queue goes to the host as a request; its next word wins over all here.
 */
import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { TaskId, TaskKey } from '../../extension/core/ids.ts';
import type { Params, RequestName } from '../../extension/protocol/webview.ts';
import { maxListRows } from '../../extension/protocol/webviewModel.ts';
import type { QueueViewModel } from '../../extension/protocol/webviewModel.ts';
import { Cancels } from '../cancels.ts';
import type { Host } from '../host.ts';
import type { Memory } from '../memory.ts';
import { isCollapsed, limitOf, moved, rowsPerStep } from '../rows.ts';
import type { Place, SectionName, SectionUi } from '../rows.ts';
import type { Actions } from './contexts.ts';

/** How long a refusal stands if nobody puts it away. */
const refusalMs = 12_000;

export interface Ui {
  readonly actions: Actions;
  readonly sections: SectionUi;
  /** The order of Up next that was asked for and is not confirmed yet. */
  readonly order: readonly TaskId[] | null;
  readonly refusal: string | null;
  readonly move: (task: TaskId, place: Place) => void;
  readonly undoLast: () => void;
  readonly setOpen: (section: SectionName, open: boolean) => void;
  readonly dismissRefusal: () => void;
}

/** @param isCut nothing that is asked for would arrive */
export function useUi(
  host: Host,
  memory: Memory,
  model: QueueViewModel | null,
  isCut: boolean,
): Ui {
  const [sections, setSections] = useState<SectionUi>({ collapsed: memory.collapsed, limits: {} });
  const [refusal, setRefusal] = useState<string | null>(null);
  const [cancelling, setCancelling] = useState<ReadonlySet<TaskKey>>(new Set());

  const ask = useCallback(
    async <Name extends RequestName>(name: Name, params: Params<Name>) => {
      const result = await host.request(name, params);
      if (!result.ok) setRefusal(result.message);
      return result.ok;
    },
    [host],
  );

  useEffect(() => {
    if (refusal === null) return undefined;
    const timer = setTimeout(() => setRefusal(null), refusalMs);
    return () => clearTimeout(timer);
  }, [refusal]);

  const cancels = useMemo(() => {
    const made: Cancels = new Cancels(
      (task) => void ask('cancelTask', { task }),
      () => setCancelling(made.held),
    );
    return made;
  }, [ask]);
  useEffect(() => {
    // A view that is hidden may never run again: what the person asked for is sent while it can be.
    const flush = () => cancels.flush();
    window.addEventListener('pagehide', flush);
    return () => window.removeEventListener('pagehide', flush);
  }, [cancels]);

  const { order, move } = useOrder(model?.upNext ?? null, ask);

  const setOpen = useCallback(
    (section: SectionName, open: boolean) =>
      setSections((before) => {
        const collapsed = { ...before.collapsed, [section]: !open };
        memory.collapsed = collapsed;
        return { ...before, collapsed };
      }),
    [memory],
  );

  const readOnly = isCut || model === null || !model.trusted || model.store.state === 'halted';
  const actions = useMemo<Actions>(
    () => ({
      readOnly,
      cancelling,
      ask,
      cancel: (task) => {
        if (!readOnly) cancels.begin(task);
      },
      undoCancel: (task) => cancels.undo(task),
      toggle: (section) => setOpen(section, isCollapsed(sections, section)),
      showMore: (section, loaded) => {
        const limit = Math.min(limitOf(sections, section) + rowsPerStep, maxListRows);
        setSections({ ...sections, limits: { ...sections.limits, [section]: limit } });
        if (limit > loaded) void ask('showMore', { section, rows: limit });
      },
    }),
    [readOnly, cancelling, ask, cancels, sections, setOpen],
  );

  return {
    actions,
    sections,
    order,
    refusal,
    move,
    undoLast: useCallback(() => void cancels.undoLast(), [cancels]),
    setOpen,
    dismissRefusal: useCallback(() => setRefusal(null), []),
  };
}

/** Shows moves at once, and drops the shown order with the first word of the host after them. */
function useOrder(upNext: QueueViewModel['upNext'] | null, ask: Actions['ask']) {
  const [order, setOrder] = useState<readonly TaskId[] | null>(null);
  const underway = useRef(0);
  /** Whether the host spoke of the list since the first move that is underway. */
  const heard = useRef(false);
  const latest = useRef<readonly TaskId[]>([]);
  latest.current = order ?? upNext?.rows.map((row) => row.id) ?? [];

  useEffect(() => {
    heard.current = true;
    if (underway.current === 0) setOrder(null);
  }, [upNext]);

  const move = useCallback(
    (task: TaskId, place: Place) => {
      // Two quick presses: the second is meant on what the first one showed.
      latest.current = moved(latest.current, task, place);
      setOrder(latest.current);
      if (underway.current === 0) heard.current = false;
      underway.current += 1;
      void ask('moveTask', { task, place }).then((done) => {
        underway.current -= 1;
        if (underway.current === 0 && (heard.current || !done)) setOrder(null);
      });
    },
    [ask],
  );
  return { order, move };
}
