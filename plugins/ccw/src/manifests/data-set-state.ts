// What the database knows of data sets: `ccw.s3_manifest_files` and `ccw.s3_data_files`, with the states of the
// original: DISCOVERED, then REJECTED, or STARTED and COMPLETED.

import type { RifType } from '@bfd-host/rif';
import { PermanentError, type Pool, type RunContext, safe } from '@bfd-host/sdk';
import type { FoundManifest } from './bucket.ts';
import type { Manifest } from './manifest.ts';

export type ManifestStatus = 'DISCOVERED' | 'REJECTED' | 'STARTED' | 'COMPLETED';

export interface StoredManifest {
  readonly manifestId: string;
  readonly status: ManifestStatus;
}

export interface StoredFile {
  /** Place in the manifest, from 1. */
  readonly fileIndex: number;
  readonly name: string;
  readonly type: RifType;
  readonly key: string;
  readonly isCompleted: boolean;
}

/** A data set that may be loaded. */
export interface DataSet extends StoredManifest {
  readonly found: FoundManifest;
  readonly manifest: Manifest;
  readonly files: readonly StoredFile[];
  /** Since when it is known, in milliseconds. */
  readonly knownForMs: number;
}

export interface KnownManifests {
  /** The database's clock, in milliseconds since 1970. */
  readonly now: number;
  readonly byKey: ReadonlyMap<string, StoredManifest>;
}

/** What is known of the manifests with these keys. One query, also when there are none. */
export async function findManifests(db: Pool, keys: readonly string[]): Promise<KnownManifests> {
  const { rows } = await db.query<{
    now: Date;
    s3_key: string | null;
    manifest_id: string;
    status: ManifestStatus;
  }>(FIND_MANIFESTS, [keys]);
  const byKey = new Map<string, StoredManifest>();
  for (const { s3_key, manifest_id, status } of rows) {
    if (s3_key !== null) byKey.set(s3_key, { manifestId: manifest_id, status });
  }
  return { now: rows[0]?.now.getTime() ?? Date.now(), byKey };
}

/**
 * The data set as the database has it, recorded now if it is new.
 *
 * @param isKnown - whether it was there a moment ago, so that nothing need be written
 * @throws PermanentError `BFD_MANIFEST_FILE_TAKEN` when another data set has one of its files
 * @throws PermanentError `BFD_MANIFEST_OUT_OF_SYNC` when the manifest says something else than it did before
 */
export async function discover(
  db: Pool,
  found: FoundManifest,
  manifest: Manifest,
  isKnown: boolean,
): Promise<DataSet> {
  const { entries } = manifest;
  if (!isKnown) await record(db, found, manifest);
  const { rows } = await db.query<FileRow>(LIST_FILES, [found.key]);
  const differing = rows.findIndex(
    ({ index, name, type }, at) =>
      index !== at + 1 || name !== entries[at]?.name || type !== entries[at]?.type,
  );
  const [first] = rows;
  if (!first || rows.length !== entries.length || differing >= 0) {
    throw new PermanentError(
      'BFD_MANIFEST_OUT_OF_SYNC',
      'The manifest {file} no longer names the files it did when it was found: {now} entries, {before} then, the first difference at entry {entry}. Upload it as it was, or as a new data set.',
      {
        file: safe.file(found.key),
        now: entries.length,
        before: rows.length,
        entry: (differing < 0 ? Math.min(rows.length, entries.length) : differing) + 1,
      },
      { places: [{ code: 'BFD_MANIFEST_OUT_OF_SYNC', file: safe.file(found.key) }] },
    );
  }
  return {
    manifestId: first.manifest_id,
    status: first.manifest_status,
    knownForMs: Number(first.known_for_ms),
    found,
    manifest,
    files: rows.map(({ index, name, type, key, status }) => ({
      fileIndex: index,
      name,
      type,
      key,
      isCompleted: status === 'COMPLETED',
    })),
  };
}

