import { describe, expect, it } from 'vitest';
import { batchesOf } from './chunk-record.ts';

describe('the beneficiaries of a batch', () => {
  it('are told once each, and none when there are none', () => {
    expect(batchesOf(['-1', '-2', '-1'])).toEqual(['-1,-2']);
    expect(batchesOf([])).toEqual([]);
  });

  it('are told in as many texts as the column needs', () => {
    const ids = Array.from({ length: 5_000 }, (_, index) => String(-10_000_000_000 - index));
    const batches = batchesOf(ids);

    expect(batches).toHaveLength(Math.ceil(5_000 / Math.floor(20_001 / 13)));
    expect(batches.every(({ length }) => length <= 20_000)).toBe(true);
    expect(batches.join(',').split(',')).toEqual(ids);
  });
});
