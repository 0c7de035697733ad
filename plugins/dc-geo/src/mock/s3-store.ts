/** Files in an S3 bucket, for the mock server. */

import { Readable } from 'node:stream';
import type { FileStore } from './ndjson-source.ts';

export interface BucketOptions {
  readonly bucket: string;
  /** What the keys begin with; the rest of a key is the file's name. */
  readonly prefix: string;
  /** Of another service than Amazon's. */
  readonly endpoint?: string;
}

/** Region and credentials come from the environment, as everywhere in the AWS SDK. */
export async function bucketStore({ bucket, prefix, endpoint }: BucketOptions): Promise<FileStore> {
  // Only who asks for a bucket waits for the SDK to load.
  const { paginateListObjectsV2, S3 } = await import('@aws-sdk/client-s3');
  const client = new S3(endpoint === undefined ? {} : { endpoint, forcePathStyle: true });
  return {
    async names() {
      const names: string[] = [];
      for await (const { Contents = [] } of paginateListObjectsV2(
        { client },
        { Bucket: bucket, Prefix: prefix },
      )) {
        for (const { Key } of Contents) if (Key !== undefined) names.push(Key.slice(prefix.length));
      }
      return names;
    },
    async open(name) {
      const { Body } = await client.getObject({ Bucket: bucket, Key: prefix + name });
      if (Body instanceof Readable) return Body;
      throw new Error(`${name} came without content`);
    },
  };
}
