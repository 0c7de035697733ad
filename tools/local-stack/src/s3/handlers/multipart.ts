/** The five steps of a multipart upload. */
import { aboutNewObject } from '../about-object.ts';
import { answerEmpty, answerXml, XML_NAMESPACE } from '../answers.ts';
import { receiveBody, receiveXml } from '../body.ts';
import { writeCondition } from '../conditions.ts';
import { S3Error } from '../errors.ts';
import { checkKey } from '../keys.ts';
import { header, type S3Request } from '../request.ts';
import type { Signed } from '../signature.ts';
import type { ObjectStore } from '../store.ts';
import type { Upload, Uploads } from '../uploads.ts';
import { element, elements, field, requiredText } from '../xml.ts';

const MAX_PARTS = 10_000;

export async function beginUpload(request: S3Request, uploads: Uploads): Promise<void> {
  const { bucket, key } = request;
  checkKey(key);
  const { id } = await uploads.begin(bucket, key, aboutNewObject(request), Date.now());
  answerXml(
    request,
    `<InitiateMultipartUploadResult ${XML_NAMESPACE}>${field('Bucket', bucket)}${field(
      'Key',
      key,
    )}${field('UploadId', id)}</InitiateMultipartUploadResult>`,
  );
}

export async function uploadPart(
  request: S3Request,
  signed: Signed,
  store: ObjectStore,
  uploads: Uploads,
): Promise<void> {
  const upload = await uploadOf(request, uploads);
  const number = Number(request.query.get('partNumber'));
  if (!Number.isInteger(number) || number < 1 || number > MAX_PARTS) {
    throw new S3Error('InvalidArgument', `partNumber is not 1 to ${MAX_PARTS}`);
  }
  if (header(request, 'x-amz-copy-source') !== undefined) {
    throw new S3Error('NotImplemented', 'A part cannot be copied here');
  }
  const body = await receiveBody(request, signed, store.temporaryFile());
  await uploads.addPart(upload, number, body);
  answerEmpty(request, 200, { etag: `"${body.md5}"`, ...body.checksums });
}

export async function listParts(request: S3Request, uploads: Uploads): Promise<void> {
  const upload = await uploadOf(request, uploads);
  const parts = (await uploads.parts(upload)).map((part) =>
    element(
      'Part',
      field('PartNumber', part.number),
      field('LastModified', new Date(part.modifiedMs).toISOString()),
      field('ETag', `"${part.etag}"`),
      field('Size', part.sizeBytes),
    ),
  );
  const head = [
    field('Bucket', upload.bucket),
    field('Key', upload.key),
    field('UploadId', upload.id),
    field('IsTruncated', false),
  ];
  answerXml(
    request,
    `<ListPartsResult ${XML_NAMESPACE}>${[...head, ...parts].join('')}</ListPartsResult>`,
  );
}

export async function listUploads(request: S3Request, uploads: Uploads): Promise<void> {
  const prefix = request.query.get('prefix') ?? '';
  const found = (await uploads.ofBucket(request.bucket)).filter(({ key }) =>
    key.startsWith(prefix),
  );
  const list = found.map(({ key, id, startedMs }) =>
    element(
      'Upload',
      field('Key', key),
      field('UploadId', id),
      field('Initiated', new Date(startedMs).toISOString()),
    ),
  );
  answerXml(
    request,
    `<ListMultipartUploadsResult ${XML_NAMESPACE}>${[
      field('Bucket', request.bucket),
      field('IsTruncated', false),
      ...list,
    ].join('')}</ListMultipartUploadsResult>`,
  );
}

export async function completeUpload(
  request: S3Request,
  signed: Signed,
  store: ObjectStore,
  uploads: Uploads,
): Promise<void> {
  const upload = await uploadOf(request, uploads);
  const { bucket, key, about } = upload;
  const condition = writeCondition(request);
  const body = await receiveXml(request, signed);
  const named = elements(body, 'Part').map((part) => ({
    number: Number(requiredText(part, 'PartNumber')),
    etag: requiredText(part, 'ETag').replaceAll('"', ''),
  }));
  const file = store.temporaryFile();
  const written = await uploads.complete(upload, named, file, (etag) =>
    store.put(bucket, key, { file, etag, checksums: {} }, about, condition),
  );
  answerXml(
    request,
    `<CompleteMultipartUploadResult ${XML_NAMESPACE}>${[
      field('Bucket', bucket),
      field('Key', key),
      field('ETag', `"${written.etag}"`),
    ].join('')}</CompleteMultipartUploadResult>`,
  );
}

export async function abortUpload(request: S3Request, uploads: Uploads): Promise<void> {
  await uploads.abort(await uploadOf(request, uploads));
  answerEmpty(request, 204);
}

function uploadOf({ query, bucket, key }: S3Request, uploads: Uploads): Promise<Upload> {
  return uploads.find(query.get('uploadId') ?? '', bucket, key);
}
