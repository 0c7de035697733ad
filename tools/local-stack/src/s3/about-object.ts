/** What a request says about an object it writes, and what an answer says about one that is read. */
import { validateHeaderValue } from 'node:http';
import { S3Error } from './errors.ts';
import { decode, header, type S3Request } from './request.ts';
import type { ObjectAbout, Sidecar } from './sidecar.ts';

const KEPT_HEADERS = [
  'content-type',
  'cache-control',
  'content-disposition',
  'content-language',
  'expires',
];
const META_PREFIX = 'x-amz-meta-';
const MAX_METADATA_BYTES = 2048;
const MAX_TAGS = 10;

/** @throws {@link S3Error} MetadataTooLarge, InvalidTag */
export function aboutNewObject(request: S3Request): ObjectAbout {
  return {
    headers: keptHeaders(request),
    userMetadata: userMetadata(request),
    tags: tagsFromHeader(header(request, 'x-amz-tagging') ?? ''),
  };
}

/** The headers of an answer to GET and HEAD, without length and range. */
export function objectHeaders(request: S3Request, about: Sidecar): Record<string, string | number> {
  const headers: Record<string, string | number> = {
    ...about.headers,
    etag: `"${about.etag}"`,
    'last-modified': new Date(about.modifiedMs).toUTCString(),
    'accept-ranges': 'bytes',
  };
  for (const [name, value] of Object.entries(about.userMetadata)) {
    headers[`${META_PREFIX}${name}`] = value;
  }
  const tagCount = Object.keys(about.tags).length;
  if (tagCount > 0) headers['x-amz-tagging-count'] = tagCount;
  for (const [name, value] of request.query) {
    if (!name.startsWith('response-')) continue;
    headers[name.slice('response-'.length)] = headerValue(name, value);
  }
  return headers;
}

/** @throws {@link S3Error} InvalidTag */
export function checkTags(tags: readonly (readonly [string, string])[]): Record<string, string> {
  const isValid = tags.every(
    ([name, value]) => name !== '' && name.length <= 128 && value.length <= 256,
  );
  if (
    !isValid ||
    tags.length > MAX_TAGS ||
    new Set(tags.map(([name]) => name)).size < tags.length
  ) {
    throw new S3Error(
      'InvalidTag',
      `An object takes ${MAX_TAGS} different tags, of 128 and 256 characters at most`,
    );
  }
  return Object.fromEntries(tags);
}

function keptHeaders(request: S3Request): Record<string, string> {
  const kept: Record<string, string> = { 'content-type': 'binary/octet-stream' };
  for (const name of KEPT_HEADERS) {
    const value = header(request, name);
    if (value !== undefined) kept[name] = value;
  }
  // `aws-chunked` is how this body travelled; the rest is what the object is.
  const encodings = (header(request, 'content-encoding') ?? '').split(/\s*,\s*/);
  const encoding = encodings.filter((one) => one !== '' && one !== 'aws-chunked').join(', ');
  if (encoding !== '') kept['content-encoding'] = encoding;
  return kept;
}

function userMetadata(request: S3Request): Record<string, string> {
  const metadata: Record<string, string> = {};
  let sizeBytes = 0;
  for (const name of Object.keys(request.http.headers)) {
    if (!name.startsWith(META_PREFIX)) continue;
    const value = header(request, name) ?? '';
    metadata[name.slice(META_PREFIX.length)] = value;
    sizeBytes += name.length - META_PREFIX.length + value.length;
  }
  if (sizeBytes > MAX_METADATA_BYTES) {
    throw new S3Error('MetadataTooLarge', `Metadata has ${MAX_METADATA_BYTES} bytes at most`);
  }
  return metadata;
}

function tagsFromHeader(tagging: string): Record<string, string> {
  const pairs = tagging.split('&').filter((pair) => pair !== '');
  return checkTags(
    pairs.map((pair) => {
      const [name = '', value = ''] = pair.replaceAll('+', ' ').split('=');
      return [decode(name), decode(value)] as const;
    }),
  );
}

function headerValue(name: string, value: string): string {
  try {
    validateHeaderValue(name, value);
    return value;
  } catch {
    throw new S3Error('InvalidArgument', `${name} cannot be a header`);
  }
}
