/**
 * The head of the view: every kind with its word, and the one loud thing, what runs now.
 *
 * Shows the lane; whether it is busy was decided elsewhere.
 */
import { formatTaskId, taskKey } from '../../extension/core/ids.ts';
import type {
  ActiveTask,
  KindStatus,
  LaneState,
  QueueViewModel,
} from '../../extension/protocol/webviewModel.ts';
import { plainLine } from '../text.ts';
import { formatAbout, formatAt, formatCountdown, formatElapsed } from '../time.ts';
import { Command } from './command.tsx';
import { useActions, useNow, useSurroundings } from './contexts.ts';
import { LiveText } from './liveText.tsx';
import { Icon, IconButton, menuContext, plainTooltip, Ticking } from './parts.tsx';

function Kinds({ kinds }: { readonly kinds: readonly KindStatus[] }) {
  const { ask } = useActions();
  if (kinds.length === 0) return null;
  return (
    <div class="kinds">
      {kinds.map((kind) => {
        const text = `${plainLine(kind.label)}: ${plainLine(kind.word)}`;
        const tooltip = plainTooltip(`${text}\n${kind.detail ?? ''}`);
        if (kind.state === 'error') {
          return (
            <button
              key={kind.kind}
              type="button"
              class="kind error"
              title={`${tooltip}\nClick to put it away`}
              onClick={() => void ask('dismissKindError', { kind: kind.kind })}
            >
              <Icon name="error" />
              {text}
            </button>
          );
        }
        return (
          <span key={kind.kind} class={`kind ${kind.state}`} title={tooltip}>
            <i class="dot" aria-hidden="true" />
            {text}
          </span>
        );
      })}
    </div>
  );
}

/** Says what the lane does to who cannot see it; only a change of it is heard. */
function LaneAnnouncement({ model }: { readonly model: QueueViewModel }) {
  const { lane, active } = model;
  const text =
    active === null
      ? phaseWords[lane.phase]
      : `${phaseWords[lane.phase]}: ${plainLine(active.title)}`;
  return (
    <div class="unseen" role="status" aria-live="polite">
      {text}
    </div>
  );
}

const phaseWords: Record<LaneState['phase'], string> = {
  stopped: 'Stopped',
  idle: 'Idle',
  running: 'Working',
  stopping: 'Stopping',
  paused: 'Paused',
  held: 'Held',
};

export function Lane({ model }: { readonly model: QueueViewModel }) {
  return (
    <div class="lane" role="region" aria-label="The lane">
      <Kinds kinds={model.kinds} />
      <LaneAnnouncement model={model} />
      {model.active === null ? (
        <AtRest model={model} />
      ) : (
        <Card active={model.active} lane={model.lane} />
      )}
    </div>
  );
}

/** One line for a lane in which nothing runs, with the one thing to do about it. */
function AtRest({ model }: { readonly model: QueueViewModel }) {
  const { ask, readOnly } = useActions();
  const { isEditor } = useSurroundings();
  const { lane } = model;
  // Elsewhere than in an editor, a lane that nobody runs matters only to what waits for it.
  const needsLane = model.upNext.rows.some(({ agent }) => agent === null);
  if (lane.phase === 'stopped' && !isEditor && !needsLane) return null;
  const waiting =
    model.upNext.rows.length + model.upNext.more + model.waiting.rows.length + model.waiting.more;
  if (waiting === 0 && (lane.phase === 'idle' || lane.phase === 'stopped')) return null;
  const verb = {
    stopped: isEditor ? 'Start' : null,
    paused: 'Resume',
    held: null,
    idle: null,
    running: null,
    stopping: null,
  }[lane.phase];
  return (
    <div class="rest">
      <span class="words">
        {phaseWords[lane.phase]}
        {waiting > 0 && <span class="muted num"> · {waiting} waiting</span>}
        {lane.owner !== null && <span class="muted"> · {plainLine(lane.owner)}</span>}
        <ResumesIn lane={lane} />
        {lane.message !== null && <span class="muted because">{plainLine(lane.message)}</span>}
        {lane.phase === 'stopped' && !isEditor && (
          <span class="muted because">
            A terminal starts the lane: <Command line="signalbox run" />
          </span>
        )}
      </span>
      {verb !== null && !readOnly && (
        <button
          type="button"
          onClick={() => void ask(lane.phase === 'stopped' ? 'startLane' : 'resumeLane', {})}
        >
          {verb}
        </button>
      )}
    </div>
  );
}

function ResumesIn({ lane }: { readonly lane: LaneState }) {
  const { resumesAt } = lane;
  if (resumesAt === null) return null;
  return (
    <span class="muted num">
      {' · '}
      <Ticking text={(now) => formatCountdown(resumesAt - now)} />
    </span>
  );
}

