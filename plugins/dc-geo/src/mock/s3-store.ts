/** Files in an S3 bucket, for the mock server. */

import { Readable } from 'node:stream';
import type { ListObjectsV2Output, S3 } from '@aws-sdk/client-s3';
import type { FileStore } from './ndjson-source.ts';

/** @param prefix - what the keys begin with; the rest of a key is the file's name */
export function bucketStore(
  client: Pick<S3, 'getObject' | 'listObjectsV2'>,
  bucket: string,
  prefix: string,
): FileStore {
  return {
    async names() {
      const names: string[] = [];
      for (let after: string | undefined = ''; after !== undefined; ) {
        const request = { Bucket: bucket, Prefix: prefix, StartAfter: after };
        const page: ListObjectsV2Output = await client.listObjectsV2(request);
        const keys = (page.Contents ?? []).flatMap(({ Key }) => Key ?? []);
        names.push(...keys.map((key) => key.slice(prefix.length)));
        after = page.IsTruncated ? keys.at(-1) : undefined;
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
