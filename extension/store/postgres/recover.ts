/**
 * The cure of a log on a server that lost what this workspace had seen of it: a new epoch after what
 * is there.
 *
 * Positions go on above any that may have been given out, so that an old token never becomes valid
 * again. Changes no line.
 */
import { randomUUID } from 'node:crypto';
import type { QueueEvent } from '../../core/event.ts';
import { instant, position } from '../../core/ids.ts';
import type { Recovered } from '../file/recover.ts';
import { sealLine } from '../file/seal.ts';
import { maxLagPositions, WitnessKeeper } from '../file/witness.ts';
import type { StoreUrl } from '../storeUrl.ts';
import { Connection } from './connection.ts';
import { findHead } from './openPostgres.ts';
import { standAfter } from './mirror.ts';
import { appendValues, statementsFor } from './tables.ts';
import type { LineRow } from './tables.ts';

/**
 * Ends the halt of a workspace whose witness names a line that the server no longer has.
 *
 * @throws {StoreError} `STORE_UNAVAILABLE`
 */
export async function recoverPostgres(
  { url, name, schema }: Extract<StoreUrl, { readonly kind: 'postgres' }>,
  witnessDir: string,
  writer: string,
): Promise<Recovered> {
  const connection = new Connection({ url, name, patienceMs: 20_000 });
  const statements = statementsFor(schema);
  try {
    await connection.open();
    const head = await findHead(connection, statements);
    const keeper = new WitnessKeeper({ logDir: witnessDir, gitCopyPath: undefined, pace: 'each' });
    const witness = keeper.read().find(({ log }) => log === head?.log_id);
    if (head?.state !== 'active' || witness === undefined) return { ok: false, reason: 'healthy' };
    const [[seen], [last]] = await Promise.all([
      connection.query<LineRow>(statements.lineAt, [witness.seq]),
      connection.query<LineRow>(statements.lineAt, [head.seq]),
    ]);
    const isThere = seen?.seq === String(witness.seq) && seen.hash === witness.hash;
    if (isThere || witness.epoch < Number(head.epoch) || last === undefined) {
      return { ok: false, reason: 'healthy' };
    }
    const base = standAfter(last);
    const epoch = Math.max(base.epoch, witness.epoch) + 1;
    const seq = Math.max(base.seq, witness.seq) + maxLagPositions + 1;
    const { text, hash } = sealLine(healed(witness.seq, base.seq), {
      log: head.log_id,
      epoch,
      seq,
      at: instant(Math.round(head.now)),
      commandId: randomUUID(),
      part: 1,
      of: 1,
      writer,
      prev: base.hash,
      base: { seq: base.seq, hash: base.hash },
    });
    const bytes = Buffer.from(text);
    const line = { seq, hash, total: base.bytes + bytes.length, event: 'HEALED', bytes };
    const change = {
      from: { seq: base.seq, hash: base.hash, state: 'active', sealed: head.sealed },
      to: { epoch, seq, hash, state: 'active', sealed: false, next: null },
    } as const;
    const added = await connection.query(statements.append, appendValues(change, [line]));
    // Another recovery was first, or someone appended: whoever tries again sees how it stands.
    if (added.length === 0) return { ok: false, reason: 'healthy' };
    keeper.advance({ log: head.log_id, epoch, seq, hash });
    keeper.flush();
    return { ok: true, kept: position(base.seq), seq: position(seq), epoch, segment: name };
  } finally {
    await connection.close();
  }
}

function healed(seen: number, kept: number): QueueEvent<'HEALED'> {
  return {
    event: 'HEALED',
    task: null,
    agent: null,
    message: `Went on after position ${kept}`,
    status: null,
    data: {
      done: [
        `The database no longer held position ${seen} as it was read from it`,
        `Kept what was there up to position ${kept}, and began a new epoch`,
      ],
    },
  };
}
