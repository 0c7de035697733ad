// What the database knows of a file that is being loaded.

import type { Pool, RunContext, WorkContext } from '@bfd-host/sdk';
import type { StoredChunk } from '../rif/file-progress.ts';

/** A file of a data set, as `ccw.s3_data_files` has it. */
export interface DataFileId {
  readonly manifestId: string;
  /** Place in the manifest, from 1. */
  readonly fileIndex: number;
}

export interface LoadState {
  readonly loadedFileId: string;
  /** Chunks stored from this very object. */
  readonly chunks: readonly StoredChunk[];
  /** Whether chunks of another object with the same name are stored, so that this one has to replace them. */
  readonly hasOtherObject: boolean;
}

/** Marks a file as begun, gives it its row in `loaded_files`, and tells what is stored of it. */
export async function beginFile(
  ctx: WorkContext,
  { manifestId, fileIndex }: DataFileId,
  object: { readonly type: string; readonly etag: string },
): Promise<LoadState> {
  return ctx.transaction(async (tx) => {
    await tx.query(START_FILE, [manifestId, fileIndex]);
    const found = await tx.query<{ id: string }>(FIND_LOADED_FILE, [manifestId, fileIndex]);
    const added = found.rows[0]
      ? found
      : await tx.query<{ id: string }>(ADD_LOADED_FILE, [object.type, manifestId, fileIndex]);
    const { rows } = await tx.query<ChunkRow>(LIST_CHUNKS, [manifestId, fileIndex]);
    return {
      loadedFileId: added.rows[0]?.id ?? '',
      chunks: rows.filter(({ etag }) => etag === object.etag).map(asStoredChunk),
      hasOtherObject: rows.some(({ etag }) => etag !== object.etag),
    };
  });
}

/** Marks a file as loaded in full. What was wrong in other objects with its name does not matter any more. */
export async function completeFile(
  ctx: WorkContext,
  { manifestId, fileIndex }: DataFileId,
  { etag, records }: { readonly etag: string; readonly records: number },
): Promise<void> {
  await ctx.transaction(async (tx) => {
    await tx.query(COMPLETE_FILE, [manifestId, fileIndex, records]);
    await tx.query(FORGET_CHUNKS, [manifestId, fileIndex]);
    await tx.query(FORGET_CORRECTED, [manifestId, fileIndex, etag]);
  });
}

/** How long `loaded_files` and their batches are kept. */
const KEPT_DAYS = 40;
const BATCHES_AT_A_TIME = 10_000;
const MOST_ROUNDS = 20;

/**
 * Deletes what is told about files loaded long ago, some of it at a time: what a run leaves, the next ones take.
 */
export async function forgetOldFiles(db: Pool, ctx: RunContext): Promise<void> {
  const { rowCount } = await db.query(FIND_OLD_FILE, [KEPT_DAYS]);
  if (rowCount === 0) return;
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const deleted = await ctx.transaction((tx) =>
      tx.query(DELETE_OLD_BATCHES, [KEPT_DAYS, BATCHES_AT_A_TIME]),
    );
    if ((deleted.rowCount ?? 0) < BATCHES_AT_A_TIME) break;
  }
  await ctx.transaction((tx) => tx.query(DELETE_OLD_FILES, [KEPT_DAYS]));
}

interface ChunkRow {
  readonly etag: string;
  readonly chunk_number: number;
  readonly first_record: string;
  readonly last_record: string;
  readonly first_byte: string;
  readonly last_byte: string;
}

function asStoredChunk(row: ChunkRow): StoredChunk {
  return {
    chunkNumber: row.chunk_number,
    firstRecord: Number(row.first_record),
    lastRecord: Number(row.last_record),
    firstByte: Number(row.first_byte),
    endByte: Number(row.last_byte) + 1,
  };
}

const START_FILE = `
  update ccw.s3_data_files
     set status = 'STARTED', status_timestamp = now()
   where manifest_id = $1 and index = $2 and status <> 'COMPLETED'`;

const FIND_LOADED_FILE = `
  select loaded_file_id as id from ccw.loaded_files where s3_manifest_id = $1 and s3_file_index = $2`;

const ADD_LOADED_FILE = `
  insert into ccw.loaded_files (loaded_file_id, rif_type, created, s3_manifest_id, s3_file_index)
  values (nextval('ccw.loadedfiles_loadedfileid_seq'), $1, now(), $2, $3)
  returning loaded_file_id as id`;

const LIST_CHUNKS = `
  select object_etag as etag, chunk_number, first_record, last_record, first_byte, last_byte
    from ccw.load_chunks
   where manifest_id = $1 and file_index = $2`;

const COMPLETE_FILE = `
  update ccw.s3_data_files
     set status = 'COMPLETED', status_timestamp = now(), last_record_number = $3
   where manifest_id = $1 and index = $2`;

const FORGET_CHUNKS = 'delete from ccw.load_chunks where manifest_id = $1 and file_index = $2';

const FORGET_CORRECTED = `
  delete from ccw.quarantined_records
   where manifest_id = $1 and file_index = $2 and object_etag <> $3`;

const FIND_OLD_FILE = `
  select from ccw.loaded_files where created < now() - make_interval(days => $1) limit 1`;

const DELETE_OLD_BATCHES = `
  delete from ccw.loaded_batches
   where loaded_batch_id in (
     select batch.loaded_batch_id
       from ccw.loaded_files file join ccw.loaded_batches batch using (loaded_file_id)
      where file.created < now() - make_interval(days => $1)
      limit $2)`;

const DELETE_OLD_FILES = `
  delete from ccw.loaded_files file
   where created < now() - make_interval(days => $1)
     and not exists (select from ccw.loaded_batches batch where batch.loaded_file_id = file.loaded_file_id)`;
