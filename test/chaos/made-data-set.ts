// A made-up data set of all ten types in a bucket, as the job `synthetic-data` publishes it.

import { createHash } from 'node:crypto';
import { manifestKey, manifestXml } from '@bfd-host/rif';
import type { FreshBucket } from '@bfd-host/testkit';
import {
  DEFAULT_CLAIMS_PER_BENEFICIARY,
  generateFile,
  planDataSet,
} from '../../plugins/synthetic-data/src/generator.ts';

/**
 * Puts one there: years of beneficiaries that insert and update, and their claims.
 *
 * @returns how many rows its files have
 */
export async function sendMadeDataSet(
  { client, name: Bucket }: FreshBucket,
  beneficiaries: number,
): Promise<number> {
  const timestamp = new Date(Date.now() - 3_600_000).toISOString();
  const manifest = manifestKey('Synthetic/Incoming', timestamp, 0);
  const dataSet = planDataSet({
    seed: 12,
    beneficiaries,
    year: 2025,
    years: 3,
    claimsPerBeneficiary: DEFAULT_CLAIMS_PER_BENEFICIARY,
  });
  const tally = { records: 0, rows: 0, bytes: 0 };
  for (const file of dataSet.files) {
    // Copied as they come: the generator uses its buffer again.
    const chunks = Iterator.from(generateFile(file, dataSet, tally)).map((chunk) =>
      Buffer.from(chunk),
    );
    const Body = Buffer.concat([...chunks]);
    const md5chksum = createHash('md5').update(Body).digest('base64');
    const Key = manifest.replace('0_manifest.xml', file.name);
    await client.putObject({ Bucket, Key, Body, Metadata: { md5chksum } });
  }
  const entries = dataSet.files.map(({ name, type }) => ({ name, type }));
  const Body = manifestXml({ timestamp, sequenceId: 0, syntheticData: true, entries });
  await client.putObject({ Bucket, Key: manifest, Body });
  return tally.rows;
}
