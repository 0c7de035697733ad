import { describe, expect, it } from 'vitest';
import { ago, count, countsText, duration } from './words.ts';

describe('numbers for people', () => {
  it.each([
    [0, '0 ms'],
    [999.6, '1.0 s'],
    [4120, '4.1 s'],
    [59_949, '59.9 s'],
    [59_960, '1 min 0 s'],
    [119_900, '2 min 0 s'],
    [3_599_900, '1 h 0 min'],
    [90_000_000, '25 h 0 min'],
  ])('%d ms take %s', (milliseconds, text) => {
    expect(duration(milliseconds)).toBe(text);
  });

  it.each([
    [0, '0 s ago'],
    [65_000, '1 min ago'],
    [7_200_000, '2 h ago'],
    [172_800_000, '2 d ago'],
    [-5000, '0 s ago'],
  ])('%d ms before now is %s', (before, text) => {
    const now = Date.parse('2026-11-22T10:00:00Z');
    expect(ago(new Date(now - before), now)).toBe(text);
  });

  it('that never were are never', () => {
    expect(ago(null)).toBe('never');
  });

  it('have separators, and counts of nothing are left out', () => {
    expect(count(48_210)).toBe('48,210');
    expect(countsText({ dataSets: 1, rowsLoaded: 48_210, rejected: 0 })).toBe(
      '1 data sets, 48,210 rows loaded',
    );
  });
});
