// All jobs and hosts at one moment.

import type { HostJob } from '../catalog/host-job.ts';
import { refusals } from '../catalog/refusals.ts';
import type { RegisteredHost } from '../engine/host-registry.ts';
import { isLate, standingOf } from '../gate/standing.ts';
import type { JobState } from '../runs/job-state.ts';
import type { RunProgress } from '../runs/run-store.ts';
import { HOST_VERSION } from '../version.ts';
import type { HostSummary, JobSummary, Overview } from './api.ts';
import * as statements from './overview.sql.ts';
import type { PageSources } from './page-sources.ts';

interface Running {
  readonly job: string;
  readonly runId: string;
  readonly attempt: number;
  readonly since: Date;
  readonly machine: string | null;
  readonly progress: RunProgress | null;
}

interface Week {
  readonly succeeded: number;
  readonly ended: number;
}

const NO_RUNS: Week = { succeeded: 0, ended: 0 };
/** Shares of a week do not change from one second to the next, and counting them reads every run of it. */
const COUNT_WEEK_EVERY_MS = 60_000;

export class OverviewReader {
  readonly #sources: PageSources;
  #week: ReadonlyMap<string, Week> = new Map();
  #weekAt = Number.NEGATIVE_INFINITY;
  #counting: Promise<void> | undefined;

  constructor(sources: PageSources) {
    this.#sources = sources;
  }

  async read(): Promise<Overview> {
    const { setup, database, store, queue, hosts, bootId } = this.#sources;
    const { pool } = database;
    const { jobs, config, catalog } = setup;
    const names = jobs.map(({ name }) => name);
    await this.#countWeek();
    const [states, depth, registered, running, fires] = await Promise.all([
      store.jobStates(),
      queue.depth(names),
      hosts.hosts(),
      pool.query<Running>(statements.RUNNING),
      pool.query<{ job: string; at: Date }>(statements.NEXT_FIRES),
    ]);
    const runningOf = new Map(running.rows.map((row) => [row.job, row]));
    const nextOf = new Map(fires.rows.map(({ job, at }) => [job, at]));
    const now = states.values().next().value?.asOf ?? new Date();
    return {
      now: now.toISOString(),
      version: HOST_VERSION,
      mode: config.mode,
      concurrency: config.concurrency,
      jobs: jobs.map((job) =>
        jobSummary(job, {
          state: states.get(job.name),
          isQueued: (depth.get(job.name)?.waiting ?? 0) > 0,
          running: runningOf.get(job.name),
          nextFireAt: nextOf.get(job.name),
          week: this.#week.get(job.name) ?? NO_RUNS,
        }),
      ),
      hosts: registered.map((host) => hostSummary(host, bootId)),
      refused: refusals(catalog, jobs),
    };
  }

  // Only the first one waits for it.
  async #countWeek(): Promise<void> {
    if (performance.now() - this.#weekAt > COUNT_WEEK_EVERY_MS) {
      this.#counting ??= this.#count().finally(() => {
        this.#counting = undefined;
      });
    }
    if (this.#weekAt === Number.NEGATIVE_INFINITY) await this.#counting;
    else this.#counting?.catch(() => {}); // the next look counts again
  }

  async #count(): Promise<void> {
    const { pool } = this.#sources.database;
    const { rows } = await pool.query<Week & { job: string }>(statements.WEEK);
    this.#week = new Map(rows.map(({ job, ...week }) => [job, week]));
    this.#weekAt = performance.now();
  }
}

interface JobFacts {
  readonly state: JobState | undefined;
  readonly isQueued: boolean;
  readonly running: Running | undefined;
  readonly nextFireAt: Date | undefined;
  readonly week: Week;
}

function jobSummary(job: HostJob, facts: JobFacts): JobSummary {
  const { state, isQueued, running, nextFireAt, week } = facts;
  const { schedule } = job;
  const isReady = job.state.kind === 'ready';
  return {
    job: job.name,
    version: job.version,
    plugin: job.plugin.name,
    pluginVersion: job.plugin.version,
    description: job.description ?? null,
    ...standingOf(job, state, isQueued),
    schedule: schedule ? { cron: schedule.cron, timezone: schedule.timezone } : null,
    nextFireAt: isReady && schedule ? iso(nextFireAt) : null,
    dependsOn: job.dependsOn.map(({ job: name, version }) => ({
      job: name,
      version: version ?? null,
    })),
    running: running
      ? {
          runId: running.runId,
          attempt: running.attempt,
          since: running.since.toISOString(),
          machine: running.machine,
          progress: running.progress,
        }
      : null,
    last:
      state?.lastRunId && state.lastResult && state.lastFinishedAt
        ? {
            runId: state.lastRunId,
            result: state.lastResult,
            outcome: state.lastOutcome,
            finishedAt: state.lastFinishedAt.toISOString(),
            errorCode: state.lastErrorCode,
            error: state.lastError,
          }
        : null,
    lastCheckedAt: iso(state?.lastCheckedAt),
    lastWorkAt: iso(state?.lastWorkAt),
    lastSuccessAt: iso(state?.lastSuccessAt),
    nothingToDoStreak: state?.nothingToDoStreak ?? 0,
    failureStreak: state?.failureStreak ?? 0,
    isLate: isLate(job, state),
    successWithinMs: job.successWithinMs ?? null,
    week,
  };
}

export function hostSummary(host: RegisteredHost, thisBootId: string): HostSummary {
  const { startedAt, seenAt, stoppedAt, status, ...rest } = host;
  const { isolation } = status ?? {};
  return {
    ...rest,
    isThis: host.bootId === thisBootId,
    startedAt: startedAt.toISOString(),
    seenAt: seenAt.toISOString(),
    stoppedAt: iso(stoppedAt),
    page: status?.page ?? null,
    rssMb: status?.rssMb ?? null,
    isolation: isolation ? isolationText(isolation) : null,
    processes: (status?.processes ?? []).map(
      ({ job, plugin, pid, state, rssMb, runs, restarts }) => ({
        job,
        plugin,
        pid: pid ?? null,
        state,
        rssMb: rssMb ?? null,
        runs,
        restarts,
      }),
    ),
    refused: status?.refused ?? [],
  };
}

function isolationText({ users, reason }: { users: 'own' | 'same'; reason?: string }): string {
  if (users === 'own') return 'each job has a user id of its own';
  return `jobs share the host's user id${reason ? `: ${reason}` : ''}`;
}

function iso(moment: Date | null | undefined): string | null {
  return moment ? moment.toISOString() : null;
}
