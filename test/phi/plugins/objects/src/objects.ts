// Calls to S3 that fail: keys, bodies and metadata of people, and what servers say about them.

import { Readable } from 'node:stream';
import { nothingToDo, type Outcome, type RunContext } from '@bfd-host/sdk';
import type { Acting, WithObjects } from '../../acting.ts';

type Job = Acting & WithObjects;

const keyOf = ({ person }: Acting) => `Incoming/${person.surname}/${person.mbi}_${person.born}.csv`;

export async function missingObject(job: Job): Promise<Outcome> {
  await job.s3.getObject({ Bucket: job.bucket, Key: keyOf(job) });
  return nothingToDo();
}

export async function missingBucket({ s3, person }: Job): Promise<Outcome> {
  const bucket = `claims-of-${person.surname.toLowerCase().replace(/[^a-z]/g, '')}`;
  await s3.listObjectsV2({ Bucket: bucket });
  return nothingToDo();
}

export async function longKey(job: Job): Promise<Outcome> {
  await job.s3.putObject({ Bucket: job.bucket, Key: keyOf(job).repeat(40), Body: job.person.ssn });
  return nothingToDo();
}

export async function wrongDigest(job: Job): Promise<Outcome> {
  const ContentMD5 = Buffer.from(job.person.surname.padEnd(16).slice(0, 16)).toString('base64');
  await job.s3.putObject({ Bucket: job.bucket, Key: keyOf(job), Body: job.person.ssn, ContentMD5 });
  return nothingToDo();
}

export async function rangeBeyondEnd({ s3, bucket, person }: Job): Promise<Outcome> {
  await s3.getObject({ Bucket: bucket, Key: `people/${person.mbi}`, Range: 'bytes=900000-' });
  return nothingToDo();
}

export async function changedMeanwhile({ s3, bucket, person }: Job): Promise<Outcome> {
  const IfMatch = `"${Buffer.from(person.hicn).toString('hex')}"`;
  await s3.getObject({ Bucket: bucket, Key: `people/${person.mbi}`, IfMatch });
  return nothingToDo();
}

export async function bodyThatIsNoJson({ s3, bucket, person }: Job): Promise<Outcome> {
  const { Body } = await s3.getObject({ Bucket: bucket, Key: `people/${person.mbi}` });
  JSON.parse((await Body?.transformToString()) ?? '');
  return nothingToDo();
}

export async function uploadThatBreaks({ bucket, person }: Job, ctx: RunContext): Promise<Outcome> {
  async function* rows(): AsyncGenerator<Uint8Array> {
    yield Buffer.from(`${person.mbi}|${person.surname}\n`);
    throw new Error(`row of ${person.surname}, ${person.phone}, cannot be read`);
  }
  const metadata = { owner: Buffer.from(person.surname).toString('hex') };
  await ctx.upload(bucket, `out/${person.mbi}`, Readable.from(rows()), { metadata });
  return nothingToDo();
}
