/** Puts a made-up data set into a bucket: its files, each with its MD5, and at last the manifest. */

import {
  MANIFEST_FOLDERS,
  manifestKey,
  manifestXml,
  type PreValidationProperties,
} from '@bfd-host/rif';
import { type RunContext, safe } from '@bfd-host/sdk';
import { type DataSet, generateFile, type Tally } from './generator.ts';
import { Spool, uploadManifest } from './spool.ts';

const [, FOLDER] = MANIFEST_FOLDERS;
const SEQUENCE_ID = 0;

/** Where and as what a data set is published. */
export interface Destination {
  readonly bucket: string;
  readonly timestamp: string;
  readonly preValidation?: PreValidationProperties | undefined;
}

/**
 * Writes all objects of a data set below `Synthetic/Incoming/TIMESTAMP/`. Writing again under the same timestamp
 * changes nothing.
 *
 * @param done - counted up as files are made, the manifest aside
 * @param total - records of all data sets of the run
 * @example
 * await publish(ctx, dataSet, { bucket: 'bfd-ccw', timestamp: '2026-03-06T12:00:00Z' }, done, total);
 */
export async function publish(
  ctx: RunContext,
  dataSet: DataSet,
  { bucket, timestamp, preValidation }: Destination,
  done: Tally,
  total: number,
): Promise<void> {
  for (const file of dataSet.files) {
    const label = safe.file(file.name);
    await using spool = await Spool.open(ctx, file.name);
    for (const chunk of generateFile(file, dataSet, done)) {
      ctx.signal.throwIfAborted();
      await spool.write(chunk);
      ctx.progress({ done: done.records, total, unit: 'records', label });
    }
    await spool.upload(ctx, bucket, `${FOLDER}/${timestamp}/${file.name}`);
  }
  const manifest = manifestXml({
    timestamp,
    sequenceId: SEQUENCE_ID,
    syntheticData: true,
    entries: dataSet.files.map(({ name, type }) => ({ name, type })),
    ...(preValidation && { preValidation }),
  });
  await uploadManifest(ctx, bucket, keyOfManifest(timestamp), manifest);
}

/** Where a load or its clean-up may have left the manifest of this timestamp. */
export function placesOfManifest(timestamp: string): readonly string[] {
  const key = keyOfManifest(timestamp);
  return ['Incoming', 'Done', 'Failed'].map((place) => key.replace('/Incoming/', `/${place}/`));
}

function keyOfManifest(timestamp: string): string {
  return manifestKey(FOLDER, timestamp, SEQUENCE_ID);
}
