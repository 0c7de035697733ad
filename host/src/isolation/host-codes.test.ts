import { describe, expect, it } from 'vitest';
import { isHostCode } from './host-codes.ts';

describe('a code of the host', () => {
  it.each([
    'BFD_LEASE_LOST',
    'BFD_JOB_KILLED',
    'BFD_SQL_SERVER_INTERNAL',
    'BFD_S3_NO_SUCH_KEY',
    'BFD_SYSTEM_ECONNRESET',
    'BFD_SYSTEM_STRING_TOO_LONG',
  ])('may be told by a run of its items: %s', (code) => {
    expect(isHostCode(code)).toBe(true);
  });

  it.each(['BFD_SMITH', 'BFD_SQL_SMITH', 'BFD_S3_SMITH', 'BFD_SYSTEM_SMITH', 'smith', ''])(
    'is none that only looks like one: %s',
    (code) => {
      expect(isHostCode(code)).toBe(false);
    },
  );
});
