/** The tags of an object. */
import { checkTags } from '../about-object.ts';
import { answerEmpty, answerXml, XML_NAMESPACE } from '../answers.ts';
import { receiveXml } from '../body.ts';
import type { S3Request } from '../request.ts';
import type { Sidecar } from '../sidecar.ts';
import type { Signed } from '../signature.ts';
import type { ObjectStore } from '../store.ts';
import { element, elements, field, requiredText } from '../xml.ts';
import { noSuchKey } from './objects.ts';

export async function getTags(request: S3Request, store: ObjectStore): Promise<void> {
  const about = await store.about(request.bucket, request.key);
  if (about === undefined) throw noSuchKey();
  const tags = Object.entries(about.tags).map(([name, value]) =>
    element('Tag', field('Key', name), field('Value', value)),
  );
  answerXml(request, `<Tagging ${XML_NAMESPACE}>${element('TagSet', ...tags)}</Tagging>`);
}

export async function putTags(
  request: S3Request,
  signed: Signed,
  store: ObjectStore,
): Promise<void> {
  const body = await receiveXml(request, signed);
  const tags = elements(body, 'Tag').map(
    (tag) => [requiredText(tag, 'Key'), requiredText(tag, 'Value')] as const,
  );
  await changeTags(request, store, checkTags(tags));
  answerEmpty(request, 200);
}

export async function deleteTags(request: S3Request, store: ObjectStore): Promise<void> {
  await changeTags(request, store, {});
  answerEmpty(request, 204);
}

async function changeTags(
  { bucket, key }: S3Request,
  store: ObjectStore,
  tags: Sidecar['tags'],
): Promise<void> {
  if ((await store.setTags(bucket, key, tags)) === undefined) throw noSuchKey();
}
