/**
 * What waits for a person: questions of agents, programs to approve, and tasks that ended badly.
 *
 * The words on answer buttons are ours, by what an answer means: an agent cannot label a yes as a no.
 */
import { formatTaskId } from '../../extension/core/ids.ts';
import type { Attention, QueueViewModel } from '../../extension/protocol/webviewModel.ts';
import { attentionKey } from '../rows.ts';
import { plainCode, plainLine } from '../text.ts';
import { formatAgo, formatAt } from '../time.ts';
import { Command } from './command.tsx';
import { useActions, useSurroundings } from './contexts.ts';
import type { Actions } from './contexts.ts';
import { Icon, menuContext, plainTooltip, Row, Ticking, useTreeItem } from './parts.tsx';
import type { RowAction } from './parts.tsx';
import { Section } from './section.tsx';

type Of<Type extends Attention['type']> = Extract<Attention, { type: Type }>;

const minuteMs = 60_000;

export function NeedsYou({ list }: { readonly list: QueueViewModel['needsYou'] }) {
  return (
    <Section name="needsYou" title="Needs you" list={list} badge>
      {(item) => <AttentionItem key={attentionKey(item)} item={item} />}
    </Section>
  );
}

function AttentionItem({ item }: { readonly item: Attention }) {
  const actions = useActions();
  switch (item.type) {
    case 'permission':
      return <Permission item={item} />;
    case 'approval':
      return <Approval item={item} />;
    case 'health':
      return (
        <Row
          rowKey={attentionKey(item)}
          section="health"
          task={null}
          icon={
            item.severity === 'error' ? (
              <Icon name="error" tone="bad" />
            ) : (
              <Icon name="warning" tone="warn" />
            )
          }
          title={item.text}
          wraps
          tooltip={item.text}
          onOpen={() => void actions.ask('openHealth', {})}
        />
      );
    case 'failed':
    case 'poisoned':
    case 'interrupted':
      return <Ended item={item} actions={actions} />;
  }
}

function Ended({
  item,
  actions,
}: {
  readonly item: Of<'failed' | 'poisoned' | 'interrupted'>;
  readonly actions: Actions;
}) {
  const { isEditor } = useSurroundings();
  const { task } = item;
  const why = whyOf(item);
  const again: Record<typeof item.type, RowAction> = {
    failed: { icon: 'refresh', label: 'Retry', run: () => void actions.ask('retryTask', { task }) },
    poisoned: {
      icon: 'debug-restart',
      label: 'Clear its failures and try again',
      run: () => void actions.ask('clearRecovery', { task }),
    },
    interrupted: isEditor
      ? { icon: 'play', label: 'Run now', run: () => void actions.ask('runTaskNow', { task }) }
      : { icon: 'refresh', label: 'Retry', run: () => void actions.ask('retryTask', { task }) },
  };
  return (
    <Row
      rowKey={attentionKey(item)}
      section={item.type}
      task={task}
      icon={
        item.type === 'interrupted' ? (
          <Icon name="debug-pause" tone="warn" />
        ) : (
          <Icon name="error" tone="bad" />
        )
      }
      title={item.title}
      right={formatTaskId(task)}
      why={why}
      tooltip={`${formatTaskId(task)} ${item.title}\n${why}\nat ${formatAt(item.at, Date.now())}`}
      actions={[
        again[item.type],
        {
          icon: 'output',
          label: 'Transcript',
          run: () => void actions.ask('openTask', { task, show: 'transcript' }),
        },
        { icon: 'close', label: 'Cancel', run: () => actions.cancel(task) },
      ]}
      onOpen={() => void actions.ask('openTask', { task, show: 'details' })}
    />
  );
}

function whyOf(item: Of<'failed' | 'poisoned' | 'interrupted'>): string {
  if (item.type === 'interrupted') {
    return item.by === null ? 'Interrupted' : `Interrupted by ${item.by}`;
  }
  const cause = [item.errorClass, item.message].filter(Boolean).join(', ');
  if (item.type === 'failed') return `Failed: ${cause}`;
  return `Poisoned after ${item.failures} ${item.failures === 1 ? 'failure' : 'failures'}: ${cause}`;
}

const answerWords = {
  allow_once: 'Allow',
  allow_always: 'Always allow',
  reject_once: 'Reject',
  reject_always: 'Always reject',
} as const;
const answerOrder = Object.keys(answerWords);

