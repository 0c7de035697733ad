import { describe, expect, it } from 'vitest';
import type { JobDependency } from '../catalog/host-job.ts';
import type { JobState } from '../runs/job-state.ts';
import { type ClosedGate, closedGateText } from './closed-gate.ts';
import { closedGate, type GateFacts } from './gates.ts';

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

function stateOf(name: string, overrides: Partial<JobState> = {}): JobState {
  return {
    name,
    lastRunId: null,
    lastResult: 'succeeded',
    lastOutcome: 'work-done',
    lastVersion: '42',
    lastStartedAt: NOW,
    lastFinishedAt: new Date(NOW.getTime() - 60_000),
    lastErrorCode: null,
    lastError: null,
    lastWorkAt: NOW,
    lastSuccessAt: NOW,
    lastCheckedAt: NOW,
    nothingToDoStreak: 0,
    failureStreak: 0,
    blockedSince: null,
    blockedReason: null,
    isRunning: false,
    isAbandoned: false,
    pool: null,
    pausedAt: null,
    pausedBy: null,
    crashes: null,
    asOf: NOW,
    ...overrides,
  };
}

function factsOf(states: readonly JobState[], facts: Partial<GateFacts> = {}): GateFacts {
  const byName = new Map(states.map((state) => [state.name, state]));
  return { states: byName, depth: new Map(), pools: {}, ...facts };
}

function gate(
  dependsOn: readonly JobDependency[],
  facts: GateFacts,
  pool?: string,
): ClosedGate | undefined {
  return closedGate({ name: 'load', dependsOn, ...(pool === undefined ? {} : { pool }) }, facts);
}

describe('a gate', () => {
  it('is open without dependencies', () => {
    expect(gate([], factsOf([]))).toBeUndefined();
  });

  it.each<[string, GateFacts, ClosedGate]>([
    ['has not run yet', factsOf([]), { kind: 'dependency-never-ran', dependency: 'schema' }],
    [
      'failed last',
      factsOf([stateOf('schema', { lastResult: 'failed', lastErrorCode: 'BFD_X' })]),
      { kind: 'dependency-failed', dependency: 'schema', result: 'failed', errorCode: 'BFD_X' },
    ],
    [
      'is running',
      factsOf([stateOf('schema', { isRunning: true })]),
      { kind: 'dependency-running', dependency: 'schema' },
    ],
    [
      'is being taken from the queue',
      factsOf([stateOf('schema')], { depth: new Map([['schema', { waiting: 0, active: 1 }]]) }),
      { kind: 'dependency-running', dependency: 'schema' },
    ],
    [
      'is queued',
      factsOf([stateOf('schema')], { depth: new Map([['schema', { waiting: 1, active: 0 }]]) }),
      { kind: 'dependency-queued', dependency: 'schema' },
    ],
  ])('is closed while a dependency %s', (_, facts, closed) => {
    expect(gate([dependency()], facts)).toEqual(closed);
  });

  it('is closed below the version asked for, and open from it on', () => {
    const asks = [dependency({ version: '>=42' })];
    expect(gate(asks, factsOf([stateOf('schema', { lastVersion: '41' })]))).toEqual({
      kind: 'dependency-version',
      dependency: 'schema',
      found: '41',
      wanted: '>=42',
    });
    expect(gate(asks, factsOf([stateOf('schema')]))).toBeUndefined();
  });

  it('is closed when the last run is older than allowed', () => {
    const facts = factsOf([stateOf('schema')]);
    expect(gate([dependency({ maxAgeMs: 59_000 })], facts)).toMatchObject({
      kind: 'dependency-too-old',
    });
    expect(gate([dependency({ maxAgeMs: 61_000 })], facts)).toBeUndefined();
  });

  it('passes over an optional dependency that is not here', () => {
    const optional = dependency({ isOptional: true, isPresent: false });
    expect(gate([optional], factsOf([]))).toBeUndefined();
  });

  it('is closed while the job is paused, whatever else holds', () => {
    const paused = stateOf('load', { pausedAt: NOW, pausedBy: 'somebody' });
    expect(gate([dependency()], factsOf([paused]))).toEqual({
      kind: 'paused',
      since: NOW,
      by: 'somebody',
    });
  });

  it('is closed while a job whose process died waits to be started again', () => {
    const crashes = { crashedAt: [NOW.getTime() - 500], failedProbes: 0, isProbing: false };
    expect(gate([], factsOf([stateOf('load', { crashes })]))).toEqual({
      kind: 'crash-backoff',
      until: new Date(NOW.getTime() + 500),
    });
  });

  it('is closed while the job is quarantined, until a probe is due', () => {
    const openedAt = NOW.getTime() - 1000;
    const crashes = { crashedAt: [openedAt], openedAt, failedProbes: 0, isProbing: false };
    expect(gate([], factsOf([stateOf('load', { crashes })]))).toEqual({
      kind: 'quarantined',
      since: new Date(openedAt),
      until: new Date(openedAt + 600_000),
    });
    const later = new Date(openedAt + 600_000);
    expect(gate([], factsOf([stateOf('load', { crashes, asOf: later })]))).toBeUndefined();
  });

  it('is closed while others have all places of the pool', () => {
    const pools = { heavy: 2 };
    const heavy = { isRunning: true, pool: 'heavy' };
    const one = [stateOf('b', heavy), stateOf('c', { isRunning: true, pool: 'other' })];
    expect(gate([], factsOf(one, { pools }), 'heavy')).toBeUndefined();
    expect(gate([], factsOf([...one, stateOf('a', heavy)], { pools }), 'heavy')).toEqual({
      kind: 'pool-full',
      pool: 'heavy',
      limit: 2,
      holders: ['a', 'b'],
    });
  });
});

describe('a closed gate', () => {
  it.each<[ClosedGate, string]>([
    [
      { kind: 'paused', since: NOW, by: 'ann' },
      'it is paused since 2026-11-22T10:00:00.000Z by ann; `bfd-host resume` lets it run',
    ],
    [
      { kind: 'dependency-failed', dependency: 'a', result: 'crashed', errorCode: null },
      'the last run of a crashed',
    ],
    [
      { kind: 'dependency-version', dependency: 'a', found: '41', wanted: '>=42' },
      'a is at version 41, and >=42 is needed',
    ],
    [
      { kind: 'dependency-too-old', dependency: 'a', finishedAt: NOW, maxAgeMs: 5000 },
      'the last run of a is older than 5 s',
    ],
    [{ kind: 'pool-full', pool: 'heavy', limit: 1, holders: ['a'] }, 'its pool heavy is full: a'],
  ])('says why in one clause (%#)', (closed, text) => {
    expect(closedGateText(closed)).toBe(text);
  });
});
