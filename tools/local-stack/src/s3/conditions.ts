/** If-Match and If-None-Match, for writing and for reading. */
import { S3Error } from './errors.ts';
import { header, type S3Request } from './request.ts';
import type { Sidecar } from './sidecar.ts';
import type { Condition } from './store.ts';

/**
 * The condition of a write: `If-None-Match: *` wants no object yet, `If-Match: etag` this very one.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
 */
export function writeCondition(request: S3Request): Condition {
  const ifMatch = header(request, 'if-match');
  const ifNoneMatch = header(request, 'if-none-match');
  if (ifNoneMatch !== undefined && ifNoneMatch !== '*') {
    throw new S3Error('NotImplemented', 'A write takes no If-None-Match but "*"');
  }
  return (current) => {
    if (ifNoneMatch !== undefined && current !== undefined) {
      throw new S3Error('PreconditionFailed', 'The object is there already');
    }
    if (ifMatch === undefined) return;
    if (current === undefined) throw new S3Error('NoSuchKey', 'There is no object to match');
    if (!matches(ifMatch, current)) {
      throw new S3Error('PreconditionFailed', 'The object has another ETag');
    }
  };
}

/** Whether a reader already has this object; refuses when If-Match names another one. */
export function isUnchanged(request: S3Request, about: Sidecar): boolean {
  const ifMatch = header(request, 'if-match');
  if (ifMatch !== undefined && !matches(ifMatch, about)) {
    throw new S3Error('PreconditionFailed', 'The object has another ETag');
  }
  const ifNoneMatch = header(request, 'if-none-match');
  return ifNoneMatch !== undefined && matches(ifNoneMatch, about);
}

function matches(etags: string, { etag }: Sidecar): boolean {
  const wanted = etags.split(',').map((one) => one.trim().replace(/^(?:W\/)?"?|"$/g, ''));
  return wanted.includes('*') || wanted.includes(etag);
}
