import { describe, expect, it } from 'vitest';
import { BundleText } from './bundle-text.ts';
import { isKnownSqlState, isVersion } from './safe-codes.ts';

const bundle = new BundleText("version = '2024.11.15'; raise('ACME1');");

describe('a version', () => {
  it.each(['42', 'v1.4.0', '2.0.0-rc.1', '12.101', '2024.11.15'])('is shown: %s', (text) => {
    expect(isVersion(text, bundle)).toBe(true);
  });

  it.each(['19410712', '1941.12.07', '123.45.6789', '1.0.0-smith', '1-S00E00AA00', 'smith', ''])(
    'that could be of a person is none: %s',
    (text) => {
      expect(isVersion(text, bundle)).toBe(false);
    },
  );
});

describe('a SQLSTATE', () => {
  it.each(['23505', '22P02', 'ACME1'])('of PostgreSQL or the author is shown: %s', (state) => {
    expect(isKnownSqlState(state, bundle)).toBe(true);
  });

  it.each(['20852', '1EG4T', 'SMITH'])('that is anything else is not: %s', (state) => {
    expect(isKnownSqlState(state, bundle)).toBe(false);
  });
});
