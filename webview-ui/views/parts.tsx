/**
 * The small parts that everything is built from: icons, moving times, rows and their buttons.
 *
 * They decide how things look and what a row is to a screen reader, not what happens on a click.
 */
import type { ComponentChildren } from 'preact';
import { useContext } from 'preact/hooks';
import type { TaskId } from '../../extension/core/ids.ts';
import { taskKey } from '../../extension/core/ids.ts';
import { plainLine } from '../text.ts';
import { FocusContext, useActions, useNow } from './contexts.ts';

const secondMs = 1_000;

export function Icon({ name, tone = '' }: { readonly name: string; readonly tone?: string }) {
  return <i class={`codicon codicon-${name} ${tone}`} aria-hidden="true" />;
}

/** A sentence in which what stands between backticks is a command. */
export function WithCode({ text }: { readonly text: string }) {
  const parts = plainLine(text).split('`');
  // A backtick that nothing closes is a character like any other.
  const isPaired = parts.length % 2 === 1;
  if (!isPaired) return <>{parts.join('`')}</>;
  return (
    <>{parts.map((part, index) => (index % 2 === 1 ? <code key={index}>{part}</code> : part))}</>
  );
}

/** A text that moves with time. */
export function Ticking({
  everyMs = secondMs,
  text,
}: {
  readonly everyMs?: number;
  readonly text: (now: number) => string;
}) {
  return <>{text(useNow(everyMs))}</>;
}

export interface RowAction {
  readonly icon: string;
  readonly label: string;
  readonly run: () => void;
}

/** Buttons with an icon alone. Within rows they are for the pointer: rows have keys and a menu. */
export function IconButton({
  action,
  inRow = false,
}: {
  readonly action: RowAction;
  readonly inRow?: boolean;
}) {
  return (
    <button
      type="button"
      class="icon"
      title={action.label}
      aria-label={action.label}
      tabIndex={inRow ? -1 : 0}
      onClick={(event) => {
        event.stopPropagation();
        action.run();
      }}
    >
      <Icon name={action.icon} />
    </button>
  );
}

/** What the editor's own context menu is told about the thing it was opened on. */
export function menuContext(section: string, task: TaskId | null, extra: object = {}): string {
  return JSON.stringify({
    webviewSection: section,
    ...(task === null ? {} : { task }),
    ...extra,
    preventDefaultContextMenuItems: true,
  });
}

export interface RowProps {
  readonly rowKey: string;
  readonly section: string;
  readonly task: TaskId | null;
  readonly icon: ComponentChildren;
  readonly title: string;
  /** The right column; folds into the tooltip where there is no room. */
  readonly right?: ComponentChildren;
  readonly why?: string | undefined;
  /** The title is a sentence, and is shown whole. */
  readonly wraps?: boolean;
  readonly tooltip: string;
  readonly actions?: readonly RowAction[];
  readonly onOpen?: (() => void) | undefined;
  readonly drag?: DragHandlers | undefined;
}

export interface DragHandlers {
  readonly mark: 'before' | 'after' | null;
  readonly onDragStart: (event: DragEvent) => void;
  readonly onDragOver: (event: DragEvent) => void;
  readonly onDragEnd: () => void;
  readonly onDrop: (event: DragEvent) => void;
}

/** What makes an element a row of the tree for keyboard and screen reader. */
export function useTreeItem(key: string, level: 1 | 2) {
  const focused = useContext(FocusContext) === key;
  return {
    role: 'treeitem' as const,
    'aria-level': level,
    'data-key': key,
    tabIndex: focused ? 0 : -1,
  };
}

export function Row(props: RowProps) {
  const {
    rowKey,
    section,
    task,
    icon,
    right,
    why,
    tooltip,
    actions = [],
    onOpen,
    drag,
    wraps = false,
  } = props;
  const { cancelling, undoCancel, readOnly } = useActions();
  const item = useTreeItem(rowKey, 2);
  const title = plainLine(props.title);
  if (task !== null && cancelling.has(taskKey(task))) {
    return (
      <div {...item} class="row cancelling" aria-label={`Cancelling ${title}. Enter undoes it.`}>
        <Icon name="close" tone="muted" />
        <span class="t" dir="auto">
          {title}
        </span>
        <button
          type="button"
          class="link"
          tabIndex={-1}
          onClick={(event) => {
            event.stopPropagation();
            undoCancel(task);
          }}
        >
          Undo
        </button>
        {why !== undefined && <span class="why">{plainLine(why)}</span>}
      </div>
    );
  }
  const { mark, ...handlers } = drag ?? { mark: null };
  return (
    <div
      {...item}
      {...handlers}
      class={`row ${wraps ? 'wraps' : ''} ${mark === null ? '' : `drop-${mark}`}`}
      draggable={drag !== undefined}
      title={plainTooltip(tooltip)}
      data-vscode-context={menuContext(section, task)}
      onClick={onOpen}
    >
      {icon}
      <span class="t" dir="auto">
        {title}
      </span>
      <span class="r num">{typeof right === 'string' ? plainLine(right) : right}</span>
      {!readOnly && actions.length > 0 && (
        <span class="hover">
          {actions.map((action) => (
            <IconButton key={action.label} action={action} inRow />
          ))}
        </span>
      )}
      {why !== undefined && (
        <span class="why" dir="auto">
          {plainLine(why)}
        </span>
      )}
    </div>
  );
}

/** Tooltips keep their lines, and each line is made visible like any other text. */
export function plainTooltip(text: string): string {
  return text.split('\n').map(plainLine).filter(Boolean).join('\n');
}
