/** What is in a bucket, for tests. */

import { MANIFEST_KEY_PATTERN } from '@bfd-host/rif';
import type { FreshBucket } from '@bfd-host/testkit';

/** All keys, in alphabetical order. */
export async function keysIn({ client, name }: FreshBucket): Promise<string[]> {
  const { Contents = [] } = await client.listObjectsV2({ Bucket: name });
  return Contents.map(({ Key = '' }) => Key).sort();
}

/** An object and the MD5 that its metadata says. */
export async function read({ client, name }: FreshBucket, key: string) {
  const { Body, Metadata = {} } = await client.getObject({ Bucket: name, Key: key });
  const { md5chksum } = Metadata;
  return { content: Buffer.from((await Body?.transformToByteArray()) ?? []), md5chksum };
}

/** All objects by key. */
export async function contentsIn(bucket: FreshBucket): Promise<Map<string, string>> {
  const contents = new Map<string, string>();
  for (const key of await keysIn(bucket)) {
    contents.set(key, (await read(bucket, key)).content.toString());
  }
  return contents;
}

/** What the manifests in a bucket say, oldest first. */
export async function manifestsIn(bucket: FreshBucket) {
  const keys = (await keysIn(bucket)).filter((name) => MANIFEST_KEY_PATTERN.test(name));
  return Promise.all(
    keys.map(async (key) => {
      const xml = (await read(bucket, key)).content.toString();
      const [, , timestamp = ''] = MANIFEST_KEY_PATTERN.exec(key) ?? [];
      const properties = Object.fromEntries(
        [...xml.matchAll(/<(\w+)>([^<]+)<\/\1>/g)].map(([, name = '', value = '']) => [
          name,
          value,
        ]),
      );
      const files = [...xml.matchAll(/<entry name="([^"]+)"/g)].map(([, name = '']) => name);
      return { timestamp, properties, files };
    }),
  );
}
