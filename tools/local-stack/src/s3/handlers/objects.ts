/** One object: written, read, removed. */
import { pipeline } from 'node:stream/promises';
import { aboutNewObject, objectHeaders } from '../about-object.ts';
import { answerEmpty } from '../answers.ts';
import { receiveBody } from '../body.ts';
import { isUnchanged, writeCondition } from '../conditions.ts';
import { S3Error } from '../errors.ts';
import { checkKey } from '../keys.ts';
import { parseRange } from '../range.ts';
import { header, type S3Request } from '../request.ts';
import type { Sidecar } from '../sidecar.ts';
import type { Signed } from '../signature.ts';
import type { ObjectStore } from '../store.ts';

const READ_BYTES = 1024 ** 2;

export async function putObject(
  request: S3Request,
  signed: Signed,
  store: ObjectStore,
): Promise<void> {
  const { bucket, key } = request;
  checkKey(key);
  const about = aboutNewObject(request);
  const condition = writeCondition(request);
  condition(await store.about(bucket, key)); // a first look, before a long body comes in
  const body = await receiveBody(request, signed, store.temporaryFile());
  const written = await store.put(bucket, key, { ...body, etag: body.md5 }, about, condition);
  answerEmpty(request, 200, { etag: `"${written.etag}"`, ...checksumHeaders(written) });
}

export async function headObject(request: S3Request, store: ObjectStore): Promise<void> {
  const about = await store.about(request.bucket, request.key);
  if (about === undefined) throw noSuchKey();
  const headers = objectHeaders(request, about);
  if (isUnchanged(request, about)) {
    answerEmpty(request, 304, headers);
    return;
  }
  const range = parseRange(header(request, 'range'), about.sizeBytes);
  request.response.writeHead(range.status, {
    ...headers,
    ...range.headers,
    ...shownChecksums(request, about),
  });
  request.response.end();
}

export async function getObject(request: S3Request, store: ObjectStore): Promise<void> {
  await using object = await store.read(request.bucket, request.key);
  if (object === undefined) throw noSuchKey();
  const { about, handle } = object;
  const headers = objectHeaders(request, about);
  if (isUnchanged(request, about)) {
    answerEmpty(request, 304, headers);
    return;
  }
  const range = parseRange(header(request, 'range'), about.sizeBytes);
  request.response.writeHead(range.status, {
    ...headers,
    ...range.headers,
    ...shownChecksums(request, about),
  });
  if (range.length === 0) {
    request.response.end();
    return;
  }
  const { first: start, last: end } = range;
  // Large reads: each costs a turn through the thread pool. The pipeline waits for a slow client, and
  // rejects when it goes away, which is its right.
  const content = handle.createReadStream({
    start,
    end,
    highWaterMark: READ_BYTES,
    autoClose: false,
  });
  await pipeline(content, request.response).catch((error: unknown) => {
    if (!request.response.destroyed) throw error;
  });
}

export async function deleteObject(request: S3Request, store: ObjectStore): Promise<void> {
  await store.remove(request.bucket, request.key);
  answerEmpty(request, 204);
}

/** The refusal for an object that is not there. */
export function noSuchKey(): S3Error {
  return new S3Error('NoSuchKey', 'There is no such object');
}

export function checksumHeaders(about: Sidecar): Record<string, string> {
  const isEmpty = Object.keys(about.checksums).length === 0;
  return isEmpty ? {} : { ...about.checksums, 'x-amz-checksum-type': 'FULL_OBJECT' };
}

// A checksum is of the whole object: next to a part of it a client would find it wrong.
function shownChecksums(request: S3Request, about: Sidecar): Record<string, string> {
  const isWanted = header(request, 'x-amz-checksum-mode')?.toUpperCase() === 'ENABLED';
  return isWanted && header(request, 'range') === undefined ? checksumHeaders(about) : {};
}
