import { describe, expect, it } from 'vitest';
import type { RunEnd } from '../isolation/job-process.ts';
import { endingOf } from './endings.ts';

const NEVER = new AbortController().signal;
const QUIET = { stop: NEVER, lost: NEVER, progress: undefined };

const error = (code: string) => ({ code, message: 'x', places: [], isPermanent: false });
const threw = (code = 'BFD_X'): RunEnd => ({ kind: 'threw', error: error(code) });
const died = (code = 'BFD_X'): RunEnd => ({ kind: 'died', reason: 'exit', error: error(code) });

describe('the result of a run', () => {
  it.each([
    ['failed', 'the job threw', threw(), QUIET],
    ['crashed', 'its process died', died(), QUIET],
    ['timed-out', 'its time was up', threw('BFD_RUN_TIMED_OUT'), QUIET],
    ['timed-out', 'it was killed for that', died('BFD_RUN_TIMED_OUT'), QUIET],
    ['interrupted', 'the host stops', threw(), { ...QUIET, stop: AbortSignal.abort('stopping') }],
    [
      'cancelled',
      'somebody cancelled it',
      died(),
      { ...QUIET, stop: AbortSignal.abort('cancelled') },
    ],
    ['lost', 'the lease is lost', threw(), { ...QUIET, lost: AbortSignal.abort() }],
    ['lost', 'its transaction was refused', threw('BFD_LEASE_LOST'), QUIET],
  ] as const)('is %s when %s', (result, _, end, circumstances) => {
    expect(endingOf(end, circumstances).result).toBe(result);
  });

  it('is succeeded when it returned, even if it was told to stop', () => {
    const end: RunEnd = {
      kind: 'returned',
      outcome: { kind: 'work-done', counts: { rows: 1 }, version: '42' },
    };
    const stop = AbortSignal.abort('stopping');

    expect(endingOf(end, { ...QUIET, stop, progress: { done: 1, unit: 'rows' } })).toEqual({
      result: 'succeeded',
      outcome: 'work-done',
      counts: { rows: 1 },
      version: '42',
      progress: { done: 1, unit: 'rows' },
    });
  });
});
