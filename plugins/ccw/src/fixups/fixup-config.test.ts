import { describe, expect, it } from 'vitest';
import { fixupConfig } from './fixup-config.ts';

const PEPPER = '0123456789abcdef'.repeat(2);

describe('the configuration of a fix-up', () => {
  it('may be empty', () => {
    expect(fixupConfig.parse({})).toEqual({ iterations: 1000, runSeconds: 120, sliceRows: 500 });
  });

  it.each([
    ['a pepper of less than 128 bits', { pepper: PEPPER.slice(2) }, 'pepper'],
    ['half a byte', { pepper: `${PEPPER}a` }, 'pepper'],
    ['rotateFrom without pepper', { rotateFrom: { pepper: PEPPER } }, 'pepper'],
    [
      'a rotation from the same settings',
      { pepper: PEPPER, rotateFrom: { pepper: PEPPER.toUpperCase(), iterations: 1000 } },
      'rotateFrom',
    ],
    ['a misspelt name', { papper: PEPPER }, ''],
  ])('is refused with %s', (_, config, path) => {
    const parsed = fixupConfig.safeParse(config);
    expect(parsed.error?.issues.map((issue) => issue.path.join('.'))).toEqual([path]);
  });

  it('never shows a pepper in what is wrong with it', () => {
    const parsed = fixupConfig.safeParse({ pepper: 'secret', rotateFrom: { pepper: 'former' } });
    expect(JSON.stringify(parsed.error?.issues)).not.toMatch(/"(secret|former)"/);
  });
});
