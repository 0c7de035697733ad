// The command of a run, the same for all targets, and how long it may take in all.

import type { HostJob } from '../catalog/host-job.ts';

export interface RunArguments {
  /** What the orchestrator calls this run, in its own words. */
  readonly runId: string;
  readonly requestedBy: string;
  readonly waitForMs: number;
  /** Present: it follows others, and waits so long for their work, in milliseconds. */
  readonly afterWorkMs?: number;
}

/**
 * @example
 * runArguments(job, { runId: '$(BFD_RUN_ID)', requestedBy: 'kubernetes', waitForMs: 900_000 })
 * // ['run', 'ccw-rif-load', '--run-id=$(BFD_RUN_ID)', '--requested-by=kubernetes', '--wait-for=15m']
 */
export function runArguments(
  { name }: Pick<HostJob, 'name'>,
  { runId, requestedBy, waitForMs, afterWorkMs }: RunArguments,
): string[] {
  const follow = afterWorkMs === undefined ? [] : [afterWorkOption(afterWorkMs)];
  return [
    'run',
    name,
    `--run-id=${runId}`,
    `--requested-by=${requestedBy}`,
    `--wait-for=${durationText(waitForMs)}`,
    ...follow,
  ];
}

function afterWorkOption(ms: number): string {
  return ms === 0 ? '--after-work' : `--after-work=${durationText(ms)}`;
}

export function durationText(ms: number): string {
  for (const [unit, unitMs] of UNITS) {
    if (ms % unitMs === 0 && ms > 0) return `${ms / unitMs}${unit}`;
  }
  return `${ms}ms`;
}

const UNITS = [
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
] as const;

/** Opening the database, starting the job's process, recording the end. */
const AROUND_A_RUN_MS = 60_000;

/** The longest that one try takes, in seconds, if the job has a timeout: a backstop behind the host's own. */
export function longestTrySeconds(
  { timeout }: Pick<HostJob, 'timeout'>,
  ...waitsMs: readonly number[]
): number | undefined {
  if (!timeout) return undefined;
  const waits = waitsMs.reduce((sum, ms) => sum + ms, 0);
  return Math.ceil((timeout.hardMs + waits + AROUND_A_RUN_MS) / 1000);
}

/** What a run needs to end when told to: its own grace, and the time to record how it ended. */
export function stopSeconds(stopGraceMs: number | undefined): number {
  return Math.ceil((stopGraceMs ?? RUN_GRACE_MS) / 1000) + 5;
}

/** As `bfd-host run` has it where host.config.json says nothing. */
export const RUN_GRACE_MS = 10_000;

/** Memory that `bfd-host run` itself needs besides the job's process, in MiB. */
export const HOST_MEMORY_MB = 256;
