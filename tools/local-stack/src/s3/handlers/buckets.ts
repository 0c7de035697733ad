/** Making, naming and removing buckets. */
import { answerEmpty, answerXml, XML_NAMESPACE } from '../answers.ts';
import type { S3Request } from '../request.ts';
import type { ObjectStore } from '../store.ts';
import { element, field } from '../xml.ts';

export async function listBuckets(request: S3Request, store: ObjectStore): Promise<void> {
  const buckets = await store.buckets();
  const list = buckets.map(({ name, created }) =>
    element('Bucket', field('Name', name), field('CreationDate', created.toISOString())),
  );
  answerXml(
    request,
    `<ListAllMyBucketsResult ${XML_NAMESPACE}>${element('Owner', field('ID', 'local'))}${element(
      'Buckets',
      ...list,
    )}</ListAllMyBucketsResult>`,
  );
}

export async function createBucket(request: S3Request, store: ObjectStore): Promise<void> {
  await store.createBucket(request.bucket); // a LocationConstraint in the body has no meaning here
  answerEmpty(request, 200, { location: `/${request.bucket}` });
}

export async function deleteBucket(request: S3Request, store: ObjectStore): Promise<void> {
  await store.deleteBucket(request.bucket);
  answerEmpty(request, 204);
}

export function bucketLocation(request: S3Request): void {
  answerXml(request, `<LocationConstraint ${XML_NAMESPACE}/>`); // empty means us-east-1
}

export function bucketVersioning(request: S3Request): void {
  answerXml(request, `<VersioningConfiguration ${XML_NAMESPACE}/>`); // never switched on
}
