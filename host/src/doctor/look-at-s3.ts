// S3: whether it answers, takes the keys, and has the buckets that jobs are configured with.

import { S3 } from '@aws-sdk/client-s3';
import type { HostJob } from '../catalog/host-job.ts';
import type { S3Access } from '../config/host-config.ts';
import { isReady } from '../setup.ts';
import { type Finding, ok, warning, wrong } from './finding.ts';

export interface S3Look {
  readonly s3: S3Access;
  readonly isEmbedded: boolean;
  readonly jobs: readonly HostJob[];
}

const ANSWER_MS = 10_000;

/** A bucket, and the job whose configuration names it. */
interface Wanted {
  readonly bucket: string;
  readonly job: string;
  readonly access: S3Access;
}

export async function lookAtS3({ s3, isEmbedded, jobs }: S3Look): Promise<Finding[]> {
  const using = jobs.filter((job) => isReady(job) && job.needs.includes('s3'));
  if (using.length === 0) return [ok('s3', 's3-unused', 'no enabled job uses S3')];
  const wanted = using.flatMap((job) => bucketsOf(job, s3));
  const each = new Map(
    wanted.map((want) => [`${want.bucket} ${JSON.stringify(want.access)}`, want]),
  );
  const findings = await Promise.all(
    [...each.values()].map((want) => lookAtBucket(want, isEmbedded)),
  );
  if (findings.length > 0) return distinct(findings);
  return [
    ok('s3', 's3-no-bucket', 'no enabled job names a bucket in a member "bucket" of its config'),
  ];
}

/** Of any job, its members `bucket`, `fromBucket` and the like name buckets. */
function bucketsOf({ name, config, pluginSettings }: HostJob, s3: S3Access): Wanted[] {
  return Object.entries(config).flatMap(([member, value]) =>
    /bucket$/i.test(member) && typeof value === 'string'
      ? [{ bucket: value, job: name, access: pluginSettings.s3 ?? s3 }]
      : [],
  );
}

async function lookAtBucket(want: Wanted, isEmbedded: boolean): Promise<Finding> {
  const { bucket, access } = want;
  const client = new S3({
    ...(access.endpoint === undefined ? {} : { endpoint: access.endpoint }),
    ...(access.region === undefined ? { region: 'us-east-1' } : { region: access.region }),
    ...(access.credentials.kind === 'static' ? { credentials: { ...access.credentials } } : {}),
    forcePathStyle: access.forcePathStyle,
    maxAttempts: 1,
  });
  try {
    await client.listObjectsV2(
      { Bucket: bucket, MaxKeys: 1 },
      { abortSignal: AbortSignal.timeout(ANSWER_MS) },
    );
    return ok('s3', 's3', `S3 lists the bucket ${bucket}`);
  } catch (error) {
    return explained(error, want, isEmbedded);
  } finally {
    client.destroy();
  }
}

function explained(error: unknown, { bucket, job, access }: Wanted, isEmbedded: boolean): Finding {
  const { name, status } = factsOf(error);
  const where = access.endpoint ?? 'AWS';
  switch (name) {
    case 'NoSuchBucket':
      return isEmbedded
        ? warning(
            's3',
            'no-bucket',
            `there is no bucket ${bucket} yet, which ${job} uses`,
            'Nothing, if a job of yours is to make it, as synthetic-data does; else create it.',
          )
        : wrong(
            's3',
            'no-bucket',
            `there is no bucket ${bucket}, which ${job} uses`,
            `Create it, or correct "jobs": { "${job}": { "config" } } in host.config.json.`,
          );
    case 'AccessDenied':
      return wrong(
        's3',
        's3-access',
        `the credentials may not list the bucket ${bucket}, which ${job} uses`,
        'Grant s3:ListBucket and s3:GetObject there; a job that writes or moves also needs s3:PutObject and s3:DeleteObject.',
      );
    case 'InvalidAccessKeyId':
    case 'SignatureDoesNotMatch':
    case 'ExpiredToken':
    case 'InvalidToken':
      return wrong(
        's3',
        's3-keys',
        `S3 at ${where} does not take the keys (${name})`,
        'Correct or renew accessKeyId and secretAccessKey in host.config.json or the environment.',
      );
    case 'RequestTimeTooSkewed':
      return wrong(
        'clock',
        's3-clock-skew',
        `this machine's clock is too far from that of S3 at ${where}`,
        'Let NTP set the clock.',
      );
    case 'CredentialsProviderError':
      return wrong(
        's3',
        's3-no-credentials',
        "AWS's default chain finds no credentials here",
        'Set AWS_PROFILE or AWS_ACCESS_KEY_ID, give the machine a role, or write keys into "s3".',
      );
    case 'PermanentRedirect':
      return wrong(
        's3',
        's3-region',
        `the bucket ${bucket} is in another region`,
        'Correct "s3": { "region" } in host.config.json.',
      );
    default:
      return status === undefined
        ? wrong(
            's3',
            's3-unreachable',
            `S3 at ${where} does not answer (${name})`,
            'See whether the service is up, and whether "s3": { "endpoint" } is right.',
          )
        : wrong(
            's3',
            's3-error',
            `S3 at ${where} answers with an error (${name}, HTTP ${status})`,
            "Look at that service's log.",
          );
  }
}

// Names only: an S3 error's own text may quote keys and values.
function factsOf(error: unknown): { name: string; status?: number } {
  if (!(error instanceof Error)) return { name: 'unknown error' };
  const status =
    '$metadata' in error
      ? (error.$metadata as { httpStatusCode?: number }).httpStatusCode
      : undefined;
  const code =
    'code' in error && /^E[A-Z_]{2,30}$/.test(String(error.code)) ? String(error.code) : error.name;
  const name = /^\w{1,60}$/.test(code) ? code : 'unknown error';
  return status === undefined ? { name } : { name, status };
}

function distinct(findings: readonly Finding[]): Finding[] {
  return [...new Map(findings.map((finding) => [finding.text, finding])).values()];
}
