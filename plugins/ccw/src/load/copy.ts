// COPY of a buffer that is ready.

import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Transaction } from '@bfd-host/sdk';
import { from as copyFrom } from 'pg-copy-streams';

/** Bytes of one message: large enough to cost little, small enough for the socket to push back. */
const MESSAGE_BYTES = 128 * 1024;

/**
 * Sends rows to a `COPY … FROM STDIN`.
 *
 * @returns how many rows PostgreSQL took
 * @example
 * await copyRows(tx, copyStatement('ccw.partd_events', plan.records), chunk.records.subarray(0, end));
 */
export async function copyRows(
  tx: Pick<Transaction, 'query'>,
  statement: string,
  rows: Buffer,
): Promise<number> {
  const copy = tx.query(copyFrom(statement));
  await pipeline(Readable.from(messages(rows), { objectMode: true }), copy);
  return copy.rowCount;
}

function* messages(rows: Buffer): Generator<Buffer> {
  for (let at = 0; at < rows.length; at += MESSAGE_BYTES) {
    yield rows.subarray(at, at + MESSAGE_BYTES);
  }
}
