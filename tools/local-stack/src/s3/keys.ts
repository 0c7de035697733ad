/**
 * Where a key lives. A key that reads as a harmless path is a file at that path, so that a person can
 * look, and drop files in; any other is a numbered blob. A key never decides a path unchecked.
 */
import { createHash } from 'node:crypto';
import { S3Error } from './errors.ts';

export const MAX_KEY_BYTES = 1024;

const MAX_NAME_BYTES = 255;

/** Whether this key can be the path of a file below the bucket's folder. */
export function isPathLike(key: string): boolean {
  return key.split('/').every(isHarmlessName) && key.normalize('NFC') === key;
}

/** A name for what belongs to a key, that no key can choose. */
export function keyHash(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

/** @throws {@link S3Error} InvalidBucketName */
export function checkBucketName(bucket: string): void {
  if (!isBucketName(bucket)) {
    throw new S3Error('InvalidBucketName', 'A bucket has 3 to 63 of a-z, 0-9, "-" and "." as name');
  }
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
export function isBucketName(bucket: string): boolean {
  return /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket) && !bucket.includes('..');
}

/** @throws {@link S3Error} KeyTooLongError */
export function checkKey(key: string): void {
  if (Buffer.byteLength(key) > MAX_KEY_BYTES) {
    throw new S3Error('KeyTooLongError', `A key has ${MAX_KEY_BYTES} bytes at most`);
  }
}

// Empty names cover leading, trailing and double slashes. A colon stays: data sets have folders such
// as 2024-01-05T00:00:00Z. A backslash does not: tools may take it for a separator.
function isHarmlessName(name: string): boolean {
  if (name === '' || name === '.' || name === '..') return false;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must be refused
  return !/[\u0000-\u001f\u007f\\]/.test(name) && Buffer.byteLength(name) <= MAX_NAME_BYTES;
}
