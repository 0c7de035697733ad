// What a chunk leaves beside its rows, in the same transaction: the batches that readers of the database look at to
// learn whose data changed, and the mark that this stretch of the file is done.

import { JobError, type SafeText, type Transaction } from '@bfd-host/sdk';
import type { Chunk } from '../rif/chunk.ts';

/** Length of `loaded_batches.beneficiaries`. */
const BATCH_CHARACTERS = 20_000;

export interface ChunkOfFile {
  readonly file: SafeText;
  readonly manifestId: string;
  readonly fileIndex: number;
  readonly loadedFileId: string;
  readonly objectEtag: string;
  readonly chunkNumber: number;
  /** Number of the last record such that it and all before it are stored, this chunk's included. */
  readonly lastRecordNumber: number;
}

/**
 * Comes last in its transaction, since it holds up other chunks of the file until that ends.
 *
 * @throws JobError `BFD_CCW_LOADED_ELSEWHERE` when somebody else has stored some of this stretch, or all of the file
 */
export async function recordChunk(
  tx: Pick<Transaction, 'query'>,
  chunk: Chunk,
  of: ChunkOfFile,
): Promise<void> {
  // First, and for itself: what is behind its lock sees all chunks that are stored.
  const begun = await tx.query(NOTE_PROGRESS, [of.manifestId, of.fileIndex, of.lastRecordNumber]);
  const recorded = await tx.query(RECORD_CHUNK, [
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
  ]);
  if (begun.rowCount === 1 && recorded.rowCount === 1) return;
  throw new JobError(
    'BFD_CCW_LOADED_ELSEWHERE',
    'Another host has loaded records of {file} from line {line} on, so they were not loaded again here. Nothing is lost: the next try goes on behind them.',
    { file: of.file, line: chunk.firstLine },
  );
}

// An item of a run goes on elsewhere when its host has not been heard of for a while. Should that host only have stood
// still, two load one file, under the same lease.
const NOTE_PROGRESS = `
  update ccw.s3_data_files
     set last_record_number = greatest(last_record_number, $3), status_timestamp = now()
   where manifest_id = $1 and index = $2 and status = 'STARTED'`;

const RECORD_CHUNK = `
  with batches as (
    insert into ccw.loaded_batches (loaded_batch_id, loaded_file_id, beneficiaries, created)
    select nextval('ccw.loadedbatches_loadedbatchid_seq'), $9, beneficiaries, now()
      from unnest($10::text[]) as beneficiaries)
  insert into ccw.load_chunks
    (manifest_id, file_index, object_etag, chunk_number, first_record, last_record, first_byte, last_byte)
  select $1::bigint, $2::smallint, $3::text, $4::int, $5::bigint, $6::bigint, $7::bigint, $8::bigint
   where not exists (
     select from ccw.load_chunks
      where manifest_id = $1 and file_index = $2 and object_etag = $3
        and first_byte <= $8 and last_byte >= $7)`;

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
