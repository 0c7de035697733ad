// Records that were left out because they are wrong. They are noted in the transaction that loads the records around
// them: once, however often the file is begun.

import type { Pool, Transaction } from '@bfd-host/sdk';
import type { BadRecord } from '../rif/chunk.ts';
import type { DataFileId } from './file-state.ts';

/** Of a longer record only the beginning is kept. */
const MOST_RAW_BYTES = 1 << 20;

export interface QuarantineOptions {
  readonly file: DataFileId;
  readonly objectEtag: string;
  /** Most records of the file that may be put into it. */
  readonly limit: number;
  /** Reads bytes `[first, end)` of the file again; absent if what is in it is not to be kept. */
  readonly readRaw?: (first: number, end: number) => Promise<Buffer>;
}

export class Quarantine {
  readonly #options: QuarantineOptions;

  constructor(options: QuarantineOptions) {
    this.#options = options;
  }

  get limit(): number {
    return this.#options.limit;
  }

  /** How many records of this object were put into quarantine by runs before. */
  async count(db: Pool): Promise<number> {
    const { file, objectEtag } = this.#options;
    const values = [file.manifestId, file.fileIndex, objectEtag];
    const { rows } = await db.query<{ records: number }>(COUNT, values);
    return rows[0]?.records ?? 0;
  }

  async store(tx: Pick<Transaction, 'query'>, records: readonly BadRecord[]): Promise<void> {
    const { file, objectEtag, readRaw } = this.#options;
    for (const { line, column, code, firstByte, endByte } of records) {
      const end = Math.min(endByte, firstByte + MOST_RAW_BYTES);
      const raw = readRaw ? await readRaw(firstByte, end) : null;
      await tx.query(STORE, [
        file.manifestId,
        file.fileIndex,
        objectEtag,
        firstByte,
        endByte - 1,
        line,
        column ?? null,
        code,
        raw,
      ]);
    }
  }
}

const COUNT = `
  select count(*)::int as records
    from ccw.quarantined_records
   where manifest_id = $1 and file_index = $2 and object_etag = $3`;

const STORE = `
  insert into ccw.quarantined_records
    (manifest_id, file_index, object_etag, first_byte, last_byte, line, column_name, code, raw)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`;
