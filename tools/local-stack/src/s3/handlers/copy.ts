/** CopyObject: read and written anew, so that the copy's ETag is the MD5 of what was copied. */
import { aboutNewObject } from '../about-object.ts';
import { answerXml } from '../answers.ts';
import { storeStream } from '../body.ts';
import { writeCondition } from '../conditions.ts';
import { S3Error } from '../errors.ts';
import { checkKey } from '../keys.ts';
import { decode, header, type S3Request } from '../request.ts';
import type { ObjectStore } from '../store.ts';
import { element, field } from '../xml.ts';
import { noSuchKey } from './objects.ts';

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html */
export async function copyObject(request: S3Request, store: ObjectStore): Promise<void> {
  const { bucket, key } = request;
  checkKey(key);
  const source = sourceOf(header(request, 'x-amz-copy-source') ?? '');
  const isReplaced = isReplace(request, 'x-amz-metadata-directive');
  if (source.bucket === bucket && source.key === key && !isReplaced) {
    throw new S3Error('InvalidRequest', 'A copy onto itself must replace the metadata');
  }
  await store.requireBucket(source.bucket);
  await using original = await store.read(source.bucket, source.key);
  if (original === undefined) throw noSuchKey();
  const given = aboutNewObject(request);
  const about = {
    ...(isReplaced ? given : original.about),
    tags: isReplace(request, 'x-amz-tagging-directive') ? given.tags : original.about.tags,
  };
  const body = await storeStream(
    original.handle.createReadStream({ autoClose: false }),
    store.temporaryFile(),
  );
  const written = await store.put(
    bucket,
    key,
    { file: body.file, etag: body.md5, checksums: original.about.checksums },
    { headers: about.headers, userMetadata: about.userMetadata, tags: about.tags },
    writeCondition(request),
  );
  answerXml(
    request,
    element(
      'CopyObjectResult',
      field('ETag', `"${written.etag}"`),
      field('LastModified', new Date(written.modifiedMs).toISOString()),
    ),
  );
}

function sourceOf(value: string): { bucket: string; key: string } {
  const [path = '', version] = value.replace(/^\//, '').split('?');
  if (version !== undefined) throw new S3Error('NotImplemented', 'There are no versions here');
  const decoded = decode(path);
  const slash = decoded.indexOf('/');
  if (slash < 1) throw new S3Error('InvalidArgument', 'x-amz-copy-source is not BUCKET/KEY');
  return { bucket: decoded.slice(0, slash), key: decoded.slice(slash + 1) };
}

function isReplace(request: S3Request, directive: string): boolean {
  return header(request, directive)?.toUpperCase() === 'REPLACE';
}
