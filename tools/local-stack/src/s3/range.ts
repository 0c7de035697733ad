/** Which bytes of an object are wanted: RFC 9110 §14, one range, as S3 does. */
import { S3Error } from './errors.ts';

export interface ByteRange {
  readonly status: 200 | 206;
  /** Both inclusive; meaningless when `length` is 0. */
  readonly first: number;
  readonly last: number;
  readonly length: number;
  readonly headers: Readonly<Record<string, string | number>>;
}

/**
 * A header that is no single range is as good as none.
 *
 * @throws {@link S3Error} InvalidRange when nothing of the object is in the range
 */
export function parseRange(range: string | undefined, sizeBytes: number): ByteRange {
  const match = /^bytes=(\d*)-(\d*)$/.exec(range ?? '');
  const [, from = '', to = ''] = match ?? [];
  if (from === '' && to === '') return whole(sizeBytes);
  if (from !== '' && to !== '' && Number(from) > Number(to)) return whole(sizeBytes);
  const first = from === '' ? Math.max(0, sizeBytes - Number(to)) : Number(from);
  const last = from === '' || to === '' ? sizeBytes - 1 : Math.min(Number(to), sizeBytes - 1);
  if (first > last) {
    throw new S3Error('InvalidRange', 'The object is shorter than that', {
      'content-range': `bytes */${sizeBytes}`,
    });
  }
  const length = last - first + 1;
  return {
    status: 206,
    first,
    last,
    length,
    headers: { 'content-length': length, 'content-range': `bytes ${first}-${last}/${sizeBytes}` },
  };
}

function whole(sizeBytes: number): ByteRange {
  const headers = { 'content-length': sizeBytes };
  return { status: 200, first: 0, last: sizeBytes - 1, length: sizeBytes, headers };
}