async function record(db: Pool, found: FoundManifest, { timestamp, entries }: Manifest) {
  try {
    await db.query(RECORD_DATA_SET, [
      found.key,
      new Date(timestamp),
      entries.map((_, index) => index + 1),
      entries.map(({ name }) => name),
      entries.map(({ type }) => type),
      entries.map(({ name }) => found.folder + name),
    ]);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === UNIQUE_VIOLATION))
      throw error;
    const file = safe.file(found.key);
    throw new PermanentError(
      'BFD_MANIFEST_FILE_TAKEN',
      'The manifest {file} names a file that another manifest beside it names as well. Take one of them away, or put them into folders of their own.',
      { file },
      { cause: error, places: [{ code: 'BFD_MANIFEST_FILE_TAKEN', file }] },
    );
  }
}

const UNIQUE_VIOLATION = '23505';

/** Keys of a data set's files. */
export async function fileKeysOf(db: Pool, manifestKey: string): Promise<string[]> {
  const { rows } = await db.query<FileRow>(LIST_FILES, [manifestKey]);
  return rows.map(({ key }) => key);
}

/** Files of one type in a data set that are not loaded, as the manifest lists them. */
export async function listOpenFiles(
  db: Pool,
  manifestId: string,
  type: RifType,
): Promise<Omit<StoredFile, 'name' | 'isCompleted'>[]> {
  const { rows } = await db.query<Pick<FileRow, 'index' | 'key'>>(LIST_OPEN_FILES, [
    manifestId,
    type,
  ]);
  return rows.map(({ index, key }) => ({ fileIndex: index, type, key }));
}

/** Changes the state of a data set, unless another host has taken the job over. */
export async function setStatus(
  ctx: RunContext,
  manifestId: string,
  status: Exclude<ManifestStatus, 'DISCOVERED'>,
): Promise<void> {
  await ctx.transaction((tx) => tx.query(SET_STATUS, [manifestId, status]));
}

interface FileRow {
  readonly manifest_id: string;
  readonly manifest_status: ManifestStatus;
  readonly known_for_ms: string;
  readonly index: number;
  readonly name: string;
  readonly type: RifType;
  readonly key: string;
  readonly status: string;
}

const FIND_MANIFESTS = `
  select clock.now, manifest.s3_key, manifest.manifest_id, manifest.status
    from (select clock_timestamp() as now) clock
    left join ccw.s3_manifest_files manifest on manifest.s3_key = any($1::text[])`;

// Nothing happens if the manifest is known, whatever its entries are now: what was recorded first stays.
const RECORD_DATA_SET = `
  with manifest as (
    insert into ccw.s3_manifest_files
      (manifest_id, s3_key, status, status_timestamp, manifest_timestamp, discovery_timestamp)
    values (nextval('ccw.s3_manifest_files_manifest_id_seq'), $1, 'DISCOVERED', now(), $2, now())
    on conflict (s3_key) do nothing
    returning manifest_id)
  insert into ccw.s3_data_files
    (manifest_id, index, file_name, file_type, s3_key, status, status_timestamp, discovery_timestamp)
  select manifest_id, index, name, type, key, 'DISCOVERED', now(), now()
    from manifest, unnest($3::smallint[], $4::text[], $5::text[], $6::text[]) as file (index, name, type, key)`;

const LIST_FILES = `
  select manifest.manifest_id, manifest.status as manifest_status,
         extract(epoch from clock_timestamp() - manifest.discovery_timestamp) * 1000 as known_for_ms,
         file.index, file.file_name as name, file.file_type as type, file.s3_key as key, file.status
    from ccw.s3_manifest_files manifest join ccw.s3_data_files file using (manifest_id)
   where manifest.s3_key = $1
   order by file.index`;

const LIST_OPEN_FILES = `
  select index, s3_key as key
    from ccw.s3_data_files
   where manifest_id = $1 and file_type = $2 and status <> 'COMPLETED'
   order by index`;

const SET_STATUS = `
  update ccw.s3_manifest_files set status = $2, status_timestamp = now() where manifest_id = $1`;
