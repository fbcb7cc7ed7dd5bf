/**
 * One section: VS Code's own pane header with a count at the end, its rows, and how many more.
 *
 * A section with nothing in it is not there; whoever renders it does not ask.
 */
import type { ComponentChildren } from 'preact';
import { useContext } from 'preact/hooks';
import { headerKey, isCollapsed, limitOf, moreKey, rowsPerStep } from '../rows.ts';
import type { SectionName } from '../rows.ts';
import { SectionsContext, useActions } from './contexts.ts';
import { Icon, useTreeItem } from './parts.tsx';

interface Props<Row> {
  readonly name: SectionName;
  readonly title: string;
  readonly list: { readonly rows: readonly Row[]; readonly more: number };
  /** What stands at the end of the header; the number of rows where it is not given. */
  readonly count?: string | undefined;
  readonly countTooltip?: string | undefined;
  /** Shows the count as a badge: something is asked of the person. */
  readonly badge?: boolean;
  readonly children: (row: Row) => ComponentChildren;
}

export function Section<Row>({
  name,
  title,
  list,
  count,
  countTooltip,
  badge = false,
  children,
}: Props<Row>) {
  const ui = useContext(SectionsContext);
  const { toggle } = useActions();
  const header = useTreeItem(headerKey(name), 1);
  const total = list.rows.length + list.more;
  if (total === 0) return null;
  const open = !isCollapsed(ui, name);
  const shown = list.rows.slice(0, limitOf(ui, name));
  const ending = count ?? String(total);
  return (
    <section role="none" class={`section ${name}`}>
      <div
        {...header}
        class="header"
        aria-expanded={open}
        aria-label={`${title}, ${ending}`}
        onClick={() => toggle(name)}
      >
        <Icon name={open ? 'chevron-down' : 'chevron-right'} />
        <span class="name">{title}</span>
        <span class={badge ? 'badge num' : 'count num'} title={countTooltip}>
          {ending}
        </span>
      </div>
      {open && (
        <div role="none" class="rows">
          {shown.map(children)}
          {shown.length < total && (
            <More name={name} hidden={total - shown.length} loaded={list.rows.length} />
          )}
        </div>
      )}
    </section>
  );
}

function More({
  name,
  hidden,
  loaded,
}: {
  readonly name: SectionName;
  readonly hidden: number;
  readonly loaded: number;
}) {
  const { showMore } = useActions();
  const item = useTreeItem(moreKey(name), 2);
  const step = Math.min(rowsPerStep, hidden);
  return (
    <div {...item} class="row more" onClick={() => showMore(name, loaded)}>
      <Icon name="ellipsis" tone="muted" />
      <span class="t">
        Show {step} more{hidden > step ? ` of ${hidden}` : ''}
      </span>
    </div>
  );
}
