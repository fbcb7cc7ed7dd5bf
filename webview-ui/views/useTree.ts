/**
 * The keyboard's way through the rows: one row of the tree is in the tab order and has the focus.
 *
 * Carries out what `keys.ts` reads from a key; what rows mean comes from the model.
 */
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { taskKey } from '../../extension/core/ids.ts';
import type { TaskId } from '../../extension/core/ids.ts';
import type { QueueViewModel } from '../../extension/protocol/webviewModel.ts';
import type { Connection } from '../connection.ts';
import { intentOf } from '../keys.ts';
import type { Intent } from '../keys.ts';
import {
  find,
  headerKey,
  isCollapsed,
  itemsOf,
  keepFocus,
  limitOf,
  placeAfterStep,
  walk,
} from '../rows.ts';
import type { Item } from '../rows.ts';
import type { Ui } from './useUi.ts';

/** Letters typed within this time belong to one word. */
const typingMs = 800;
const allOpen = {
  needsYou: false,
  upNext: false,
  waiting: false,
  workload: false,
  doneToday: false,
};

export function useTree(model: QueueViewModel, ui: Ui, connection: Connection) {
  const items = useMemo(() => itemsOf(model, ui.sections), [model, ui.sections]);
  const [focus, setFocus] = useState<string | null>(null);
  const tree = useRef<HTMLDivElement>(null);
  const before = useRef<readonly Item[]>(items);
  const hadFocus = useRef(false);
  const toReveal = useRef<string | null>(null);
  const typed = useRef({ text: '', at: 0 });

  const kept = keepFocus(before.current, items, focus);
  useLayoutEffect(() => {
    before.current = items;
    if (kept === focus) return;
    setFocus(kept);
    // The row that had the focus is gone, and the page's body has it now: take it to its heir.
    // Never while another part of the editor has the focus: that would steal it.
    const orphaned = document.activeElement === document.body && document.hasFocus();
    if (hadFocus.current && orphaned) focusOn(tree.current, kept);
  }, [items, kept, focus]);

  const goTo = useCallback((key: string | null) => {
    if (key === null) return;
    setFocus(key);
    focusOn(tree.current, key);
  }, []);

  useEffect(
    () =>
      connection.onReveal((task) => {
        const target = itemsOf(model, { collapsed: allOpen, limits: ui.sections.limits }).find(
          (item) => item.task !== null && taskKey(item.task) === taskKey(task),
        );
        if (target === undefined) return;
        if (!isCollapsed(ui.sections, target.section)) {
          goTo(target.key);
          return;
        }
        toReveal.current = target.key;
        ui.setOpen(target.section, true);
      }),
    [connection, model, ui, goTo],
  );
  useEffect(() => {
    // A row of a folded section can take the focus only once the section was drawn open.
    if (toReveal.current !== null && items.some((item) => item.key === toReveal.current)) {
      goTo(toReveal.current);
      toReveal.current = null;
    }
  }, [items, goTo]);

  const open = (item: Item): void => {
    const { actions } = ui;
    if (item.type === 'header') {
      actions.toggle(item.section);
    } else if (item.type === 'more') {
      // The first of the rows that come stands where this one stood, and inherits the focus.
      actions.showMore(item.section, model[item.section].rows.length);
    } else if (item.task === null) {
      if (item.section === 'needsYou') void actions.ask('openHealth', {});
    } else if (actions.cancelling.has(taskKey(item.task))) {
      actions.undoCancel(item.task);
    } else {
      void actions.ask('openTask', { task: item.task, show: 'details' });
    }
  };

  const fold = (item: Item, toOpen: boolean): void => {
    const isOpen = !isCollapsed(ui.sections, item.section);
    if (isOpen !== toOpen) ui.setOpen(item.section, toOpen);
    else if (toOpen) goTo(walk(items, kept, 1));
  };

  const type = (letter: string): void => {
    const now = Date.now();
    const going = now - typed.current.at < typingMs;
    const text = going ? typed.current.text + letter : letter;
    typed.current = { text, at: now };
    // The same letter again and again means the next such row, not a word of them.
    goTo(find(items, kept, text === letter.repeat(text.length) ? letter : text));
  };

  const move = (task: TaskId, by: -1 | 1): void => {
    if (ui.actions.readOnly) return;
    const shown = model.upNext.rows.slice(0, limitOf(ui.sections, 'upNext'));
    const place = placeAfterStep(
      shown.map((row) => row.id),
      task,
      by,
    );
    if (place !== null) ui.move(task, place);
  };

  const carryOut = (intent: Intent, item: Item): void => {
    const { task } = item;
    switch (intent.type) {
      case 'walk':
        goTo(walk(items, kept, intent.by));
        break;
      case 'type':
        type(intent.letter);
        break;
      case 'open':
        open(item);
        break;
      case 'toHeader':
        goTo(headerKey(item.section));
        break;
      case 'fold':
        fold(item, intent.open);
        break;
      case 'undoLast':
        ui.undoLast();
        break;
      case 'cancel':
        if (task !== null) ui.actions.cancel(task);
        break;
      case 'undo':
        if (task !== null) ui.actions.undoCancel(task);
        break;
      case 'copy':
        if (task !== null) void ui.actions.ask('copyTaskId', { task });
        break;
      case 'move':
        if (task !== null) move(task, intent.by);
        break;
    }
  };

  const onKeyDown = (event: KeyboardEvent) => {
    const target = event.target as Element;
    const onButton = target.closest('button') !== null;
    if (onButton && (event.key === 'Enter' || event.key === ' ')) return;
    // Copying what was selected is the browser's.
    if (event.key === 'c' && String(getSelection()) !== '') return;
    const item = items.find((candidate) => candidate.key === kept);
    const intent = intentOf(event, item);
    if (intent === null || item === undefined) return;
    event.preventDefault();
    carryOut(intent, item);
  };

  return {
    focus: kept,
    handlers: {
      ref: tree,
      onKeyDown,
      onFocusIn: (event: FocusEvent) => {
        hadFocus.current = true;
        const key = (event.target as Element).closest<HTMLElement>('[data-key]')?.dataset['key'];
        if (key !== undefined) setFocus(key);
      },
      onFocusOut: (event: FocusEvent) => {
        // A removed row blurs without a next; the focus then belongs to its heir, not to nobody.
        if (event.relatedTarget !== null) hadFocus.current = false;
      },
      onClick: (event: MouseEvent) => {
        const row = (event.target as Element).closest<HTMLElement>('[data-key]');
        if ((event.target as Element).closest('button') === null)
          row?.focus({ preventScroll: true });
      },
    },
  };
}

function focusOn(tree: HTMLElement | null, key: string | null): void {
  if (key === null) return;
  const row = tree?.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`);
  row?.focus();
  row?.scrollIntoView({ block: 'nearest' });
}
