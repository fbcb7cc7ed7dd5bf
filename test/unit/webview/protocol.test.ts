/** Both sides read what the other said, and what is not in the protocol does not exist. */
import { describe, expect, test } from 'vitest';
import {
  answerRequest,
  parseHostMessage,
  parseWebviewMessage,
  requests,
  webviewProtocol,
} from '../../../extension/protocol/webview.ts';
import type { RequestHandlers, RequestName } from '../../../extension/protocol/webview.ts';
import { Host } from '../../../webview-ui/host.ts';
import { Memory } from '../../../webview-ui/memory.ts';
import * as models from '../../fixtures/webview/models.ts';

const now = 1_800_000_000_000;

describe('what the host says', () => {
  test.each([
    models.typical,
    models.attentive,
    models.empty,
    models.stopped,
    models.stopping,
    models.untrusted,
    models.halted,
    models.longTexts,
    models.hostile,
    models.thousand,
  ])('every model crosses unchanged: %o', (make) => {
    const message = { type: 'snapshot', protocol: webviewProtocol, end: 4, model: make(now) };
    expect(parseHostMessage(structuredClone(message))).toEqual({ ok: true, message });
  });

  test.each([
    [null],
    ['snapshot'],
    [{ type: 'unknown' }],
    [{ type: 'update', from: -1, end: 0, model: models.empty(now) }],
    [{ type: 'update', from: 0, end: 1, model: {} }],
    [{ type: 'output', task: '../x', token: 1, seq: 1, text: '' }],
    [{ type: 'output', task: 1, token: 1, seq: 0, text: '' }],
    [{ type: 'output', task: 1, token: 1, seq: 1, text: 'x'.repeat(100_000) }],
  ])('%j is no message', (value) => {
    expect(parseHostMessage(value).ok).toBe(false);
  });
});

describe('what the view says', () => {
  test('a request carries the parameters of its name', () => {
    const request = {
      type: 'request',
      id: 1,
      name: 'moveTask',
      params: { task: 4, place: { at: 'before', task: 'x' } },
    };
    expect(parseWebviewMessage(request)).toEqual({ ok: true, message: request });
  });

  test.each([
    [{ type: 'request', id: 1, name: 'toString', params: {} }],
    [{ type: 'request', id: 1, name: 'cancelTask', params: {} }],
    [{ type: 'request', id: 1, name: 'cancelTask', params: { task: '../../etc' } }],
    [{ type: 'request', id: 0, name: 'addTask', params: {} }],
    [{ type: 'request', id: 1, name: 'moveTask', params: { task: 4, place: { at: 'before' } } }],
    [{ type: 'request', id: 1, name: 'prioritizeTask', params: { task: 4, priority: 'URGENT' } }],
    [{ type: 'ready' }],
    [undefined],
  ])('%j is no message', (value) => {
    expect(parseWebviewMessage(value).ok).toBe(false);
  });
});

describe('requests', () => {
  const done = async () => ({ ok: true as const });
  const names = Object.keys(requests) as RequestName[];
  const handlers = Object.fromEntries(
    names.map((name) => [name, done]),
  ) as unknown as RequestHandlers;

  /** A view and a host wired to each other, messages copied as the editor does. */
  function wired(host: RequestHandlers) {
    const view: Host = new Host({
      postMessage: (said) => {
        const parsed = parseWebviewMessage(structuredClone(said));
        if (!parsed.ok || parsed.message.type !== 'request') throw new Error('Said no request');
        void answerRequest(host, parsed.message).then((answer) =>
          view.read(structuredClone(answer)),
        );
      },
      getState: () => undefined,
      setState: () => undefined,
    });
    return view;
  }

  test('each answer reaches who asked', async () => {
    const refused = { ok: false as const, reason: 'poisoned', message: 'It is poisoned' };
    const view = wired({ ...handlers, retryTask: async () => refused });

    const answers = await Promise.all([
      view.request('retryTask', { task: 1 }),
      view.request('runTaskNow', { task: 1 }),
    ]);

    expect(answers).toEqual([refused, { ok: true }]);
  });

  test('a handler that throws is a refusal with its words', async () => {
    const view = wired({ ...handlers, addTask: () => Promise.reject(new Error('disk full')) });

    expect(await view.request('addTask', {})).toEqual({
      ok: false,
      reason: 'failed',
      message: 'disk full',
    });
  });

  test('an answer that is none is a refusal, not a yes', async () => {
    const view = wired({ ...handlers, addTask: async () => 'yes' as never });

    expect(await view.request('addTask', {})).toMatchObject({ ok: false });
  });
});

test.each([[undefined], [null], [7], [{ collapsed: 3 }], [{ collapsed: { upNext: 'yes' } }]])(
  'a memory of %j folds nothing',
  (state) => {
    const memory = new Memory({
      postMessage: () => undefined,
      getState: () => state,
      setState: () => undefined,
    });
    expect(memory.collapsed).toEqual({});
  },
);
