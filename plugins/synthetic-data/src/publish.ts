/** Puts a data set into a bucket: its files, each with its MD5, and at last the manifest. */

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { MANIFEST_FOLDERS, manifestKey, manifestXml } from '@bfd-host/rif';
import { type RunContext, safe } from '@bfd-host/sdk';
import { type DataFile, type DataSet, generateFile, type Tally } from './generator.ts';

const [, FOLDER] = MANIFEST_FOLDERS;
const SEQUENCE_ID = 0;
const READ_BYTES = 1024 * 1024;

/**
 * Writes all objects of a data set below `Synthetic/Incoming/TIMESTAMP/`. The manifest comes last: a load
 * begins with it, and so never on half a copy. Writing again under the same timestamp changes nothing.
 *
 * @returns what was written, the manifest aside
 * @example
 * await publish(ctx, 'bfd-ccw', dataSet, '2026-03-06T12:00:00Z');
 */
export async function publish(
  ctx: RunContext,
  bucket: string,
  dataSet: DataSet,
  timestamp: string,
): Promise<Tally> {
  const done: Tally = { records: 0, rows: 0, bytes: 0 };
  for (const file of dataSet.files) await publishFile(ctx, bucket, dataSet, timestamp, file, done);
  const manifest = Buffer.from(
    manifestXml({
      timestamp,
      sequenceId: SEQUENCE_ID,
      syntheticData: true,
      entries: dataSet.files.map(({ name, type }) => ({ name, type })),
    }),
  );
  await ctx.upload(bucket, keyOfManifest(timestamp), Readable.from([manifest]), {
    contentType: 'application/xml',
    metadata: md5Metadata(createHash('md5').update(manifest).digest('base64')),
  });
  return done;
}

/** Where a load or its clean-up may have left the manifest of this timestamp. */
export function placesOfManifest(timestamp: string): readonly string[] {
  const key = keyOfManifest(timestamp);
  return ['Incoming', 'Done', 'Failed'].map((place) => key.replace('/Incoming/', `/${place}/`));
}

function keyOfManifest(timestamp: string): string {
  return manifestKey(FOLDER, timestamp, SEQUENCE_ID);
}

// An object's metadata goes out before its content, so the MD5 must be known before the first byte is sent.
// The file is therefore made on disk first: writing and reading it costs a third of making it twice.
// See docs/adr/0001-make-files-on-disk-first.md.
async function publishFile(
  ctx: RunContext,
  bucket: string,
  dataSet: DataSet,
  timestamp: string,
  file: DataFile,
  done: Tally,
): Promise<void> {
  const path = join(ctx.tempFolder, file.name);
  try {
    const md5 = await makeFile(ctx, dataSet, file, path, done);
    await ctx.upload(
      bucket,
      `${FOLDER}/${timestamp}/${file.name}`,
      createReadStream(path, { highWaterMark: READ_BYTES }),
      { contentType: 'text/csv', metadata: md5Metadata(md5) },
    );
  } finally {
    await rm(path, { force: true });
  }
}

/** Makes a file on disk and returns the Base64 of its MD5. */
async function makeFile(
  ctx: RunContext,
  dataSet: DataSet,
  { name, type }: DataFile,
  path: string,
  done: Tally,
): Promise<string> {
  const total = dataSet.files.reduce((sum, { records }) => sum + records, 0);
  const label = safe.file(name);
  const md5 = createHash('md5');
  await using file = await open(path, 'w');
  for (const chunk of generateFile(type, dataSet, done)) {
    ctx.signal.throwIfAborted();
    md5.update(chunk);
    // Waiting for each chunk keeps memory constant and lets the process answer in between.
    await file.appendFile(chunk);
    ctx.progress({ done: done.records, total, unit: 'records', label });
  }
  return md5.digest('base64');
}

function md5Metadata(md5: string): Readonly<Record<string, string>> {
  return { md5chksum: md5 };
}
