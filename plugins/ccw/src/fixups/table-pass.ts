// One pass over the rows of a table that need something: read, hashed and written slice by slice. Two slices are
// under way, so that the cores go on hashing while one of them is read or written.

import type { Pool, RunContext, Transaction } from '@bfd-host/sdk';
import type { StoredRow } from './fixup-statements.sql.ts';
import type { HashedRow } from './hash-maker.ts';
import { SliceReader } from './slice-reader.ts';

const LANES = 2;

export interface PassPlan {
  readonly db: Pool;
  readonly ctx: RunContext;
  /** Finds rows from a key on; parameters as of {@link SliceReader}. */
  readonly find: string;
  /** Lowest key looked at. */
  readonly from: string;
  readonly sliceRows: number;
  /** Writes hashed rows. */
  readonly store: string;
  /** Asked before each slice; the pass ends when it says no. */
  hasTime(): boolean;
  hash(rows: readonly StoredRow[]): Promise<HashedRow[]>;
  /** Called in the transaction that writes a slice. */
  mark?(tx: Transaction, slice: readonly StoredRow[]): Promise<void>;
  /** Called when rows have been written. */
  wrote(rows: number): void;
}

export interface PassResult {
  readonly found: number;
  /** Fewer than `found` when somebody else was writing rows, or had changed them. */
  readonly written: number;
  /** Whether no time was missing. */
  readonly isAtEnd: boolean;
}

export async function passOver(plan: PassPlan): Promise<PassResult> {
  const { db, ctx, find, from, sliceRows, store } = plan;
  const slices = new SliceReader(db, find, sliceRows, from);
  let found = 0;
  let written = 0;
  let hasFailed = false;

  async function lane(): Promise<void> {
    while (!hasFailed && plan.hasTime()) {
      ctx.signal.throwIfAborted();
      const slice = await slices.next();
      if (slice.length === 0) return;
      found += slice.length;
      const columns = columnsOf(await plan.hash(slice));
      const rows = await ctx.transaction(async (tx) => {
        const { rowCount } = await tx.query(store, columns);
        await plan.mark?.(tx, slice);
        return rowCount ?? 0;
      });
      written += rows;
      plan.wrote(rows);
    }
  }

  const lanes = Array.from({ length: LANES }, () =>
    lane().catch((error: unknown) => {
      hasFailed = true;
      throw error;
    }),
  );
  // All of them have ended before the caller goes on.
  for (const end of await Promise.allSettled(lanes)) {
    if (end.status === 'rejected') throw end.reason;
  }
  return { found, written, isAtEnd: slices.isAtEnd };
}

/** The parameters of {@link FixupStatements.store}. */
function columnsOf(hashed: readonly HashedRow[]): (string | null)[][] {
  return [
    hashed.map(({ row }) => row.id),
    hashed.map(({ row }) => row.hicn),
    hashed.map(({ row }) => row.mbi),
    hashed.map(({ row }) => row.hicnHash),
    hashed.map(({ row }) => row.mbiHash),
    hashed.map(({ hashes }) => hashes.hicnHash),
    hashed.map(({ hashes }) => hashes.mbiHash),
    hashed.map(({ hashes }) => hashes.hicnHashOld),
    hashed.map(({ hashes }) => hashes.mbiHashOld),
  ];
}
