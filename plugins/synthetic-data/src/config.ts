/** What the job's `config` in host.config.json may say. */

import { z } from '@bfd-host/sdk';
import { type CareType, DEFAULT_CLAIMS_PER_BENEFICIARY } from './generator.ts';

const mean = (type: CareType) =>
  z.number().min(0).max(100).default(DEFAULT_CLAIMS_PER_BENEFICIARY[type]);

export const syntheticDataConfig = z.strictObject({
  bucket: z
    .string()
    .regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'expected the name of an S3 bucket')
    .default('bfd-ccw')
    .describe('Bucket to put the data set into'),
  beneficiaries: z
    .int()
    .min(1)
    .max(5_000_000)
    .default(1000)
    .describe('How many people to make up; about 16 KB of files each'),
  seed: z
    .int()
    .min(0)
    .default(1)
    .describe('Another seed makes up other people; the same seed always the same ones'),
  year: z.int().min(1990).max(2100).default(2025).describe('Year of their coverage and care'),
  claimsPerBeneficiary: z
    .strictObject({
      CARRIER: mean('CARRIER'),
      DME: mean('DME'),
      HHA: mean('HHA'),
      HOSPICE: mean('HOSPICE'),
      INPATIENT: mean('INPATIENT'),
      OUTPATIENT: mean('OUTPATIENT'),
      PDE: mean('PDE'),
      SNF: mean('SNF'),
    })
    .prefault({})
    .describe('Mean number of claims a year and person; 0 leaves a type out'),
  allowExternalBucket: z
    .boolean()
    .default(false)
    .describe('Whether it may write to an S3 that is not the embedded one'),
});

export type SyntheticDataConfig = z.infer<typeof syntheticDataConfig>;
