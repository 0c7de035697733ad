/** Writes a batch of changes: claims with all that belongs to them, a row for each message, how far the load is. */

import type { Transaction } from '@bfd-host/sdk';
import type { ClaimLayout } from '../layout/layout.ts';
import {
  type DeletedClaim,
  type Row,
  type StoredChange,
  storedColumns,
} from '../transform/transform.ts';
import { copyRows } from './copy.ts';
import { ADVANCE_PROGRESS } from './progress.sql.ts';
import { type ClaimStatements, claimStatements } from './statements.ts';

/** A change, and where in the stream it came. */
export interface SequencedChange {
  readonly sequence: bigint;
  readonly change: StoredChange | DeletedClaim;
}

export interface Batch {
  /** In the order of their sequence numbers. Of several about one claim the last one stays. */
  readonly changes: readonly SequencedChange[];
  readonly mbiIds: ReadonlyMap<string, string>;
  /** Version text of the server. */
  readonly apiSource: string;
  /** Up to where all messages are stored once this batch is; absent if that is not known, or must not change. */
  readonly progress?: bigint;
  /** Whether claims that a later message has written stay as they are. */
  readonly keepsNewer?: boolean;
}

export interface Written {
  /** Claims inserted or replaced. */
  readonly claims: number;
  /** Claims deleted, of those that were there. */
  readonly deleted: number;
}

export class ClaimSink {
  readonly #layout: ClaimLayout;
  readonly #statements: ClaimStatements;
  readonly #mbiIndex: number;
  readonly #apiSourceIndex: number;

  constructor(layout: ClaimLayout) {
    const columns = storedColumns(layout);
    this.#layout = layout;
    this.#statements = claimStatements(layout);
    this.#mbiIndex = columns.indexOf('mbi_id');
    this.#apiSourceIndex = columns.indexOf('api_source');
  }

  get statements(): ClaimStatements {
    return this.#statements;
  }

  /** Writes a batch in the caller's transaction. Writing it again leaves the same rows. */
  async write(tx: Transaction, batch: Batch): Promise<Written> {
    const latest = new Map(batch.changes.map(({ change }) => [change.claimId, change]));
    const stored = [...latest.values()].filter((change) => change.kind === 'stored');
    const gone = [...latest.values()].filter((change) => change.kind === 'deleted');
    if (batch.changes.length > 0) await tx.query(this.#statements.prepare);
    const claims = stored.length > 0 ? await this.#merge(tx, stored, batch) : 0;
    const deleted = gone.length > 0 ? await this.#delete(tx, gone, batch) : 0;
    if (batch.changes.length > 0) await this.#writeMessages(tx, batch);
    if (batch.progress !== undefined) {
      await tx.query(ADVANCE_PROGRESS, [this.#layout.type, String(batch.progress)]);
    }
    return { claims, deleted };
  }

  async #merge(
    tx: Transaction,
    changes: readonly StoredChange[],
    { mbiIds, apiSource, keepsNewer = false }: Batch,
  ): Promise<number> {
    const { copyClaims, mergeClaims, mergeOlderClaims, children } = this.#statements;
    await copyRows(
      tx,
      copyClaims,
      changes.map(({ row, mbi }) => {
        const cells = [...row];
        cells[this.#mbiIndex] = mbi === null ? null : (mbiIds.get(mbi) ?? null);
        cells[this.#apiSourceIndex] = apiSource;
        return cells;
      }),
    );
    const { rows } = await tx.query<{ key: string; isNew: boolean }>(
      keepsNewer ? mergeOlderClaims : mergeClaims,
    );
    const written = new Set(rows.map(({ key }) => key));
    const replaced = rows.filter(({ isNew }) => !isNew).map(({ key }) => key);
    const current = changes.filter(({ claimId }) => written.has(claimId));
    for (const [index, { deleteOf, copy }] of children.entries()) {
      if (replaced.length > 0) await tx.query(deleteOf, [replaced]);
      const childRows = current.flatMap((change) => change.children[index] ?? []);
      if (childRows.length > 0) await copyRows(tx, copy, childRows);
    }
    return written.size;
  }

  async #delete(
    tx: Transaction,
    gone: readonly DeletedClaim[],
    { changes, keepsNewer = false }: Batch,
  ): Promise<number> {
    const { deleteClaims, deleteOlderClaims } = this.#statements;
    const keys = gone.map(({ claimId }) => claimId);
    const upTo = String(changes.at(-1)?.sequence);
    const { rowCount } = keepsNewer
      ? await tx.query(deleteOlderClaims, [keys, upTo])
      : await tx.query(deleteClaims, [keys]);
    return rowCount ?? 0;
  }

  async #writeMessages(tx: Transaction, { changes, mbiIds }: Batch): Promise<void> {
    const rows = changes.map(({ sequence, change }) => this.#messageRow(sequence, change, mbiIds));
    await copyRows(tx, this.#statements.copyMessages, rows);
    await tx.query(this.#statements.mergeMessages);
  }

  #messageRow(
    sequence: bigint,
    change: StoredChange | DeletedClaim,
    mbiIds: ReadonlyMap<string, string>,
  ): Row {
    const { phase, phaseSeqNum, extractDate, transmissionTimestamp } = change.source;
    const isStored = change.kind === 'stored';
    const mbi = isStored ? change.mbi : null;
    return [
      this.#layout.code,
      String(sequence),
      change.claimId,
      mbi === null ? null : (mbiIds.get(mbi) ?? null),
      isStored ? change.state : null,
      isStored ? change.date : null,
      isStored ? JSON.stringify(change.places) : null,
      phase === null ? null : String(phase),
      phaseSeqNum === null ? null : String(phaseSeqNum),
      extractDate,
      transmissionTimestamp,
    ];
  }
}