function Permission({ item }: { readonly item: Of<'permission'> }) {
  const { ask, readOnly } = useActions();
  const { isEditor } = useSurroundings();
  const treeItem = useTreeItem(attentionKey(item), 2);
  const options = item.options.toSorted(
    (one, other) => answerOrder.indexOf(one.kind) - answerOrder.indexOf(other.kind),
  );
  const answer = (optionId: string) => () =>
    void ask('answerQuestion', {
      questionId: item.questionId,
      answer: { outcome: 'selected', optionId },
    });
  return (
    <div
      {...treeItem}
      class={`ask ${item.later ? 'later' : ''}`}
      data-vscode-context={menuContext('permission', item.task, { questionId: item.questionId })}
    >
      <div class="says">
        <b>{plainLine(item.agent)}</b> {plainLine(item.wants)}
        {item.subject !== null && <Code text={item.subject} />}
      </div>
      <div class="muted for">
        for {formatTaskId(item.task)} <bdi>{plainLine(item.title)}</bdi>
        {' · '}
        <Ticking everyMs={minuteMs / 4} text={(now) => formatAgo(now - item.askedAt)} />
      </div>
      {!isEditor && (
        <div class="muted for">
          A terminal takes the answer:{' '}
          <Command line={`signalbox approvals answer ${item.questionId}`} />
        </div>
      )}
      {!readOnly && isEditor && (
        <div class="acts">
          {options.map((option, index) => {
            const sameKind = options.filter((other) => other.kind === option.kind).length > 1;
            const words = answerWords[option.kind];
            return (
              <button
                key={option.optionId}
                type="button"
                class={index === 0 && option.kind === 'allow_once' && !item.later ? '' : 'second'}
                title={plainTooltip(option.label)}
                onClick={answer(option.optionId)}
              >
                {sameKind ? `${words}: ${plainLine(option.label)}` : words}
              </button>
            );
          })}
          {!item.later && (
            <button
              type="button"
              class="second"
              title="It stays open; later is not a no"
              onClick={() =>
                void ask('answerQuestion', {
                  questionId: item.questionId,
                  answer: { outcome: 'later' },
                })
              }
            >
              Later
            </button>
          )}
        </div>
      )}
    </div>
  );
}

/** Longer than this, or of several lines, code gets a block of its own, which scrolls. */
const inlineCodeChars = 60;

function Code({ text }: { readonly text: string }) {
  const code = plainCode(text);
  if (code.length <= inlineCodeChars && !code.includes('\n')) {
    return (
      <>
        {' '}
        <code dir="auto">
          <Unbroken code={code} />
        </code>
      </>
    );
  }
  return (
    <pre class="code" dir="auto" tabIndex={0} role="region" aria-label="In full">
      <Unbroken code={code} />
    </pre>
  );
}

/** Fits every width that the view can have. */
const wholeWordChars = 24;

/** Lines end between words of a command, never within `--dry-run`; what is longer is broken. */
function Unbroken({ code }: { readonly code: string }) {
  return (
    <>
      {code
        .split(/(\s+)/)
        .map((part, index) =>
          index % 2 === 1 || part.length > wholeWordChars ? (
            part
          ) : (
            <span class="whole">{part}</span>
          ),
        )}
    </>
  );
}

function Approval({ item }: { readonly item: Of<'approval'> }) {
  const { ask, cancel, readOnly } = useActions();
  const { isEditor } = useSurroundings();
  const treeItem = useTreeItem(attentionKey(item), 2);
  const { task, digest } = item;
  return (
    <div {...treeItem} class="ask" data-vscode-context={menuContext('approval', task, { digest })}>
      <div class="says">
        <b>
          {formatTaskId(task)} <bdi>{plainLine(item.title)}</bdi>
        </b>{' '}
        wants to start
        <Code text={item.commandLine} />
      </div>
      <div class="muted for">
        {plainLine(item.why)} · in <bdi>{plainLine(item.workingDirectory)}</bdi>
        {item.environment.length > 0 && <> · with {item.environment.map(plainLine).join(', ')}</>}
      </div>
      {!isEditor && (
        <div class="muted for">
          A terminal approves it: <Command line={`signalbox approve ${String(task)}`} />
        </div>
      )}
      {!readOnly && (
        <div class="acts">
          {isEditor && (
            <button
              type="button"
              title="Approves exactly this, on this machine"
              onClick={() => void ask('approveTask', { task, digest })}
            >
              Approve
            </button>
          )}
          <button
            type="button"
            class="second"
            onClick={() => void ask('openTask', { task, show: 'details' })}
          >
            Look at it
          </button>
          <button type="button" class="second" onClick={() => cancel(task)}>
            Cancel it
          </button>
        </div>
      )}
    </div>
  );
}
