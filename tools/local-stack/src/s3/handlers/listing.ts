/** ListObjectsV2, and ListObjects for older clients. */
import { answerXml, XML_NAMESPACE } from '../answers.ts';
import { S3Error } from '../errors.ts';
import { encode, type S3Request } from '../request.ts';
import type { Sidecar } from '../sidecar.ts';
import type { ObjectStore } from '../store.ts';
import { element, field, text } from '../xml.ts';

const MAX_KEYS = 1000;
const LOOKUPS_AT_ONCE = 32;

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html */
export async function listObjectsV2(request: S3Request, store: ObjectStore): Promise<void> {
  const { query } = request;
  const token = query.get('continuation-token');
  const startAfter = query.get('start-after') ?? '';
  const page = await listPage(request, store, startAfter, token);
  const write = writer(request);
  answerXml(
    request,
    result(request, page, [
      field('KeyCount', page.objects.length + page.commonPrefixes.length),
      ...(token === undefined ? [] : [field('ContinuationToken', token)]),
      ...(startAfter === '' ? [] : [element('StartAfter', write(startAfter))]),
      ...(page.next === undefined ? [] : [field('NextContinuationToken', page.next.token)]),
    ]),
  );
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjects.html */
export async function listObjectsV1(request: S3Request, store: ObjectStore): Promise<void> {
  const marker = request.query.get('marker') ?? '';
  const page = await listPage(request, store, marker, undefined);
  const write = writer(request);
  answerXml(
    request,
    result(request, page, [
      element('Marker', write(marker)),
      ...(page.next === undefined ? [] : [element('NextMarker', write(page.next.marker))]),
    ]),
  );
}

interface Page {
  readonly objects: readonly Sidecar[];
  readonly commonPrefixes: readonly string[];
  readonly maxKeys: number;
  /** Where the next page begins; undefined on the last one. */
  readonly next: { readonly token: string; readonly marker: string } | undefined;
}

async function listPage(
  { bucket, query }: S3Request,
  store: ObjectStore,
  start: string,
  token: string | undefined,
): Promise<Page> {
  const prefix = query.get('prefix') ?? '';
  const delimiter = query.get('delimiter') ?? '';
  const maxKeys = maxKeysOf(query.get('max-keys'));
  const keys: string[] = [];
  const commonPrefixes: string[] = [];
  let next: Page['next'];
  const walk = await store.walk(bucket, prefix);
  walk.goOn(token === undefined ? Buffer.from(start) : Buffer.from(token, 'base64url'));
  let position = walk.position;
  let last = '';
  for await (const key of walk) {
    const end = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
    const group = end < 0 ? undefined : key.slice(0, end + delimiter.length);
    if (group !== undefined && token === undefined && start.startsWith(group)) {
      walk.passOver(group); // a marker within a group, or the group itself: it was shown before
      continue;
    }
    if (keys.length + commonPrefixes.length >= maxKeys) {
      if (maxKeys > 0) next = { token: position.toString('base64url'), marker: last };
      break;
    }
    if (group === undefined) {
      keys.push(key);
    } else {
      commonPrefixes.push(group);
      walk.passOver(group);
    }
    position = walk.position;
    last = group ?? key;
  }
  const objects = await lookUp(keys, (key) => store.about(bucket, key));
  return { objects, commonPrefixes, maxKeys, next };
}

function maxKeysOf(value: string | undefined): number {
  if (value === undefined) return MAX_KEYS;
  if (!/^\d{1,9}$/.test(value)) {
    throw new S3Error('InvalidArgument', 'max-keys is no number of 0 or more');
  }
  return Math.min(Number(value), MAX_KEYS);
}

// Some at a time: each look-up is a few small reads, and a page has up to a thousand.
async function lookUp(
  keys: readonly string[],
  about: (key: string) => Promise<Sidecar | undefined>,
): Promise<Sidecar[]> {
  const found: Sidecar[] = [];
  for (let from = 0; from < keys.length; from += LOOKUPS_AT_ONCE) {
    const batch = await Promise.all(keys.slice(from, from + LOOKUPS_AT_ONCE).map(about));
    found.push(...batch.filter((one) => one !== undefined)); // one may have gone meanwhile
  }
  return found;
}

function result(request: S3Request, page: Page, paging: readonly string[]): string {
  const { query, bucket } = request;
  const write = writer(request);
  const delimiter = query.get('delimiter');
  const content = [
    field('Name', bucket),
    element('Prefix', write(query.get('prefix') ?? '')),
    field('MaxKeys', page.maxKeys),
    ...(delimiter === undefined ? [] : [element('Delimiter', write(delimiter))]),
    ...(query.get('encoding-type') === 'url' ? [field('EncodingType', 'url')] : []),
    field('IsTruncated', page.next !== undefined),
    ...paging,
    ...page.objects.map((about) =>
      element(
        'Contents',
        element('Key', write(about.key)),
        field('LastModified', new Date(about.modifiedMs).toISOString()),
        field('ETag', `"${about.etag}"`),
        field('Size', about.sizeBytes),
        field('StorageClass', 'STANDARD'),
      ),
    ),
    ...page.commonPrefixes.map((prefix) =>
      element('CommonPrefixes', element('Prefix', write(prefix))),
    ),
  ];
  return `<ListBucketResult ${XML_NAMESPACE}>${content.join('')}</ListBucketResult>`;
}

// Percent-encoded where the client asks for it: XML cannot carry every key.
function writer({ query }: S3Request): (key: string) => string {
  if (query.get('encoding-type') !== 'url') return text;
  return (key) => encode(key).replaceAll('%2F', '/');
}
