/**
 * The quiet lists: what waits and why, who is busy, what is done.
 *
 * Everything here is rows; sentences come from the host.
 */
import { formatTaskId, taskKey } from '../../extension/core/ids.ts';
import type {
  DoneRow,
  QueueViewModel,
  WaitingRow,
  WorkloadRow,
} from '../../extension/protocol/webviewModel.ts';
import { rowKey } from '../rows.ts';
import { plainLine } from '../text.ts';
import { formatAbout, formatAt, formatCountdown, formatTook } from '../time.ts';
import { useActions, useNow, useSurroundings } from './contexts.ts';
import { Icon, plainTooltip, Row, Ticking, useTreeItem } from './parts.tsx';
import { Section } from './section.tsx';

/** A due time nearer than this counts down; a later one is a fact that `why` states. */
const countsDownMs = 60 * 60_000;

const waitingIcons: Record<WaitingRow['reason'], string> = {
  dependency: 'git-merge',
  retry: 'history',
  schedule: 'calendar',
  paths: 'lock',
  approval: 'shield',
  agent: 'person',
  group: 'list-unordered',
  limit: 'dashboard',
  paused: 'debug-pause',
  other: 'clock',
};

export function Waiting({ list }: { readonly list: QueueViewModel['waiting'] }) {
  const { ask, cancel } = useActions();
  const { isEditor } = useSurroundings();
  return (
    <Section name="waiting" title="Waiting" list={list}>
      {(row) => {
        const task = row.id;
        return (
          <Row
            key={taskKey(task)}
            rowKey={rowKey('waiting', task)}
            section="waiting"
            task={task}
            icon={<Icon name={waitingIcons[row.reason]} tone="muted" />}
            title={row.title}
            right={row.dueAt === null ? formatTaskId(task) : <DueIn at={row.dueAt} row={row} />}
            why={row.why}
            tooltip={[
              `${formatTaskId(task)} ${row.title}`,
              row.why,
              `${row.kindLabel}, ${row.priority}`,
              row.estimateMs === null ? '' : `takes ${formatAbout(row.estimateMs)}`,
            ].join('\n')}
            actions={[
              ...(isEditor
                ? [{ icon: 'play', label: 'Run now', run: () => void ask('runTaskNow', { task }) }]
                : []),
              { icon: 'close', label: 'Cancel', run: () => cancel(task) },
            ]}
            onOpen={() => void ask('openTask', { task, show: 'details' })}
          />
        );
      }}
    </Section>
  );
}

function DueIn({ at, row }: { readonly at: number; readonly row: WaitingRow }) {
  return (
    <Ticking
      text={(now) => (at - now < countsDownMs ? formatCountdown(at - now) : formatTaskId(row.id))}
    />
  );
}

export function Workload({ list }: { readonly list: QueueViewModel['workload'] }) {
  const total = list.rows.length + list.more;
  return (
    <Section
      name="workload"
      title="Workload"
      list={list}
      count={`${total} ${total === 1 ? 'agent' : 'agents'}`}
    >
      {(row) => <Agent key={row.agent} row={row} />}
    </Section>
  );
}

/** The most segments of a track; a larger capacity is drawn to scale. */
const mostSegments = 8;

function Agent({ row }: { readonly row: WorkloadRow }) {
  const item = useTreeItem(`workload:${row.agent}`, 2);
  const name = plainLine(row.agent);
  const words = {
    working: `${row.running + row.held} / ${row.capacity}`,
    asks: 'asks',
    idle: 'idle',
    paused: 'paused',
    gone: 'gone',
  }[row.state];
  const held = `${row.running} running, ${row.held} held, of ${row.capacity}`;
  return (
    <div
      {...item}
      class="agent"
      title={plainTooltip(`${name}: ${held}\n${row.detail ?? ''}`)}
      aria-label={`${name}, ${words}, ${held}`}
    >
      <span class="t" dir="auto">
        {name}
      </span>
      <span class={`track ${row.state}`} aria-hidden="true">
        {segmentsOf(row).map((kind, index) => (
          <i key={index} class={kind} />
        ))}
      </span>
      <span class={`num state ${row.state === 'asks' ? 'warn' : ''}`}>{words}</span>
    </div>
  );
}

function segmentsOf(row: WorkloadRow): readonly string[] {
  const slots = Math.max(row.capacity, row.running + row.held, 1);
  const scale = slots > mostSegments ? mostSegments / slots : 1;
  const running = Math.ceil(row.running * scale);
  const held = Math.min(Math.ceil(row.held * scale), Math.ceil(slots * scale) - running);
  const free = Math.max(0, Math.ceil(slots * scale) - running - held);
  return [
    ...Array<string>(running).fill(row.state === 'gone' ? 'gone' : 'run'),
    ...Array<string>(held).fill('held'),
    ...Array<string>(free).fill('free'),
  ];
}

const doneIcons: Record<DoneRow['status'], { readonly name: string; readonly tone: string }> = {
  completed: { name: 'check', tone: 'ok' },
  failed: { name: 'error', tone: 'bad' },
  poisoned: { name: 'error', tone: 'bad' },
  interrupted: { name: 'debug-pause', tone: 'warn' },
  cancelled: { name: 'close', tone: 'muted' },
  skipped: { name: 'debug-step-over', tone: 'muted' },
};

export function DoneToday({ list }: { readonly list: QueueViewModel['doneToday'] }) {
  const { ask } = useActions();
  const now = useNow(60_000);
  return (
    <Section name="doneToday" title="Done today" list={list}>
      {(row) => (
        <Row
          key={taskKey(row.id)}
          rowKey={rowKey('doneToday', row.id)}
          section="done"
          task={row.id}
          icon={<Icon {...doneIcons[row.status]} />}
          title={row.title}
          right={formatAt(row.endedAt, now)}
          tooltip={[
            `${formatTaskId(row.id)} ${row.title}`,
            `${row.status} at ${formatAt(row.endedAt, now)}${row.agent === null ? '' : ` by ${row.agent}`}`,
            row.tookMs === null ? '' : `took ${formatTook(row.tookMs)}`,
            row.result ?? '',
          ].join('\n')}
          actions={[
            {
              icon: 'output',
              label: 'Transcript',
              run: () => void ask('openTask', { task: row.id, show: 'transcript' }),
            },
          ]}
          onOpen={() => void ask('openTask', { task: row.id, show: 'details' })}
        />
      )}
    </Section>
  );
}
