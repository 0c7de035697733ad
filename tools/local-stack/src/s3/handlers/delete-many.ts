/** DeleteObjects: up to a thousand keys in one request. */
import { answerXml, XML_NAMESPACE } from '../answers.ts';
import { receiveXml } from '../body.ts';
import { S3Error } from '../errors.ts';
import type { S3Request } from '../request.ts';
import type { Signed } from '../signature.ts';
import type { ObjectStore } from '../store.ts';
import { element, elements, field, optionalText, requiredText } from '../xml.ts';

const MAX_KEYS = 1000;

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html */
export async function deleteObjects(
  request: S3Request,
  signed: Signed,
  store: ObjectStore,
): Promise<void> {
  const body = await receiveXml(request, signed);
  const keys = elements(body, 'Object').map((object) => requiredText(object, 'Key'));
  if (keys.length === 0 || keys.length > MAX_KEYS) {
    throw new S3Error('MalformedXML', `The body must name 1 to ${MAX_KEYS} objects`);
  }
  for (const key of keys) await store.remove(request.bucket, key);
  const isQuiet = optionalText(body, 'Quiet') === 'true';
  const deleted = isQuiet ? [] : keys.map((key) => element('Deleted', field('Key', key)));
  answerXml(request, `<DeleteResult ${XML_NAMESPACE}>${deleted.join('')}</DeleteResult>`);
}
