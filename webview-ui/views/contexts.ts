/**
 * What parts of the view share without handing it through each other: the clock, the focus, and
 * what a person can do.
 */
import { createContext } from 'preact';
import { useContext, useEffect, useState } from 'preact/hooks';
import type { TaskId, TaskKey } from '../../extension/core/ids.ts';
import type { Params, RequestName } from '../../extension/protocol/webview.ts';
import type { SectionName, SectionUi } from '../rows.ts';
import { editor } from '../surroundings.ts';
import type { Surroundings } from '../surroundings.ts';

export interface Actions {
  /** Nothing may be changed: the workspace is not trusted, or the store is halted. */
  readonly readOnly: boolean;
  readonly cancelling: ReadonlySet<TaskKey>;
  /** Asks the host; a refusal is shown. Resolves with whether it was done. */
  readonly ask: <Name extends RequestName>(name: Name, params: Params<Name>) => Promise<boolean>;
  readonly cancel: (task: TaskId) => void;
  readonly undoCancel: (task: TaskId) => void;
  readonly toggle: (section: SectionName) => void;
  readonly showMore: (section: SectionName, loaded: number) => void;
}

export const SurroundingsContext = createContext<Surroundings>(editor);
export const ActionsContext = createContext<Actions | null>(null);
/** Key of the row that the keyboard stands on. */
export const FocusContext = createContext<string | null>(null);
export const SectionsContext = createContext<SectionUi>({ collapsed: {}, limits: {} });
/** What to add to the local clock to have the host's, in milliseconds. */
export const ClockContext = createContext(0);

export function useSurroundings(): Surroundings {
  return useContext(SurroundingsContext);
}

export function useActions(): Actions {
  const actions = useContext(ActionsContext);
  if (actions === null) throw new Error('Rendered outside of ActionsContext');
  return actions;
}

/** The host's time now, renewed every `everyMs` while the component is shown. */
export function useNow(everyMs: number): number {
  const offsetMs = useContext(ClockContext);
  const [, tick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => tick((n) => n + 1), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return Date.now() + offsetMs;
}
