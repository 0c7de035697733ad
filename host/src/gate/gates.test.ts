import { describe, expect, it } from 'vitest';
import type { HostJob, JobDependency } from '../catalog/host-job.ts';
import type { JobState } from '../runs/run-store.ts';
import { type GateFacts, gateVerdict } from './gates.ts';

const NOW = new Date('2026-11-22T10:00:00Z');

function dependency(overrides: Partial<JobDependency> = {}): JobDependency {
  return {
    job: 'schema',
    isOptional: false,
    isPresent: true,
    rerunOnVersionChange: false,
    ...overrides,
  };
}

function verdict(
  dependencies: readonly JobDependency[],
  state: Partial<JobState> | undefined,
  depth?: { waiting: number; active: number },
) {
  const facts: GateFacts = {
    states: new Map(state ? [['schema', { ...SUCCEEDED, ...state }]] : []),
    depth: new Map(depth ? [['schema', depth]] : []),
  };
  return gateVerdict({ dependsOn: dependencies } as HostJob, facts);
}

const SUCCEEDED: JobState = {
  name: 'schema',
  lastRunId: null,
  lastResult: 'succeeded',
  lastOutcome: 'work-done',
  lastVersion: '42',
  lastStartedAt: NOW,
  lastFinishedAt: new Date(NOW.getTime() - 60_000),
  lastErrorCode: null,
  lastError: null,
  lastWorkAt: NOW,
  lastCheckedAt: NOW,
  nothingToDoStreak: 0,
  blockedSince: null,
  blockedReason: null,
  isRunning: false,
  crashes: null,
  asOf: NOW,
};

describe('a gate', () => {
  it('is open without dependencies', () => {
    expect(verdict([], undefined)).toEqual({ isOpen: true });
  });

  it.each([
    ['has not run yet', undefined, undefined, 'schema has not run yet'],
    ['failed last', { lastResult: 'failed' }, undefined, 'the last run of schema failed'],
    ['is running', { isRunning: true }, undefined, 'schema is running'],
    ['is queued', {}, { waiting: 1, active: 0 }, 'schema is queued'],
  ] as const)('is closed while a dependency %s', (_, state, depth, reason) => {
    expect(verdict([dependency()], state, depth)).toEqual({ isOpen: false, reason });
  });

  it('is closed below the version asked for, and open from it on', () => {
    const asks = [dependency({ version: '>=42' })];
    expect(verdict(asks, { lastVersion: '41' })).toEqual({
      isOpen: false,
      reason: 'schema is at version 41, and >=42 is needed',
    });
    expect(verdict(asks, { lastVersion: '42' })).toEqual({ isOpen: true });
  });

  it('is closed when the last run is older than allowed', () => {
    expect(verdict([dependency({ maxAgeMs: 59_000 })], {})).toMatchObject({ isOpen: false });
    expect(verdict([dependency({ maxAgeMs: 61_000 })], {})).toEqual({ isOpen: true });
  });

  it('passes over an optional dependency that is not here', () => {
    expect(verdict([dependency({ isOptional: true, isPresent: false })], undefined)).toEqual({
      isOpen: true,
    });
  });
});
