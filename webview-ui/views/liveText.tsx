/**
 * Live text of the running attempt: newest words at the bottom, older ones fading out on top.
 *
 * Text is only ever text: it is put into one text node. Follows the newest until a person scrolls
 * away from it, and again once they come back.
 */
import { useCallback, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { OutputTail } from '../../extension/protocol/webviewModel.ts';
import { plainOutput } from '../text.ts';
import { Icon } from './parts.tsx';

/** How near to the end still counts as being there, in CSS pixels. */
const nearPx = 8;

export function LiveText({ output }: { readonly output: OutputTail }) {
  const text = useMemo(() => plainOutput(output.text).trimEnd(), [output.text]);
  return text === '' ? null : <Stream text={text} />;
}

function Stream({ text }: { readonly text: string }) {
  const box = useRef<HTMLDivElement>(null);
  const lastTop = useRef(0);
  const [following, setFollowing] = useState(true);
  const [fades, setFades] = useState(false);

  const follow = useCallback(() => {
    const element = box.current;
    if (element === null) return;
    if (following) element.scrollTop = element.scrollHeight;
    lastTop.current = element.scrollTop;
    setFades(following && element.scrollHeight > element.clientHeight + 1);
  }, [following]);
  useLayoutEffect(follow, [text, follow]);
  useLayoutEffect(() => {
    if (box.current === null) return undefined;
    // Another width wraps the words anew.
    const observer = new ResizeObserver(follow);
    observer.observe(box.current);
    return () => observer.disconnect();
  }, [follow]);

  const onScroll = () => {
    const element = box.current;
    if (element === null) return;
    const below = element.scrollHeight - element.clientHeight - element.scrollTop;
    // Text that grows or wraps anew moves its end away; only a person moves up.
    if (below <= nearPx) setFollowing(true);
    else if (element.scrollTop < lastTop.current) setFollowing(false);
    lastTop.current = element.scrollTop;
  };

  return (
    <div class="live">
      <div
        ref={box}
        class={`stream ${fades ? 'fades' : ''}`}
        role="log"
        aria-live="off"
        aria-label="Live output"
        tabIndex={0}
        onScroll={onScroll}
      >
        <div class="words">
          {text}
          <span class="caret" aria-hidden="true" />
        </div>
      </div>
      {!following && (
        <button
          type="button"
          class="icon newest"
          title="To the newest"
          aria-label="To the newest"
          onClick={() => setFollowing(true)}
        >
          <Icon name="arrow-down" />
        </button>
      )}
    </div>
  );
}
