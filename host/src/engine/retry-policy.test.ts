import { describe, expect, it } from 'vitest';
import type { ErrorEnvelope } from '../isolation/protocol.ts';
import { retryDelayMs } from './retry-policy.ts';

const RETRIES = { limit: 3, delayMs: 1000, maxDelayMs: 3000 };

function failed(overrides: Partial<ErrorEnvelope> = {}) {
  const error = { code: 'BFD_X', message: 'x', places: [], isPermanent: false, ...overrides };
  return { result: 'failed' as const, error };
}

describe('retrying a run', () => {
  it('doubles the wait up to its maximum', () => {
    const waits = [1, 2, 3].map((attempt) => retryDelayMs(attempt, failed(), RETRIES, 1));
    expect(waits).toEqual([1000, 2000, 3000]);
  });

  it('spreads tries over the second half of the wait', () => {
    expect(retryDelayMs(1, failed(), RETRIES, 0)).toBe(500);
  });

  it('ends at the limit', () => {
    expect(retryDelayMs(4, failed(), RETRIES)).toBeUndefined();
  });

  it('is not done for permanent errors', () => {
    expect(retryDelayMs(1, failed({ isPermanent: true }), RETRIES)).toBeUndefined();
  });

  it('is done only for the codes named, if any are', () => {
    const only = { ...RETRIES, codes: ['BFD_Y'] };
    expect(retryDelayMs(1, failed(), only)).toBeUndefined();
    expect(retryDelayMs(1, failed({ code: 'BFD_Y' }), only)).toBeDefined();
  });

  it('is not done for runs that somebody cancelled', () => {
    expect(retryDelayMs(1, { result: 'cancelled' }, RETRIES)).toBeUndefined();
  });
});
