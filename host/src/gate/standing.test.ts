import { describe, expect, it } from 'vitest';
import type { HostJob } from '../catalog/host-job.ts';
import type { JobState } from '../runs/job-state.ts';
import { isLate, standingOf } from './standing.ts';

const NOW = new Date('2026-11-22T12:00:00Z');
const READY = { state: { kind: 'ready' } } as const;
const ago = (ms: number): Date => new Date(NOW.getTime() - ms);

// Only what it looks at.
const state = (members: Partial<JobState>): JobState =>
  ({
    isRunning: false,
    blockedReason: null,
    pausedAt: null,
    crashes: null,
    asOf: NOW,
    ...members,
  }) as JobState;

describe('how a job stands', () => {
  it.each([
    ['ready', {}, false],
    ['running', { isRunning: true, pausedAt: NOW }, false],
    ['waiting', { blockedReason: 'schema is running' }, true],
    ['paused', { pausedAt: NOW, pausedBy: 'ada' }, true],
    [
      'quarantined',
      { crashes: { crashedAt: [], openedAt: NOW.getTime(), failedProbes: 0, isProbing: false } },
      true,
    ],
  ] as const)('is %s with %o', (standing, members, isQueued) => {
    expect(standingOf(READY, state(members as Partial<JobState>), isQueued).standing).toBe(
      standing,
    );
  });

  it.each([
    [{ kind: 'disabled', because: 'file' }, 'disabled', null],
    [{ kind: 'disabled', because: 'manifest' }, 'disabled', expect.stringContaining('by default')],
    [
      { kind: 'refused', problems: [{ code: 'X', at: 'jobs.a', problem: 'is wrong' }] },
      'refused',
      'jobs.a is wrong',
    ],
  ] as const)('of %o is %s, whatever ran before', (own, standing, reason) => {
    const job = { state: own } as unknown as HostJob;
    expect(standingOf(job, state({ isRunning: true }))).toEqual({ standing, reason });
  });
});

describe('a job', () => {
  const job = { ...READY, successWithinMs: 1000 };
  it.each([
    ['late', ago(1001), NOW, true],
    ['not late', ago(1000), NOW, false],
    ['late when it ran and never succeeded', null, NOW, true],
    ['not late before it first ran', null, null, false],
  ])('is %s', (_, lastSuccessAt, lastFinishedAt, late) => {
    expect(isLate(job, state({ lastSuccessAt, lastFinishedAt }))).toBe(late);
  });

  it('of which nobody said how old its success may be is never late', () => {
    expect(isLate(READY as HostJob, state({ lastSuccessAt: ago(1e12), lastFinishedAt: NOW }))).toBe(
      false,
    );
  });
});
