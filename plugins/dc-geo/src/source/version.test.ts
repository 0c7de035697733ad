import { describe, expect, it } from 'vitest';
import { tokenExpiry } from './token.ts';
import { isInRange } from './version.ts';

describe('a version of the API', () => {
  it.each([
    ['0.14.1', '0.14.1', true],
    ['0.14.2', '0.14.1', false],
    ['0.14.1', '^0.14.1', true],
    ['0.15.0', '^0.14.1', true],
    ['0.14.0', '^0.14.1', false],
    ['1.0.0', '^0.14.1', false],
    ['0.14.9', '~0.14.1', true],
    ['0.15.1', '~0.14.1', false],
    ['0.14.0', '~0.14.1', false],
    ['S3:2024:0.14.1', '^0.14.1', true],
    ['0.14', '^0.14.1', false],
    ['', '^0.14.1', false],
    ['0.14.1-beta', '^0.14.1', false],
  ])('%j is in %s: %j', (version, range, is) => {
    expect(isInRange(version, range)).toBe(is);
  });
});

describe('the end of a token', () => {
  it('is known of a JSON Web Token that says it, and of no other', () => {
    const jwt = (payload: string) => `e30.${Buffer.from(payload).toString('base64url')}.x`;

    expect(tokenExpiry(jwt('{"exp": 1714972089}'))).toEqual(new Date('2024-05-06T05:08:09Z'));
    expect(tokenExpiry(jwt('{"exp": "soon"}'))).toBeUndefined();
    expect(tokenExpiry(jwt('{}'))).toBeUndefined();
    expect(tokenExpiry(jwt('no json'))).toBeUndefined();
    expect(tokenExpiry('secret')).toBeUndefined();
  });
});
