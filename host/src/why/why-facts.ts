// Everything that an explanation is made from, read at one time: records, the queue and the hosts. Nothing is asked of
// a host, which may be the one that does not answer.

import type { HostJob } from '../catalog/host-job.ts';
import type { Database } from '../database/database.ts';
import type { HostRegistry, RegisteredHost } from '../engine/host-registry.ts';
import type { RunQueue, WaitingRun } from '../engine/queue.ts';
import type { JobState } from '../runs/job-state.ts';
import type { RunResult, RunStore } from '../runs/run-store.ts';
import type { MissedReason } from '../schedule/missed-records.ts';
import * as statements from './why-facts.sql.ts';

export interface HeldRun {
  readonly bootId: string;
  readonly runId: string | null;
  readonly attempt: number | null;
  readonly since: Date;
}

export interface MissedFacts {
  readonly first: Date;
  readonly last: Date;
  readonly fires: number;
  readonly reason: MissedReason;
  readonly downFrom: Date | null;
  readonly downTo: Date;
}

export interface RecordedRun {
  readonly runId: string;
  readonly attempt: number;
  readonly result: RunResult | null;
  readonly errorCode: string | null;
  readonly error: string | null;
  readonly startedAt: Date;
  readonly finishedAt: Date | null;
  readonly dueAt: Date | null;
  readonly waitedFor: string | null;
}

export interface ScheduleFacts {
  readonly cron: string;
  readonly timezone: string;
  readonly plannedUntil: Date;
}

export interface WhyFacts {
  /** By the database's clock. */
  readonly now: Date;
  readonly jobs: ReadonlyMap<string, HostJob>;
  readonly pools: Readonly<Record<string, number>>;
  readonly states: ReadonlyMap<string, JobState>;
  readonly depth: ReadonlyMap<string, { readonly waiting: number; readonly active: number }>;
  readonly waiting: readonly WaitingRun[];
  readonly held: ReadonlyMap<string, HeldRun>;
  readonly hosts: readonly RegisteredHost[];
  /** When any host was last seen; absent: none ever was. */
  readonly lastSeen: Date | null;
  readonly schedules: ReadonlyMap<string, ScheduleFacts>;
  readonly missed: ReadonlyMap<string, MissedFacts>;
  readonly lastRuns: ReadonlyMap<string, RecordedRun>;
}

export interface WhySources {
  readonly database: Database;
  readonly queue: RunQueue;
  readonly store: RunStore;
  readonly hosts: HostRegistry;
  readonly jobs: readonly HostJob[];
  readonly pools: Readonly<Record<string, number>>;
}

export async function readWhyFacts(sources: WhySources): Promise<WhyFacts> {
  const { database, queue, store, hosts, jobs, pools } = sources;
  const { pool } = database;
  const names = jobs.map(({ name }) => name);
  const [states, depth, waiting, registered, held, schedules, missed, lastRuns, seen] =
    await Promise.all([
      store.jobStates(),
      queue.depth(names),
      queue.waiting(names),
      hosts.hosts(),
      pool.query<OfJob & HeldRun>(statements.HELD),
      pool.query<OfJob & ScheduleFacts>(statements.SCHEDULES),
      pool.query<OfJob & MissedFacts>(statements.LAST_MISSED, [names]),
      pool.query<OfJob & RecordedRun>(statements.LAST_RUNS, [names]),
      pool.query<{ lastSeen: Date | null; now: Date }>(statements.LAST_SEEN),
    ]);
  return {
    now: seen.rows[0]?.now ?? new Date(),
    jobs: new Map(jobs.map((job) => [job.name, job])),
    pools,
    states,
    depth,
    waiting,
    held: byJob(held.rows),
    hosts: registered,
    lastSeen: seen.rows[0]?.lastSeen ?? null,
    schedules: byJob(schedules.rows),
    missed: byJob(missed.rows),
    lastRuns: byJob(lastRuns.rows),
  };
}

interface OfJob {
  readonly job: string;
}

function byJob<T extends OfJob>(rows: readonly T[]): Map<string, T> {
  return new Map(rows.map((row) => [row.job, row]));
}
