import { describe, expect, it } from 'vitest';
import { timestampFor } from './publications.ts';

describe('the timestamp of a data set', () => {
  const now = new Date('2026-03-06T12:00:00.999Z');
  const begun = (timestamp: string, isPublished = false) => ({
    timestamp,
    isPublished,
    start: null,
  });
  const timestamp = (
    known: ReturnType<typeof begun> | undefined,
    others: { readonly following?: number; readonly last?: string } = {},
  ) => timestampFor(known, { now, following: 0, last: undefined, ...others });

  it('is the second that has begun, never one ahead', () => {
    expect(timestamp(undefined)).toBe('2026-03-06T12:00:00Z');
  });

  it('leaves room for those that follow', () => {
    expect(timestamp(undefined, { following: 3 })).toBe('2026-03-06T11:59:57Z');
  });

  it('is later than the last one', () => {
    const last = '2026-03-06T12:00:00Z';

    expect(timestamp(undefined, { following: 3, last })).toBe('2026-03-06T12:00:01Z');
  });

  it('is that of the interrupted publication', () => {
    expect(timestamp(begun('2026-03-01T00:00:00Z'))).toBe('2026-03-01T00:00:00Z');
  });

  it('is a new one when the interrupted publication has grown too old to be loaded', () => {
    expect(timestamp(begun('2026-02-01T00:00:00Z'))).toBe('2026-03-06T12:00:00Z');
  });

  it('is a new one when the data set was published and is gone', () => {
    expect(timestamp(begun('2026-03-01T00:00:00Z', true))).toBe('2026-03-06T12:00:00Z');
  });
});
