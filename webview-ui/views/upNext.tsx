/**
 * What comes next, in order: rows that can be dragged, moved, hurried and cancelled.
 *
 * Shows an order that was just asked for until the host's next word; it decides no order itself.
 */
import { useState } from 'preact/hooks';
import { formatTaskId, taskKey } from '../../extension/core/ids.ts';
import type { TaskId } from '../../extension/core/ids.ts';
import type { Priority, QueueViewModel, UpNextRow } from '../../extension/protocol/webviewModel.ts';
import { rowKey } from '../rows.ts';
import type { Place } from '../rows.ts';
import { formatAbout } from '../time.ts';
import { useActions, useSurroundings } from './contexts.ts';
import { Icon, Row } from './parts.tsx';
import type { DragHandlers, RowAction } from './parts.tsx';
import { Section } from './section.tsx';

const priorities: readonly Priority[] = ['CRITICAL', 'HIGH', 'NORMAL', 'LOW'];
const priorityIcons: Record<Priority, { readonly name: string; readonly tone: string }> = {
  CRITICAL: { name: 'flame', tone: 'prio-c' },
  HIGH: { name: 'arrow-up', tone: 'prio-h' },
  NORMAL: { name: 'dash', tone: 'muted' },
  LOW: { name: 'arrow-down', tone: 'prio-l' },
};

interface Drag {
  readonly task: TaskId;
  readonly over: TaskId | null;
  readonly at: 'before' | 'after';
}

export function UpNext({
  list,
  onMove,
}: {
  readonly list: QueueViewModel['upNext'];
  readonly onMove: (task: TaskId, place: Place) => void;
}) {
  const { readOnly } = useActions();
  const [drag, setDrag] = useState<Drag | null>(null);
  const total = list.rows.length + list.more;
  const about = list.estimateMs === null ? '' : ` · ${formatAbout(list.estimateMs)}`;

  const dragOf = (row: UpNextRow): DragHandlers => ({
    mark: drag?.over !== null && drag !== null && same(drag.over, row.id) ? drag.at : null,
    onDragStart: (event) => {
      event.dataTransfer?.setData('text/plain', formatTaskId(row.id));
      if (event.dataTransfer !== null) event.dataTransfer.effectAllowed = 'move';
      setDrag({ task: row.id, over: null, at: 'before' });
    },
    onDragOver: (event) => {
      // Only rows of this list are taken: without a drag of ours the event is left to others.
      if (drag === null) return;
      event.preventDefault();
      const box = (event.currentTarget as Element).getBoundingClientRect();
      const at = event.clientY < box.top + box.height / 2 ? 'before' : 'after';
      if (drag.over === null || !same(drag.over, row.id) || drag.at !== at) {
        setDrag({ ...drag, over: row.id, at });
      }
    },
    onDragEnd: () => setDrag(null),
    onDrop: (event) => {
      if (drag === null) return;
      event.preventDefault();
      setDrag(null);
      if (!same(drag.task, row.id)) onMove(drag.task, { at: drag.at, task: row.id });
    },
  });

  return (
    <Section
      name="upNext"
      title="Up next"
      list={list}
      count={`${total}${about}`}
      countTooltip={
        list.estimateMs === null
          ? undefined
          : `${total} tasks, ${formatAbout(list.estimateMs)} until all are done`
      }
    >
      {(row) => (
        <UpNextItem key={taskKey(row.id)} row={row} drag={readOnly ? undefined : dragOf(row)} />
      )}
    </Section>
  );
}

function UpNextItem({
  row,
  drag,
}: {
  readonly row: UpNextRow;
  readonly drag: DragHandlers | undefined;
}) {
  const { ask, cancel } = useActions();
  const { isEditor } = useSurroundings();
  const task = row.id;
  const right = row.background ? 'background' : (row.agent ?? row.kindLabel);
  const rank = priorities.indexOf(row.priority);
  const moveToTop = () => void ask('moveTask', { task, place: { at: 'first' } });
  const change = (icon: string, label: string, to: Priority | undefined): readonly RowAction[] =>
    to === undefined
      ? []
      : [{ icon, label, run: () => void ask('prioritizeTask', { task, priority: to }) }];
  return (
    <Row
      rowKey={rowKey('upNext', task)}
      section="upNext"
      task={task}
      icon={<Icon {...priorityIcons[row.priority]} />}
      title={row.title}
      right={right}
      tooltip={[
        `${formatTaskId(task)} ${row.title}`,
        `${row.kindLabel}, ${row.priority}${row.background ? ', background' : ''}`,
        row.agent === null ? '' : `for ${row.agent}`,
        row.why,
        row.estimateMs === null ? '' : `takes ${formatAbout(row.estimateMs)}`,
      ].join('\n')}
      actions={[
        isEditor
          ? { icon: 'play', label: 'Run now', run: () => void ask('runTaskNow', { task }) }
          : { icon: 'fold-up', label: 'Move to the top', run: moveToTop },
        ...change('arrow-up', `Raise to ${priorities[rank - 1] ?? ''}`, priorities[rank - 1]),
        ...change('arrow-down', `Lower to ${priorities[rank + 1] ?? ''}`, priorities[rank + 1]),
        { icon: 'close', label: 'Cancel', run: () => cancel(task) },
      ]}
      onOpen={() => void ask('openTask', { task, show: 'details' })}
      drag={drag}
    />
  );
}

function same(one: TaskId, other: TaskId): boolean {
  return taskKey(one) === taskKey(other);
}
