/** Which operation a request asks for. What is not known is refused, never guessed. */

import { answerEmpty } from './answers.ts';
import { S3Error } from './errors.ts';
import {
  bucketLocation,
  bucketVersioning,
  createBucket,
  deleteBucket,
  listBuckets,
} from './handlers/buckets.ts';
import { copyObject } from './handlers/copy.ts';
import { deleteObjects } from './handlers/delete-many.ts';
import { listObjectsV1, listObjectsV2 } from './handlers/listing.ts';
import {
  abortUpload,
  beginUpload,
  completeUpload,
  listParts,
  listUploads,
  uploadPart,
} from './handlers/multipart.ts';
import { deleteObject, getObject, headObject, putObject } from './handlers/objects.ts';
import { deleteTags, getTags, putTags } from './handlers/tags.ts';
import { header, type S3Request } from './request.ts';
import type { Signed } from './signature.ts';
import type { ObjectStore } from './store.ts';
import type { Uploads } from './uploads.ts';

export interface Services {
  readonly store: ObjectStore;
  readonly uploads: Uploads;
}

/** Carries out a request whose signature was checked. */
export async function route(request: S3Request, signed: Signed, services: Services): Promise<void> {
  const { store } = services;
  if (request.bucket === '') {
    if (request.method !== 'GET') throw methodNotAllowed();
    await listBuckets(request, store);
    return;
  }
  if (request.key === '' && request.method === 'PUT' && subresource(request) === undefined) {
    await createBucket(request, store);
    return;
  }
  await store.requireBucket(request.bucket);
  if (request.key === '') await routeBucket(request, signed, services);
  else await routeObject(request, signed, services);
}

// What S3 selects operations by, and the operations on it that are here.
const SUBRESOURCES = [
  'accelerate',
  'acl',
  'analytics',
  'attributes',
  'cors',
  'delete',
  'encryption',
  'inventory',
  'legal-hold',
  'lifecycle',
  'location',
  'logging',
  'metrics',
  'notification',
  'object-lock',
  'ownershipControls',
  'partNumber',
  'policy',
  'policyStatus',
  'publicAccessBlock',
  'replication',
  'requestPayment',
  'restore',
  'retention',
  'select',
  'tagging',
  'torrent',
  'uploadId',
  'uploads',
  'versionId',
  'versioning',
  'versions',
  'website',
] as const;

async function routeBucket(
  request: S3Request,
  signed: Signed,
  { store, uploads }: Services,
): Promise<void> {
  const operation = `${request.method} ${subresource(request) ?? ''}`.trim();
  switch (operation) {
    case 'HEAD':
      return answerEmpty(request, 200);
    case 'GET':
      return request.query.get('list-type') === '2'
        ? listObjectsV2(request, store)
        : listObjectsV1(request, store);
    case 'DELETE':
      return deleteBucket(request, store);
    case 'POST delete':
      return deleteObjects(request, signed, store);
    case 'GET uploads':
      return listUploads(request, uploads);
    case 'GET location':
      return bucketLocation(request);
    case 'GET versioning':
      return bucketVersioning(request);
    default:
      throw unknown(request);
  }
}

async function routeObject(
  request: S3Request,
  signed: Signed,
  { store, uploads }: Services,
): Promise<void> {
  const isCopy = header(request, 'x-amz-copy-source') !== undefined;
  const operation = `${request.method} ${subresource(request) ?? ''}`.trim();
  switch (operation) {
    case 'GET':
      return getObject(request, store);
    case 'HEAD':
      return headObject(request, store);
    case 'PUT':
      return isCopy ? copyObject(request, store) : putObject(request, signed, store);
    case 'DELETE':
      return deleteObject(request, store);
    case 'GET tagging':
      return getTags(request, store);
    case 'PUT tagging':
      return putTags(request, signed, store);
    case 'DELETE tagging':
      return deleteTags(request, store);
    case 'POST uploads':
      return beginUpload(request, uploads);
    case 'PUT partNumber uploadId':
      return uploadPart(request, signed, store, uploads);
    case 'GET uploadId':
      return listParts(request, uploads);
    case 'POST uploadId':
      return completeUpload(request, signed, store, uploads);
    case 'DELETE uploadId':
      return abortUpload(request, uploads);
    default:
      throw unknown(request);
  }
}

function subresource({ query }: S3Request): string | undefined {
  const named = SUBRESOURCES.filter((name) => query.has(name));
  return named.length === 0 ? undefined : named.join(' ');
}

function unknown(request: S3Request): S3Error {
  const name = subresource(request);
  return name === undefined
    ? methodNotAllowed()
    : new S3Error('NotImplemented', `This server does not do ${request.method} with "${name}"`);
}

function methodNotAllowed(): S3Error {
  return new S3Error('MethodNotAllowed', 'This method has no meaning here');
}
