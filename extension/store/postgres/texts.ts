/**
 * Long texts beside a log on a server, each under its SHA-256.
 *
 * A text is durable before `putText` answers, so a line may name it then. One that was purged leaves
 * its name.
 */
import { sha256 } from '../../platform/sha256.ts';
import { StoreError } from '../taskStore.ts';
import type { Connection } from './connection.ts';
import type { Statements } from './tables.ts';

export async function putText(
  connection: Connection,
  statements: Statements,
  text: string,
): Promise<string> {
  const bytes = Buffer.from(text);
  const digest = sha256(bytes);
  await connection.query(statements.putBlob, [digest, bytes]);
  return digest;
}

/** The text, or null where it was purged. */
export async function readText(
  connection: Connection,
  statements: Statements,
  digest: string,
): Promise<string | null> {
  const [row] = await connection.query<{ readonly bytes: Buffer | null }>(statements.getBlob, [
    digest,
  ]);
  if (row === undefined) {
    throw new StoreError(
      'STORE_UNAVAILABLE',
      `The text ${digest} that the log names is missing in ${connection.name}. Put it back from a ` +
        'copy of the database.',
    );
  }
  if (row.bytes !== null && sha256(row.bytes) !== digest) {
    throw new StoreError(
      'STORE_UNAVAILABLE',
      `The text ${digest} in ${connection.name} is not what the log names: it was changed or is ` +
        'damaged. Put it back from a copy of the database.',
    );
  }
  return row.bytes?.toString('utf8') ?? null;
}

/** The digests of all texts that are or were kept, and whether each was purged. */
export async function textNames(
  connection: Connection,
  statements: Statements,
): Promise<ReadonlyMap<string, boolean>> {
  const rows = await connection.query<{ readonly digest: string; readonly purged: boolean }>(
    statements.blobNames,
  );
  return new Map(rows.map(({ digest, purged }) => [digest, purged]));
}
