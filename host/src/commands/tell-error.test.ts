import { CommanderError } from 'commander';
import { describe, expect, it } from 'vitest';
import { LeaseLostError } from '../engine/leases.ts';
import { HostFaultError } from '../errors.ts';
import { exitCodeOf } from './exit-codes.ts';
import { tellError } from './tell-error.ts';

function fromDatabase(code: string): Error {
  return Object.assign(new Error('duplicate key'), { code, detail: 'Key (mbi)=(1S00E00AA00)' });
}

describe('an error at the edge', () => {
  it.each([
    new TypeError('cannot read 1S00E00AA00'),
    fromDatabase('23505'),
    fromDatabase('57P01'),
    new HostFaultError(new TypeError('cannot read 1S00E00AA00')),
    new SuppressedError(new Error('1S00E00AA00'), fromDatabase('23505')),
    '1S00E00AA00',
  ])('is told without its values (%#)', (error) => {
    const { text, exitCode } = tellError(error);
    expect(text).toMatch(/BFD_[A-Z_]+/);
    expect(text).not.toContain('1S00E00AA00');
    expect(exitCode).toBe(1);
  });

  it('of the database has no stack', () => {
    expect(tellError(fromDatabase('42501')).text).not.toContain('    at ');
  });

  it('that nobody foresaw shows where it happened', () => {
    expect(tellError(new TypeError('x')).text).toContain('tell-error.test');
    expect(new HostFaultError(new TypeError('x')).message).toMatch(
      /TypeError at tell-error\.test\.ts:\d+/,
    );
  });

  it('is the first one, when letting go failed as well', () => {
    const { text, exitCode } = tellError(
      new SuppressedError(new Error('on top'), new LeaseLostError('a-job')),
    );
    expect(text).toContain('BFD_LEASE_LOST');
    expect(exitCode).toBe(4);
  });

  it('of the command line was told by it already', () => {
    expect(tellError(new CommanderError(1, 'commander.unknownOption', 'x'))).toEqual({
      text: '',
      exitCode: 2,
    });
    expect(tellError(new CommanderError(0, 'commander.helpDisplayed', 'x')).exitCode).toBe(0);
  });
});

describe('the exit code of a run', () => {
  it.each([
    ['succeeded', 0],
    ['failed', 1],
    ['crashed', 1],
    ['lost', 4],
    ['timed-out', 5],
    ['cancelled', 6],
    ['interrupted', 6],
  ] as const)('that %s is %d', (result, code) => {
    expect(exitCodeOf({ result }, {})).toBe(code);
  });

  it.each(['failed', 'crashed', 'timed-out'] as const)(
    'that %s for good, by its error or by the policy of its job, is 7',
    (result) => {
      const error = { code: 'BFD_X', isPermanent: false };
      expect(exitCodeOf({ result, error: { ...error, isPermanent: true } }, {})).toBe(7);
      expect(exitCodeOf({ result, error }, { codes: ['BFD_Y'] })).toBe(7);
    },
  );
});
