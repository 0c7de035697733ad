/** The bucket that data sets go to. */

import { PermanentError, type S3Client, safe } from '@bfd-host/sdk';

/**
 * Whether a client speaks to the embedded S3: it is the only one that listens on this machine alone. A
 * client for AWS has no endpoint set at all.
 */
async function isEmbedded(s3: S3Client): Promise<boolean> {
  const endpoint = await s3.config.endpoint?.();
  return endpoint !== undefined && isLoopback(endpoint.hostname);
}

/**
 * Whether the bucket is in the embedded S3; if not, it must be allowed.
 *
 * @throws PermanentError `BFD_SYNTHETIC_EXTERNAL_BUCKET` when it is neither
 */
export async function refuseExternalBucket(
  s3: S3Client,
  bucket: string,
  { isAllowed, job }: { readonly isAllowed: boolean; readonly job: string },
): Promise<boolean> {
  const isOwn = await isEmbedded(s3);
  if (isOwn || isAllowed) return isOwn;
  throw new PermanentError(
    'BFD_SYNTHETIC_EXTERNAL_BUCKET',
    'Bucket {bucket} is not in the embedded S3, and made-up data may not belong there. Disable {job}, or set "allowExternalBucket": true in its config.',
    { bucket: safe.file(bucket), job: safe.name(job) },
  );
}

function isLoopback(hostname: string): boolean {
  return (
    hostname === 'localhost' || /^127(\.\d+){3}$/.test(hostname) || /^\[?::1\]?$/.test(hostname)
  );
}

/**
 * Makes sure that the bucket is there, which is for us to do in the embedded S3 only.
 *
 * @throws PermanentError `BFD_SYNTHETIC_BUCKET` when it cannot be used
 */
export async function ensureBucket(
  s3: S3Client,
  bucket: string,
  options: { mayCreate: boolean; signal: AbortSignal },
): Promise<void> {
  const { signal: abortSignal } = options;
  try {
    await s3.headBucket({ Bucket: bucket }, { abortSignal });
    return;
  } catch (error) {
    const status = statusOf(error);
    if (status === undefined || status >= 500) throw error;
    if (status !== 404 || !options.mayCreate) {
      throw new PermanentError(
        'BFD_SYNTHETIC_BUCKET',
        'Bucket {bucket} cannot be used: S3 answered {status}. Create it or allow writing to it, or name another in the config of the job.',
        { bucket: safe.file(bucket), status },
        { cause: error },
      );
    }
  }
  try {
    await s3.createBucket({ Bucket: bucket }, { abortSignal });
  } catch (error) {
    // Another process was faster.
    if (statusOf(error) !== 409) throw error;
  }
}

/** Whether there is an object with this key. */
export async function hasObject(
  s3: S3Client,
  bucket: string,
  key: string,
  abortSignal: AbortSignal,
): Promise<boolean> {
  try {
    await s3.headObject({ Bucket: bucket, Key: key }, { abortSignal });
    return true;
  } catch (error) {
    if (statusOf(error) === 404) return false;
    throw error;
  }
}

/** The HTTP status S3 answered with; none when it did not answer. */
export function statusOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('$metadata' in error)) return undefined;
  const { $metadata: metadata } = error;
  if (typeof metadata !== 'object' || metadata === null || !('httpStatusCode' in metadata)) {
    return undefined;
  }
  return typeof metadata.httpStatusCode === 'number' ? metadata.httpStatusCode : undefined;
}
