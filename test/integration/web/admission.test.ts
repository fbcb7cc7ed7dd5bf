/** Who is let in by `dashboard --web`, and who is not: nobody but one browser on this machine. */
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { beforeAll, afterAll, describe, expect, test } from 'vitest';
import { Workspace } from '../../support/cli.ts';
import { ask, Programmed, startDashboard } from '../../support/webDashboard.ts';
import type { Dashboard } from '../../support/webDashboard.ts';

let ws: Workspace;
let dashboard: Dashboard;
let page: Programmed;
let first: Awaited<ReturnType<typeof ask>>;

beforeAll(async () => {
  ws = new Workspace();
  await ws.ok('init');
  dashboard = await startDashboard(ws);
  const { port, url } = dashboard;
  // Spends nothing: it is another token.
  first = await ask(port, `${new URL(url).pathname}?token=${'x'.repeat(43)}`);
  page = await Programmed.enter(dashboard);
});
afterAll(() => ws.dispose());

const own = () => `http://127.0.0.1:${dashboard.port}`;

describe('the address', () => {
  test('opens the page once, and only as it was printed', async () => {
    const { port, url } = dashboard;
    const { pathname, search } = new URL(url);
    const again = await ask(port, pathname + search);

    expect(first).toMatchObject({ status: 403 });
    expect(page.cookie).toMatch(/^signalbox-\d+=[\w-]{43}$/);
    expect(again.status).toBe(403);
    expect(again.headers['set-cookie']).toBeUndefined();
    expect(again.body).toContain('was used before');
  });

  test('answers on the loopback interface alone', async () => {
    const others = Object.values(networkInterfaces())
      .flatMap((each) => each ?? [])
      .filter(({ internal, family }) => !internal && family === 'IPv4');
    for (const { address } of others) {
      const refused = await new Promise((resolve) => {
        const socket = connect({ host: address, port: dashboard.port });
        socket.once('connect', () => resolve('connected'));
        socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code));
        socket.once('close', () => socket.destroy());
      });
      expect(refused).not.toBe('connected');
    }
    expect(new URL(dashboard.url).hostname).toBe('127.0.0.1');
  });
});

describe('without the cookie and the key', () => {
  test.each(['/', '/web.js', '/web.css', '/codicon.ttf', '/stream', '/signalbox.svg'])(
    '%s is refused',
    async (path) => {
      expect(await ask(dashboard.port, path)).toMatchObject({ status: 403 });
      const wrong = { Cookie: page.cookie.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')) };
      expect(await ask(dashboard.port, path, wrong)).toMatchObject({ status: 403 });
    },
  );

  test('a cookie that another server of this machine saw gets the empty page and nothing of the queue', async () => {
    const headers = { Cookie: page.cookie };
    const shell = await ask(dashboard.port, '/', headers);

    expect(shell.status).toBe(200);
    expect(shell.body).not.toContain(page.key);
    expect(await ask(dashboard.port, '/stream', headers)).toMatchObject({ status: 403 });
    const message = { type: 'ready', protocol: 1 };
    expect(await page.say(message, { 'Signalbox-Key': '' })).toMatchObject({ status: 403 });
  });
});

describe('with both', () => {
  test('the page comes under a policy that lets nothing in from elsewhere', async () => {
    const { status, headers } = await ask(dashboard.port, '/', page.headers);
    const policy = String(headers['content-security-policy']);

    expect(status).toBe(200);
    expect(policy).toMatch(/default-src 'none'; script-src 'nonce-[\w-]{24}'/);
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
    expect(policy).toContain("frame-ancestors 'none'");
    expect(headers['set-cookie']).toBeUndefined();
  });

  test.each([
    ['/../package.json', 404],
    ['/%2e%2e/package.json', 404],
    ['/dist/web.js', 404],
    ['/AI/log/seg-1.jsonl', 404],
    ['/__proto__', 404],
    ['/web.js', 200],
  ])('%s is answered with %i: nothing is served but the page', async (path, status) => {
    expect(await ask(dashboard.port, path, page.headers)).toMatchObject({ status });
  });

  test.each([
    ['another host', { Host: 'evil.example' }],
    ['another port', { Host: '127.0.0.1:1' }],
    ['a page of another origin', { Origin: 'http://evil.example' }],
    ['a page of another server here', { Origin: 'http://127.0.0.1:1' }],
    ['no origin at all', { Origin: '' }],
    ['a page elsewhere, by the browser’s word', { 'Sec-Fetch-Site': 'cross-site' }],
    ['a form', { 'Content-Type': 'text/plain' }],
  ])('a message is refused that comes from %s', async (_from, changed) => {
    const message = { type: 'request', id: 1, name: 'pauseLane', params: {} };
    expect(await page.say(message, changed)).toMatchObject({ status: 403 });
    expect(ws.log().filter(({ event }) => event === 'PAUSED')).toEqual([]);
  });

  test('a message from the page itself is heard', async () => {
    await page.listen();
    expect(await page.request('pauseLane', {})).toEqual({ ok: true });
    expect(ws.log().filter(({ event }) => event === 'PAUSED')).toHaveLength(1);
  });

  test.each([[{ type: 'nonsense' }], [{ type: 'request', id: 1, name: 'toString', params: {} }]])(
    '%j is no message',
    async (message) => {
      await page.listen();
      expect(await page.say(message)).toMatchObject({ status: 400 });
    },
  );

  test('no stream is opened for a page of another origin', async () => {
    const headers = { ...page.headers, Origin: own().replace(/\d+$/, '1') };
    expect(await ask(dashboard.port, '/stream', headers)).toMatchObject({ status: 403 });
  });
});
