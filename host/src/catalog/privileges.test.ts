import type { Privileges } from '@bfd-host/sdk';
import { describe, expect, it } from 'vitest';
import { grantLine, missingGrants } from './privileges.ts';

describe('privileges', () => {
  it.each<[Privileges, Privileges, string[]]>([
    [{}, {}, []],
    [{ network: false, read: [] }, {}, []],
    [{ network: true }, { network: true }, []],
    [{ network: true, workers: true }, { network: true }, ['workers']],
    [{ addons: true }, { addons: false }, ['addons']],
    [{ environment: ['A', 'B'] }, { environment: ['B'] }, ['environment "A"']],
    [{ read: ['/data/in/x.csv'] }, { read: ['/data/in'] }, []],
    [{ read: ['/data/in/'] }, { read: ['/data/in'] }, []],
    [{ read: ['/data/inner'] }, { read: ['/data/in'] }, ['read "/data/inner"']],
    [{ read: ['/data/in/../../etc'] }, { read: ['/data/in'] }, ['read "/data/in/../../etc"']],
    [{ write: ['/data'] }, { write: ['/data/in'], read: ['/data'] }, ['write "/data"']],
    [{ write: ['out'] }, { write: ['/'] }, ['write "out"']],
  ])('%j with %j granted miss %j', (declared, granted, missing) => {
    expect(missingGrants(declared, granted)).toEqual(missing);
  });

  it('are granted by a line that keeps what is granted already', () => {
    expect(grantLine('ccw', { network: true, read: ['/b'] }, { workers: true, read: ['/a'] })).toBe(
      '"plugins": { "ccw": { "grant": { "read": [ "/a", "/b" ], "network": true, "workers": true } } }',
    );
  });
});
