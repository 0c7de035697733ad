import { describe, expect, it } from 'vitest';
import { HICN_CAPACITY, hicn, MBI_CAPACITY, mbi } from './identifiers.ts';

// Written out here a second time, from the CMS document and not from the code.
const MBI =
  /^[1-9]S[0-9AC-HJKMNP-RT-Y][0-9][AC-HJKMNP-RT-Y][0-9AC-HJKMNP-RT-Y][0-9][AC-HJKMNP-RT-Y]{2}[0-9]{2}$/;

describe('an MBI', () => {
  it('has the format of CMS with an S in second place', () => {
    for (let number = 0; number < MBI_CAPACITY; number += 99_999_989) {
      expect(mbi(number)).toMatch(MBI);
    }
    expect(mbi(MBI_CAPACITY - 1)).toBe('9SY9YY9YY99');
  });

  it('is another for each number', () => {
    const seen = new Set(Array.from({ length: 50_000 }, (_, number) => mbi(number)));

    expect(seen.size).toBe(50_000);
  });
});

describe('a HICN', () => {
  it('begins with a T', () => {
    expect([hicn(0), hicn(HICN_CAPACITY - 1, 'D')]).toEqual(['T50000000A', 'T99999999D']);
  });
});
