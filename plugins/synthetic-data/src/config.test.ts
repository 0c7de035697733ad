import { describe, expect, it } from 'vitest';
import plugin from './plugin.ts';

describe('the configuration', () => {
  it('needs nothing to be said', () => {
    expect(plugin.parseConfig('synthetic-data', undefined)).toMatchObject({
      ok: true,
      value: {
        bucket: 'bfd-ccw',
        beneficiaries: 1000,
        seed: 1,
        year: 2025,
        years: 3,
        updates: 0,
        allowExternalBucket: false,
      },
    });
  });

  it('names everything that is wrong with it', () => {
    const parsed = plugin.parseConfig('synthetic-data', {
      beneficiaries: 0,
      bucket: 'No Bucket',
      claimsPerBeneficiary: { CARRIER: -1 },
      size: 3,
    });

    expect(parsed).toMatchObject({ ok: false });
    if (parsed.ok) return;
    expect(parsed.problems.map(({ path }) => path).sort()).toEqual([
      '',
      'beneficiaries',
      'bucket',
      'claimsPerBeneficiary.CARRIER',
    ]);
  });
});
