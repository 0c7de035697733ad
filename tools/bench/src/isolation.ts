// Whether jobs are kept apart: the corpus of faulty plugins in test/evil, each beside a job that fires every
// second. The yardstick of that job's delays is itself, in the same run, while there is no fault.

import { FAULTS, type Fault } from '../../../test/evil/faults/index.ts';
import { type FaultReport, runFaults } from '../../../test/evil/run-faults.ts';
import { boundaryLines, measureBoundary } from './boundary.ts';
import type { BenchOutcome } from './main.ts';

const IDLE_RUNS = 20;
const VICTIM_RUNS = 3;
/** What a fault may add to the 99th percentile of the victim's delays. */
const MOST_ADDED_MS = 250;

const BOUNDARY = 'boundary';

/** @param only - names of faults, and `boundary` for what the border around a job costs */
export async function benchIsolation(only: readonly string[]): Promise<BenchOutcome> {
  const isAll = only.length === 0;
  // First, while nothing else runs.
  const boundary = isAll || only.includes(BOUNDARY) ? await measureBoundary() : undefined;
  const chosen = FAULTS.filter(({ name }) => isAll || only.includes(name));
  const { data, lines, isPassed } =
    chosen.length === 0 ? { data: {}, lines: [], isPassed: true } : await scoreFaults(chosen);
  return {
    data: { ...data, ...(boundary ? { boundary } : {}) },
    lines: [...(boundary ? boundaryLines(boundary) : []), ...lines],
    isPassed: isPassed && boundary?.isWithin !== false,
  };
}

async function scoreFaults(chosen: readonly Fault[]): Promise<BenchOutcome> {
  const { idle, faults } = await runFaults(chosen, {
    victimRuns: VICTIM_RUNS,
    idleRuns: IDLE_RUNS,
  });
  const idleP99Ms = p99(idle.delaysMs);
  const rows = faults.map((report) => ({
    name: report.name,
    contained: isContained(report),
    culpritNamed: isNamed(report),
    victimOnTime: p99(report.victim.delaysMs) <= idleP99Ms + MOST_ADDED_MS,
    recoveryMs: report.recoveryMs === undefined ? null : Math.round(report.recoveryMs),
    orphans: report.orphans,
  }));
  return {
    data: { faults: rows, idleP99Ms: Math.round(idleP99Ms) },
    lines: rows.map(
      ({ name, contained, culpritNamed, victimOnTime, recoveryMs, orphans }) =>
        `${name.padEnd(28)} ${contained ? 'contained' : 'NOT CONTAINED'}, ${culpritNamed ? 'named' : 'NOT NAMED'}, ` +
        `victim ${victimOnTime ? 'on time' : 'LATE'}, ${recoveryMs === null ? 'never works' : `works again after ${recoveryMs} ms`}, ` +
        `${orphans} orphans`,
    ),
    isPassed: rows.every((row) => row.contained && row.culpritNamed && row.orphans === 0),
  };
}

function isContained({ isHostAlive, nextResult, orphans, leftInDatabase, victim }: FaultReport) {
  return (
    isHostAlive &&
    (nextResult === undefined || nextResult === 'succeeded') &&
    orphans === 0 &&
    leftInDatabase === 0 &&
    victim.missed === 0 &&
    victim.unrecorded === 0
  );
}

function isNamed({ name, result, code }: FaultReport): boolean {
  const ends = FAULTS.find((fault) => fault.name === name)?.ends;
  return ends !== undefined && result === ends.result && code === ends.code;
}

function p99(delaysMs: readonly number[]): number {
  const sorted = delaysMs.toSorted((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * 0.99) - 1] ?? 0;
}