function Card({ active, lane }: { readonly active: ActiveTask; readonly lane: LaneState }) {
  const stopping = lane.phase === 'stopping';
  const several = active.attempt > 1 && active.maxAttempts !== null;
  const title = plainLine(active.title);
  return (
    <article
      class={`card ${lane.phase}`}
      aria-label={title}
      data-vscode-context={menuContext('active', active.id, { token: active.token })}
    >
      <ProgressLine active={active} stopping={stopping} />
      <div class="body">
        <div class="title">
          <span class="t" dir="auto" title={title}>
            {title}
          </span>
          <Elapsed startedAt={active.startedAt} />
        </div>
        <div class="meta muted">
          <span>{formatTaskId(active.id)}</span>
          <span>{plainLine(active.agent)}</span>
          {several && (
            <span>
              attempt {active.attempt} of {active.maxAttempts}
            </span>
          )}
          {lane.owner !== null && <span>{plainLine(lane.owner)}</span>}
          {stopping ? <span>stopping</span> : <Left active={active} />}
        </div>
        {lane.message !== null && <div class="because muted">{plainLine(lane.message)}</div>}
        <div class="work">
          <LiveText key={`${taskKey(active.id)}:${String(active.token)}`} output={active.output} />
          <Tools active={active} />
        </div>
        <CardActions active={active} stopping={stopping} phase={lane.phase} />
      </div>
    </article>
  );
}

function Elapsed({ startedAt }: { readonly startedAt: number }) {
  const now = useNow(1_000);
  return (
    <span class="time num muted" title={`Started at ${formatAt(startedAt, now)}`}>
      {formatElapsed(now - startedAt)}
    </span>
  );
}

/** What is left of the estimate; past it, that it takes longer than expected. */
function Left({ active }: { readonly active: ActiveTask }) {
  const now = useNow(1_000);
  if (active.estimateMs === null) {
    return active.percent === null ? null : <span class="num">{Math.round(active.percent)} %</span>;
  }
  const leftMs = active.estimateMs - (now - active.startedAt);
  return (
    <span class="num">{leftMs > 0 ? `${formatAbout(leftMs)} left` : 'longer than expected'}</span>
  );
}

/** How far it is: as the program says, else by the estimate, which alone never fills it. */
function ProgressLine({
  active,
  stopping,
}: {
  readonly active: ActiveTask;
  readonly stopping: boolean;
}) {
  const now = useNow(1_000);
  const { percent, estimateMs, startedAt } = active;
  const guess = estimateMs === null ? null : Math.min(95, (100 * (now - startedAt)) / estimateMs);
  const done = stopping ? null : (percent ?? guess);
  const known = done === null ? {} : { 'aria-valuenow': Math.round(done) };
  return (
    <div
      class="bar"
      role="progressbar"
      aria-label="Progress"
      aria-valuemin={0}
      aria-valuemax={100}
      {...known}
    >
      {done === null ? <i class="unknown" /> : <i style={{ width: `${done.toFixed(1)}%` }} />}
    </div>
  );
}

const toolIcons = {
  pending: { name: 'circle-outline', tone: '' },
  running: { name: 'loading', tone: 'spin' },
  done: { name: 'check', tone: 'ok' },
  failed: { name: 'error', tone: 'bad' },
} as const;

const shownTools = 3;

function Tools({ active }: { readonly active: ActiveTask }) {
  const tools = active.tools.slice(-shownTools);
  if (tools.length === 0 && active.progress === null) return null;
  return (
    <div class="tools muted">
      {tools.map((tool) => (
        <div key={tool.toolId} title={plainTooltip(tool.title)}>
          <Icon {...toolIcons[tool.status]} />
          <span class="t">{plainLine(tool.title)}</span>
        </div>
      ))}
      {active.progress !== null && (
        <div title={plainTooltip(active.progress)}>
          <Icon name="pulse" />
          <span class="t">{plainLine(active.progress)}</span>
        </div>
      )}
    </div>
  );
}

function CardActions({
  active,
  stopping,
  phase,
}: {
  readonly active: ActiveTask;
  readonly stopping: boolean;
  readonly phase: LaneState['phase'];
}) {
  const { ask, cancel, cancelling, undoCancel, readOnly } = useActions();
  const { isEditor } = useSurroundings();
  const { id, token } = active;
  const open = (show: 'transcript' | 'diff') => () => void ask('openTask', { task: id, show });
  return (
    <div class="acts">
      {!readOnly && (
        <button
          type="button"
          class="second"
          disabled={stopping}
          onClick={() => void ask('interruptTask', { task: id, token })}
        >
          <Icon name="debug-stop" /> {stopping ? 'Stopping' : 'Interrupt'}
        </button>
      )}
      {phase === 'paused' && !readOnly && (
        <button type="button" class="second" onClick={() => void ask('resumeLane', {})}>
          Resume
        </button>
      )}
      {cancelling.has(taskKey(id)) && (
        <button type="button" class="second" onClick={() => undoCancel(id)}>
          Undo cancel
        </button>
      )}
      <span class="icons">
        <IconButton action={{ icon: 'output', label: 'Transcript', run: open('transcript') }} />
        {active.hasDiff && (
          <IconButton action={{ icon: 'diff', label: 'Diff', run: open('diff') }} />
        )}
        {isEditor && (
          <button type="button" class="icon" title="More" aria-label="More" onClick={openMenu}>
            <Icon name="ellipsis" />
          </button>
        )}
        {!isEditor && !readOnly && !cancelling.has(taskKey(id)) && (
          <IconButton action={{ icon: 'close', label: 'Cancel', run: () => cancel(id) }} />
        )}
      </span>
    </div>
  );
}

/** Opens the editor's own context menu of the thing that the button belongs to. */
function openMenu(event: MouseEvent): void {
  event.preventDefault();
  event.stopPropagation();
  const at = (event.currentTarget as Element).getBoundingClientRect();
  event.currentTarget?.dispatchEvent(
    new MouseEvent('contextmenu', { bubbles: true, clientX: at.left, clientY: at.bottom }),
  );
}
