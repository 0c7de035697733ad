/** What the jobs' `config` in host.config.json may say. */

import { z } from '@bfd-host/sdk';
import {
  type CareType,
  DEFAULT_CLAIMS_PER_BENEFICIARY,
  MOST_UPDATES,
  MOST_YEARS,
} from './generator.ts';

const mean = (type: CareType) =>
  z.number().min(0).max(100).default(DEFAULT_CLAIMS_PER_BENEFICIARY[type]);

export const bucketName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'expected the name of an S3 bucket');

export const syntheticDataConfig = z.strictObject({
  bucket: bucketName.default('bfd-ccw').describe('Bucket to put data sets into'),
  beneficiaries: z
    .int()
    .min(1)
    .max(5_000_000)
    .default(1000)
    .describe('How many people to make up; about 18 KB of files each'),
  seed: z
    .int()
    .min(0)
    .default(1)
    .describe('Another seed makes up other people; the same seed always the same ones'),
  year: z
    .int()
    .min(1990)
    .max(2100)
    .default(2025)
    .describe('The last year of their coverage and care'),
  years: z
    .int()
    .min(1)
    .max(MOST_YEARS)
    .default(3)
    .describe('How many years up to and with that; each has a beneficiary file'),
  updates: z
    .int()
    .min(0)
    .max(MOST_UPDATES)
    .default(0)
    .describe('How many further data sets, each with changes to a tenth of people and claims'),
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
    .describe('Mean number of claims a person, over all years; 0 leaves a type out'),
  preValidation: z
    .boolean()
    .default(true)
    .describe('Whether manifests ask the load to refuse numbers that are taken'),
  allowExternalBucket: z
    .boolean()
    .default(false)
    .describe('Whether it may write to an S3 that is not the embedded one'),
});

export const syntheaPublishConfig = z.strictObject({
  bucket: bucketName.default('bfd-ccw').describe('Bucket to put data sets into'),
  fromBucket: bucketName
    .optional()
    .describe('Bucket with the output of Synthea; the same one if absent'),
  prefix: z
    .string()
    .max(512)
    .regex(
      /^(?!(Incoming|Done|Failed|Synthetic)\/)[\w!.*'()-][\w!.*'()/-]*\/$/,
      'expected the start of keys with a slash at its end, outside of the folders of data sets',
    )
    .default('Synthea/')
    .describe('Where its output lies: files in one folder are one run'),
  preValidation: z
    .boolean()
    .default(true)
    .describe('Whether manifests ask the load to refuse numbers that are taken'),
  holdFutureClaims: z
    .boolean()
    .default(false)
    .describe('Whether claims dated ahead go into later data sets, which wait for their day'),
  allowExternalBucket: z
    .boolean()
    .default(false)
    .describe('Whether it may write to an S3 that is not the embedded one'),
});

export type SyntheaPublishConfig = z.infer<typeof syntheaPublishConfig>;

export type SyntheticDataConfig = z.infer<typeof syntheticDataConfig>;
