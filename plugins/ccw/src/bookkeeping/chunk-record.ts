// What a chunk leaves beside its rows, in the same transaction: the batches that readers of the database look at to
// learn whose data changed, and the mark that this stretch of the file is done.

import type { Transaction } from '@bfd-host/sdk';
import type { Chunk } from '../rif/chunk.ts';

/** Length of `loaded_batches.beneficiaries`. */
const BATCH_CHARACTERS = 20_000;

export interface ChunkOfFile {
  readonly manifestId: string;
  readonly fileIndex: number;
  readonly loadedFileId: string;
  readonly objectEtag: string;
  readonly chunkNumber: number;
  /** Number of the last record such that it and all before it are stored, this chunk's included. */
  readonly lastRecordNumber: number;
}

export async function recordChunk(
  tx: Pick<Transaction, 'query'>,
  chunk: Chunk,
  of: ChunkOfFile,
): Promise<void> {
  await tx.query(RECORD_CHUNK, [
    of.manifestId,
    of.fileIndex,
    of.objectEtag,
    of.chunkNumber,
    chunk.firstRecord,
    chunk.firstRecord + chunk.count - 1,
    chunk.firstByte,
    chunk.endByte - 1,
    of.loadedFileId,
    batchesOf(chunk.beneficiaries),
    of.lastRecordNumber,
  ]);
}

const RECORD_CHUNK = `
  with batches as (
    insert into ccw.loaded_batches (loaded_batch_id, loaded_file_id, beneficiaries, created)
    select nextval('ccw.loadedbatches_loadedbatchid_seq'), $9, beneficiaries, now()
      from unnest($10::text[]) as beneficiaries),
  progress as (
    update ccw.s3_data_files
       set last_record_number = greatest(last_record_number, $11), status_timestamp = now()
     where manifest_id = $1 and index = $2)
  insert into ccw.load_chunks
    (manifest_id, file_index, object_etag, chunk_number, first_record, last_record, first_byte, last_byte)
  values ($1, $2, $3, $4, $5, $6, $7, $8)`;

/**
 * Ids joined by commas, each once, in texts that fit the column.
 *
 * @example
 * batchesOf(['1', '2', '1']); // ['1,2']
 */
export function batchesOf(beneficiaries: readonly string[]): string[] {
  const batches: string[] = [];
  let batch = '';
  for (const id of new Set(beneficiaries)) {
    if (batch !== '' && batch.length + 1 + id.length > BATCH_CHARACTERS) {
      batches.push(batch);
      batch = '';
    }
    batch += batch === '' ? id : `,${id}`;
  }
  return batch === '' ? batches : [...batches, batch];
}
