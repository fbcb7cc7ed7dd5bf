/**
 * The documents that the server sends: the page with the app, the way into it, and what says no.
 *
 * Nothing in them comes from a task; the only text of others is the workspace's name.
 */
import { randomBytes } from 'node:crypto';

/** What is answered at once and as a whole. */
export interface Reply {
  readonly status: number;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

const closed = [`base-uri 'none'`, `form-action 'none'`, `frame-ancestors 'none'`];

/** Scripts only with this page's nonce; nothing from anywhere but this server. */
export function appDocument(workspace: string): Reply {
  const nonce = randomBytes(18).toString('base64url');
  const own = ['style', 'font', 'img', 'connect'].map((kind) => `${kind}-src 'self'`);
  const policy = [`default-src 'none'`, `script-src 'nonce-${nonce}'`, ...own, ...closed];
  return document(
    200,
    policy,
    `<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <link rel="icon" href="/signalbox.svg" />
    <link rel="stylesheet" href="/web.css" />
    <title>${escaped(workspace)}</title>
  </head>
  <body>
    <div id="app"></div>
    <script nonce="${nonce}" src="/web.js"></script>
  </body>
</html>
`,
  );
}

/**
 * Leads from the address that was printed to the page. Not a redirect by status: a browser that was
 * sent here by another program would not send its new cookie along with that.
 */
export function entryDocument(key: string): Reply {
  return plain(
    200,
    'Signalbox',
    '<p>One moment …</p>',
    `<meta http-equiv="refresh" content="0; url=/#${key}" />`,
  );
}

export const noEntry = plain(
  403,
  'This address does not open the dashboard',
  `<p>Each address that <code>signalbox dashboard --web</code> prints opens the page once, in one browser.
This one was used before, belongs to a dashboard that has ended, or is not complete.</p>
<p>If the page is open in this browser, it is <a href="/">here</a>.
Otherwise end the command with Ctrl-C, start it again and open the new address.</p>`,
);

export const wrongHost = plain(
  403,
  'This is not the way to the dashboard',
  `<p>The dashboard answers on this machine only, at the address that it printed.
Through a forwarded port, use the same number on both sides: <code>ssh -L PORT:127.0.0.1:PORT HOST</code>.</p>`,
);

function plain(status: number, title: string, body: string, head = ''): Reply {
  const policy = [`default-src 'none'`, ...closed];
  const html = `<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    ${head}<title>${title}</title>
  </head>
  <body>
    <h1>${title}</h1>
    ${body}
  </body>
</html>
`;
  return document(status, policy, html);
}

function document(status: number, policy: readonly string[], body: string): Reply {
  const headers = {
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Security-Policy': policy.join('; '),
  };
  return { status, body, headers };
}

/** For programs, and for whoever looks over their shoulder. */
export function text(status: number, said: string): Reply {
  const headers = { 'Content-Type': 'text/plain; charset=utf-8' };
  return { status, body: said === '' ? '' : `${said}\n`, headers };
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
