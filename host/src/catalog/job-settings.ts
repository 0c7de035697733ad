// When, how often and how long a job runs: each setting from host.config.json, else from its manifest, else
// the usual.

import type { JobManifest } from '@bfd-host/sdk/runtime';
import type { HostConfig, JobSettings } from '../config/host-config.ts';
import { memberPath } from '../config/member-path.ts';
import type { CodedProblem } from './catalog.ts';
import type { HostJob, JobRetries } from './host-job.ts';

export interface EffectiveSettings
  extends Pick<HostJob, 'startup' | 'runAfter' | 'retries' | 'priority' | 'fanOut' | 'debugOutput'>,
    Partial<Pick<HostJob, 'schedule' | 'timeout' | 'pool' | 'successWithinMs'>> {
  readonly problems: readonly CodedProblem[];
}

const NOTHING_SAID: JobSettings = { fanOut: false, debugOutput: false };

/** What holds for `job`, and what is wrong when file and manifest are taken together. */
export function effectiveSettings(job: JobManifest, config: HostConfig): EffectiveSettings {
  const said = config.jobs[job.name] ?? NOTHING_SAID;
  const problems: CodedProblem[] = [];
  const report = (member: readonly string[], problem: string) =>
    problems.push({
      code: 'BFD_JOB_SETTINGS',
      at: memberPath(['jobs', job.name, ...member]),
      problem,
    });

  const schedule = effectiveSchedule(job, said, report);
  const timeout = effectiveTimeout(job, said, report);
  const pool = said.pool ?? job.pool;
  // A pool that the file itself names is looked up with the file's other names.
  if (pool !== undefined && pool !== said.pool && !(pool in config.pools)) {
    report([], `runs in the pool "${pool}"; add it: "pools": { "${pool}": 1 }`);
  }
  if (said.fanOut && !job.hasItems) {
    report(['fanOut'], 'expected false: the job has no forItem, so there is nothing to spread');
  }
  return {
    ...(schedule === undefined ? {} : { schedule }),
    startup: said.startup ?? job.startup ?? false,
    runAfter: said.runAfter ?? (job.runAfter === true || schedule === undefined),
    retries: effectiveRetries(job, said),
    ...(timeout === undefined ? {} : { timeout }),
    ...(pool === undefined ? {} : { pool }),
    ...(said.successWithinMs === undefined ? {} : { successWithinMs: said.successWithinMs }),
    priority: said.priority ?? job.priority ?? 0,
    fanOut: said.fanOut,
    debugOutput: said.debugOutput,
    problems,
  };
}

type Report = (member: readonly string[], problem: string) => void;

function effectiveSchedule(
  { schedule: declared }: JobManifest,
  { schedule: said }: JobSettings,
  report: Report,
): HostJob['schedule'] {
  if (said === null || (said === undefined && declared === undefined)) return undefined;
  const cron = said?.cron ?? declared?.cron;
  if (cron === undefined) {
    report(['schedule', 'cron'], 'is missing; the plugin declares no schedule to take it from');
    return undefined;
  }
  return {
    cron,
    timezone: said?.timezone ?? declared?.timezone ?? 'UTC',
    jitterMs: said?.jitterMs ?? declared?.jitterMs ?? 0,
    missed: said?.missed ?? declared?.missed ?? 'latest',
  };
}

function effectiveRetries(
  { retries: declared }: JobManifest,
  { retries: said }: JobSettings,
): JobRetries {
  const codes = said?.codes ?? declared?.codes;
  return {
    limit: said?.limit ?? declared?.limit ?? 0,
    delayMs: said?.delayMs ?? declared?.delayMs ?? 1000,
    maxDelayMs: said?.maxDelayMs ?? declared?.maxDelayMs ?? 300_000,
    ...(codes === undefined ? {} : { codes }),
  };
}

/** How long a run has to end after its signal, where nothing else is said. */
const HARD_AFTER_SOFT_MS = 30_000;

function effectiveTimeout(
  { timeout: declared }: JobManifest,
  { timeout: said }: JobSettings,
  report: Report,
): HostJob['timeout'] {
  const softMs = said?.softMs ?? declared?.softMs;
  if (softMs === undefined) {
    if (said) report(['timeout', 'softMs'], 'is missing; the plugin declares none');
    return undefined;
  }
  // A hard limit of the manifest belongs to its own soft one.
  const hardMs =
    said?.hardMs ??
    (said?.softMs === undefined ? declared?.hardMs : undefined) ??
    softMs + HARD_AFTER_SOFT_MS;
  if (hardMs < softMs) report(['timeout', 'hardMs'], `expected no less than softMs, ${softMs}`);
  return { softMs, hardMs };
}
