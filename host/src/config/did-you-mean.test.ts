import { describe, expect, it } from 'vitest';
import { didYouMean, nearestName } from './did-you-mean.ts';

const names = ['ccw-rif-load', 'ccw-fix-mbi', 'database-schema', 'dc-geo'];

describe('the nearest name', () => {
  it.each([
    ['ccw-rif-laod', 'ccw-rif-load'],
    ['CCW-RIF-LOAD', 'ccw-rif-load'],
    ['ccw_rif_load', 'ccw-rif-load'],
    ['databaseschema', 'database-schema'],
    ['dcgeo', 'dc-geo'],
  ])('to %s is %s', (given, name) => {
    expect(nearestName(given, names)).toBe(name);
  });

  it.each(['sample-job', 'x', '', 'dc'])('to %j is none', (given) => {
    expect(nearestName(given, names)).toBeUndefined();
    expect(nearestName(given, ['a', 'b'])).toBeUndefined();
  });

  it('is asked for, or nothing is said', () => {
    expect(didYouMean('dc-goe', names)).toBe('; did you mean "dc-geo"?');
    expect(didYouMean('sample-job', names)).toBe('');
  });
});
