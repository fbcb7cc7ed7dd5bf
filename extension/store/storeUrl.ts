/**
 * What a person may name as the place of a log: a file in the workspace, or a PostgreSQL database.
 *
 * Opens nothing. A password never leaves this file but in `url`, which is for the driver alone.
 */
import { StoreError } from './taskStore.ts';

export type StoreUrl =
  | { readonly kind: 'file' }
  | {
      readonly kind: 'postgres';
      /** For the driver; may hold a password. */
      readonly url: string;
      /** For people and for the log: without credentials but the user's name. */
      readonly name: string;
      /** Of the database's schemas, the one that holds this log. */
      readonly schema: string;
    };

const defaultSchema = 'signalbox';
const schemaPattern = /^[a-z_][a-z0-9_]{0,40}$/;

/** The file in the workspace, as `next` of a seal names it, followed by where that is. */
export const fileScheme = 'file:';

/**
 * Reads `text`, as `$SIGNALBOX_STORE` or `store move` has it.
 *
 * @throws {StoreError} `UNSUPPORTED_STORE`
 */
export function parseStoreUrl(text: string): StoreUrl {
  if (text === 'file' || text.startsWith(fileScheme)) return { kind: 'file' };
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(text)?.[1]?.toLowerCase();
  if (scheme !== 'postgres' && scheme !== 'postgresql') {
    // Not the text itself: whatever it is, it may hold a password.
    const what = scheme === undefined ? 'That is no URL of a store' : `No engine takes ${scheme}:`;
    throw new StoreError(
      'UNSUPPORTED_STORE',
      `${what}. A log lives in the workspace (file:) or in PostgreSQL ` +
        '(postgres://USER:PASSWORD@HOST:PORT/DATABASE, with ?schema=NAME for a further queue).',
    );
  }
  return postgresUrl(text);
}

function postgresUrl(text: string): StoreUrl {
  // A host that is a directory of sockets stands in the query, which leaves none before the path.
  const bare = text.replace(/^postgres(?:ql)?:/i, 'postgres:');
  let url: URL;
  try {
    url = new URL(bare);
  } catch {
    throw new StoreError(
      'UNSUPPORTED_STORE',
      'The URL of the PostgreSQL store cannot be read. It looks like ' +
        'postgres://USER:PASSWORD@HOST:PORT/DATABASE; special characters in the password are ' +
        'written as %XX.',
    );
  }
  const schema = url.searchParams.get('schema') ?? defaultSchema;
  if (!schemaPattern.test(schema)) {
    throw new StoreError(
      'UNSUPPORTED_STORE',
      `"${schema}" is no name for a schema: small letters, digits and underscores (40 at most).`,
    );
  }
  const host = url.searchParams.get('host');
  url.searchParams.delete('schema');
  const forDriver = url.href;
  url.password = '';
  url.search = '';
  if (host !== null) url.searchParams.set('host', host);
  if (schema !== defaultSchema) url.searchParams.set('schema', schema);
  return { kind: 'postgres', url: forDriver, name: url.href, schema };
}
