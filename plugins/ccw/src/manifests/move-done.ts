// The older layout, for whoever asks for it: a data set that is loaded goes from Incoming to Done. The manifest
// goes last, so that a move that was interrupted is seen and goes on.

import { Readable } from 'node:stream';
import type { RunContext, S3Client } from '@bfd-host/sdk';
import { safe } from '@bfd-host/sdk';
import { s3Error } from '../s3-errors.ts';
import type { FoundObject } from './bucket.ts';

/** S3 copies no more than this by itself. */
const MOST_COPY_BYTES = 5 * 2 ** 30;

/**
 * Where an object goes.
 *
 * @example
 * doneKey('Synthetic/Incoming/2024-03-06T12:00:00Z/0_manifest.xml'); // 'Synthetic/Done/2024-03-06T12:00:00Z/0_manifest.xml'
 */
export function doneKey(key: string): string {
  return key.replace(/^((?:Synthetic\/)?)Incoming\//, '$1Done/');
}

export interface MoveTools {
  readonly s3: S3Client;
  readonly bucket: string;
  readonly ctx: Pick<RunContext, 'signal' | 'upload'>;
  /** Larger objects go through this process; what S3 copies by itself if absent. */
  readonly mostCopyBytes?: number;
}

/**
 * Copies the objects to Done and deletes them from Incoming, one after the other in the order given.
 *
 * @param objects - what is in the bucket; keys that are not among it have been moved already
 * @throws JobError `BFD_S3_…`
 */
export async function moveToDone(
  tools: MoveTools,
  keys: readonly string[],
  objects: ReadonlyMap<string, FoundObject>,
): Promise<void> {
  const { s3, bucket, ctx } = tools;
  for (const key of keys) {
    const object = objects.get(key);
    if (!object) continue;
    ctx.signal.throwIfAborted();
    try {
      if (object.sizeBytes <= (tools.mostCopyBytes ?? MOST_COPY_BYTES)) await copy(tools, key);
      else await passThrough(tools, key);
      await s3.deleteObject({ Bucket: bucket, Key: key }, { abortSignal: ctx.signal });
    } catch (error) {
      throw s3Error(error, safe.file(key), 'move');
    }
  }
}

async function copy({ s3, bucket, ctx }: MoveTools, key: string): Promise<void> {
  const CopySource = `${bucket}/${encodeURIComponent(key)}`;
  const target = { Bucket: bucket, Key: doneKey(key) };
  await s3.copyObject({ ...target, CopySource }, { abortSignal: ctx.signal });
}

async function passThrough({ s3, bucket, ctx }: MoveTools, key: string): Promise<void> {
  const object = { Bucket: bucket, Key: key };
  const { Body, Metadata, ContentType } = await s3.getObject(object, { abortSignal: ctx.signal });
  if (!(Body instanceof Readable)) throw new TypeError('S3 answered without a stream');
  await ctx.upload(bucket, doneKey(key), Body, {
    ...(Metadata && { metadata: Metadata }),
    ...(ContentType !== undefined && { contentType: ContentType }),
  });
}
