// S3's errors as errors of this job: what could not be done, and what to look at.

import { JobError, type SafeText, safe } from '@bfd-host/sdk';

/** Whether the same may work a moment later: a connection that broke, a server that is busy. */
export function isPassing(error: unknown): boolean {
  const name = error instanceof Error ? error.name : '';
  return !(LASTING_PROBLEMS.has(name) || ACCESS_PROBLEMS.has(name));
}

/**
 * An error to throw for one of the S3 client. Aborts and errors of this job are passed on as they are.
 *
 * @param file - the object concerned; absent when it is the bucket
 * @param doing - what was being done with the object
 * @example
 * const page = await s3.listObjectsV2(input).catch((error) => { throw s3Error(error); });
 */
export function s3Error(error: unknown, file?: SafeText, doing: 'read' | 'move' = 'read'): unknown {
  const name = error instanceof Error ? error.name : '';
  if (name === 'AbortError' || error instanceof JobError) return error;
  const cause = { cause: error };
  const problem = safe.name(name || 'unknown');
  if (name === 'NoSuchBucket') {
    return new JobError(
      'BFD_S3_BUCKET',
      'The bucket in the configuration of ccw-rif-load does not exist ({problem}). Create it, or correct "bucket".',
      { problem },
      cause,
    );
  }
  if (ACCESS_PROBLEMS.has(name)) {
    return new JobError(
      'BFD_S3_ACCESS',
      'S3 refuses access to the bucket ({problem}). Check the credentials, and that they may list, read and, with "whenDone": "move", write and delete.',
      { problem },
      cause,
    );
  }
  if (file === undefined) {
    return new JobError(
      'BFD_S3_LIST',
      'The bucket could not be listed ({problem}). See whether S3 can be reached; the next run tries again.',
      { problem },
      cause,
    );
  }
  if (name === 'NoSuchKey' || name === 'NotFound') {
    return new JobError(
      'BFD_S3_GONE',
      '{file} is no longer in the bucket. Upload it again; the load goes on where it was.',
      { file },
      { ...cause, places: [{ code: 'BFD_S3_GONE', file }] },
    );
  }
  if (name === 'PreconditionFailed') {
    return new JobError(
      'BFD_S3_REPLACED',
      '{file} was replaced by another object while it was read. The next run loads that one.',
      { file },
      { ...cause, places: [{ code: 'BFD_S3_REPLACED', file }] },
    );
  }
  if (doing === 'move') {
    return new JobError(
      'BFD_S3_MOVE',
      '{file} is loaded but could not be moved to Done ({problem}). The next run tries again.',
      { file, problem },
      { ...cause, places: [{ code: 'BFD_S3_MOVE', file }] },
    );
  }
  return new JobError(
    'BFD_S3_READ',
    '{file} could not be read to its end ({problem}). The next run goes on behind what is loaded.',
    { file, problem },
    { ...cause, places: [{ code: 'BFD_S3_READ', file }] },
  );
}

const ACCESS_PROBLEMS = new Set([
  'AccessDenied',
  'Forbidden',
  'InvalidAccessKeyId',
  'SignatureDoesNotMatch',
  'ExpiredToken',
  'InvalidToken',
  'CredentialsProviderError',
]);

const LASTING_PROBLEMS = new Set([
  'AbortError',
  'InvalidRange',
  'NoSuchBucket',
  'NoSuchKey',
  'NotFound',
  'PreconditionFailed',
  'TypeError',
]);
