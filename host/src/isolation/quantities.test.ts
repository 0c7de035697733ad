import { describe, expect, it } from 'vitest';
import { isQuantity } from './quantities.ts';

describe('a number', () => {
  it.each([
    ['rows', 40_000_000],
    ['records_skipped', 1_000_000],
    ['waitMs', 600_000],
    ['idleS', 100_000],
    ['rowsPerSecond', 250_000],
    ['line', 1_234_567],
    ['done', 5_000_000],
    ['status', 404],
    ['anything', -99_999],
  ])('that counts or measures is shown: %s %d', (name, value) => {
    expect(isQuantity(name, value)).toBe(true);
  });

  it.each([
    ['claim', 9_991_831_999],
    ['beneId', 567_834],
    ['ssn', 123_456_789],
    ['npi', 1_234_567_893],
    ['phone', 2_025_550_142],
    ['born', 19_410_712],
    ['address', 100_001],
    ['claimNumber', 1e9],
    ['dob', -862_531_200],
  ])('that is long and only names something is not: %s %d', (name, value) => {
    expect(isQuantity(name, value)).toBe(false);
  });
});
