import { describe, expect, it } from 'vitest';
import { isVersionRange, versionSatisfies } from './versions.ts';

describe('a version and a range', () => {
  it.each([
    ['42', '42'],
    ['43', '42'],
    ['42.0.0', '>=42'],
    ['42', '>=41 <43'],
    ['42.1', '42.1'],
    ['42.1.7', '42.x'],
    ['v42', '>=42'],
    ['schema 42', '>=42'],
    ['1.4.9', '^1.2'],
    ['1.2.3', '=1.2.3'],
    ['7', '*'],
    ['7', '1 - 8'],
    ['3.0.0-rc.1', '>=2'],
    ['20240105120000', '>=20231231'],
  ])('%s satisfies %s', (version, range) => {
    expect(versionSatisfies(version, range)).toBe(true);
  });

  it.each([
    ['41', '42'],
    ['41.9.9', '>=42'],
    ['43', '>=41 <43'],
    ['42.0.5', '42.1'],
    ['1.2.4', '=1.2.3'],
    ['2.0.0', '^1.2'],
    ['2.0.0-rc.1', '>=2.0.0'],
    ['none', '*'],
    ['', '>=0'],
    ['42', 'the newest'],
  ])('%s does not satisfy %s', (version, range) => {
    expect(versionSatisfies(version, range)).toBe(false);
  });

  it.each(['42', ' v42.1 ', '>=42', '42.x || >=50', '*', '^1.2.3-rc.1'])(
    '%j is a range',
    (range) => {
      expect(isVersionRange(range)).toBe(true);
    },
  );

  it.each(['the newest', '>=', '42..1', '>='.repeat(150)])('%j is none', (range) => {
    expect(isVersionRange(range)).toBe(false);
  });
});
