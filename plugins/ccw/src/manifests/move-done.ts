// The older layout, for whoever asks for it: a data set that is loaded goes from Incoming to Done. The manifest
// goes last, so that a move that was interrupted is seen and goes on.

import { type S3Client, safe } from '@bfd-host/sdk';
import { s3Error } from '../s3-errors.ts';
import type { FoundObject } from './bucket.ts';

/** S3 copies no more than this in one request. */
const MOST_COPY_BYTES = 5 * 2 ** 30;
const PART_BYTES = 2 ** 30;

/**
 * Where an object goes.
 *
 * @example
 * doneKey('Synthetic/Incoming/2024-03-06T12:00:00Z/0_manifest.xml'); // 'Synthetic/Done/2024-03-06T12:00:00Z/0_manifest.xml'
 */
export function doneKey(key: string): string {
  return key.replace(/^((?:Synthetic\/)?)Incoming\//, '$1Done/');
}

/**
 * Copies the objects to Done, then deletes them from Incoming, in the order given.
 *
 * @param objects - what is in the bucket; keys that are not among it have been moved already
 * @throws JobError `BFD_S3_…`
 */
export async function moveToDone(
  s3: S3Client,
  bucket: string,
  keys: readonly string[],
  objects: ReadonlyMap<string, FoundObject>,
  options: { readonly signal: AbortSignal; readonly partBytes?: number },
): Promise<void> {
  for (const key of keys) {
    const object = objects.get(key);
    if (!object) continue;
    options.signal.throwIfAborted();
    try {
      await copy(s3, bucket, key, object.sizeBytes, options);
      await s3.deleteObject({ Bucket: bucket, Key: key }, { abortSignal: options.signal });
    } catch (error) {
      throw s3Error(error, safe.file(key));
    }
  }
}

interface CopyOptions {
  readonly signal: AbortSignal;
  readonly partBytes?: number;
}

async function copy(
  s3: S3Client,
  bucket: string,
  key: string,
  sizeBytes: number,
  { signal, partBytes }: CopyOptions,
): Promise<void> {
  const call = { abortSignal: signal };
  const source = `${bucket}/${encodeURIComponent(key)}`;
  const target = { Bucket: bucket, Key: doneKey(key) };
  if (sizeBytes <= (partBytes ?? MOST_COPY_BYTES)) {
    await s3.copyObject({ ...target, CopySource: source }, call);
    return;
  }
  const { Metadata, ContentType } = await s3.headObject({ Bucket: bucket, Key: key }, call);
  const { UploadId } = await s3.createMultipartUpload({ ...target, Metadata, ContentType }, call);
  const upload = { ...target, UploadId };
  try {
    const parts: { PartNumber: number; ETag: string | undefined }[] = [];
    const size = partBytes ?? PART_BYTES;
    for (let start = 0; start < sizeBytes; start += size) {
      const PartNumber = parts.length + 1;
      const CopySourceRange = `bytes=${start}-${Math.min(start + size, sizeBytes) - 1}`;
      const copied = await s3.uploadPartCopy(
        { ...upload, PartNumber, CopySource: source, CopySourceRange },
        call,
      );
      parts.push({ PartNumber, ETag: copied.CopyPartResult?.ETag });
    }
    await s3.completeMultipartUpload({ ...upload, MultipartUpload: { Parts: parts } }, call);
  } catch (error) {
    await s3.abortMultipartUpload(upload).catch(() => undefined); // its parts would be kept, and paid for
    throw error;
  }
}
