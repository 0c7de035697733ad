// The hosts that share the database: which live, what jobs each has, and so which jobs are to run after another,
// wherever they are.

import { hostname } from 'node:os';
import type pg from 'pg';
import type { CodedProblem } from '../catalog/catalog.ts';
import type { HostJob } from '../catalog/host-job.ts';
import type { Database } from '../database/database.ts';
import type { IsolationFacts, JobProcessStatus } from '../isolation/job-process.ts';
import * as statements from './host-registry.sql.ts';

type Executor = Pick<pg.ClientBase, 'query'>;

/** A job that has got a reason to run. */
export interface Follower {
  readonly job: string;
  readonly priority: number;
}

/** How a host fares, as it says itself every few seconds. Kept as it is: a newer host may say more. */
export interface HostStatus {
  /** Address of its page; absent: it has none. */
  readonly page?: string;
  readonly rssMb: number;
  readonly processes: readonly JobProcessStatus[];
  readonly isolation?: IsolationFacts;
  /** Plugins and jobs that do not take part there. */
  readonly refused: readonly CodedProblem[];
}

/** A start of a host. */
export interface RegisteredHost {
  readonly bootId: string;
  readonly version: string;
  readonly machine: string | null;
  readonly pid: number | null;
  readonly concurrency: number;
  /** The jobs it runs. */
  readonly jobs: readonly string[];
  /** The jobs it is running now. */
  readonly running: readonly string[];
  /** Versions of the plugins of its jobs, by name. */
  readonly plugins: Readonly<Record<string, string>>;
  readonly startedAt: Date;
  readonly seenAt: Date;
  readonly stoppedAt: Date | null;
  /** It was seen within half a minute. */
  readonly isAlive: boolean;
  /** When it was last seen; absent before the first time. */
  readonly status: HostStatus | null;
}

export class HostRegistry {
  readonly #database: Database;
  readonly #bootId: string;

  constructor(database: Database, bootId: string) {
    this.#database = database;
    this.#bootId = bootId;
  }

  /** @param host.jobs - those it will run */
  async register(host: {
    readonly version: string;
    readonly concurrency: number;
    readonly jobs: readonly HostJob[];
  }): Promise<void> {
    const names = host.jobs.map(({ name }) => name);
    await this.#database.transaction(async (client) => {
      await client.query(statements.REGISTER_HOST, [
        this.#bootId,
        host.version,
        names,
        hostname(),
        process.pid,
        host.concurrency,
      ]);
      await client.query(statements.REGISTER_HOST_JOBS, [
        this.#bootId,
        JSON.stringify(host.jobs.map(registration)),
      ]);
      await client.query(statements.REGISTER_JOBS, [names]);
    });
  }

  /** Makes jobs known that this process runs without being a host. */
  async registerJobs(jobs: readonly string[]): Promise<void> {
    await this.#database.pool.query(statements.REGISTER_JOBS, [jobs]);
  }

  /** Says that this host lives, and how. */
  async see(status: HostStatus | null = null): Promise<void> {
    await this.#database.pool.query(statements.SEE_HOST, [this.#bootId, status]);
  }

  async stop(): Promise<void> {
    await this.#database.pool.query(statements.STOP_HOST, [this.#bootId]);
  }

  /** Whom to ask for a run now that one of `upstream` has succeeded, within the transaction that records it. */
  async followers(
    client: Executor,
    upstream: string,
    { didWork }: { didWork: boolean },
  ): Promise<Follower[]> {
    const { rows } = await client.query<FollowerRow>(statements.FOLLOWERS, [upstream, didWork]);
    return rows.map(toFollower);
  }

  /** Jobs of this host that would have been asked to run, had it been there, and after whose run. */
  async owedFollowers(): Promise<(Follower & { readonly upstream: string })[]> {
    const { rows } = await this.#database.pool.query<FollowerRow & { upstream: string }>(
      statements.OWED_FOLLOWERS,
      [this.#bootId],
    );
    return rows.map((row) => ({ ...toFollower(row), upstream: row.upstream }));
  }

  /** Hosts that live, or with `all` also those that did; the latest first. */
  async hosts({ all = false, limit = 100 } = {}): Promise<RegisteredHost[]> {
    const { rows } = await this.#database.pool.query(statements.LIST_HOSTS, [all, limit]);
    return rows.map((row) => ({
      bootId: row.boot_id,
      version: row.version,
      machine: row.machine,
      pid: row.pid,
      concurrency: row.concurrency,
      jobs: row.jobs,
      running: row.running,
      plugins: row.plugins,
      startedAt: row.started_at,
      seenAt: row.seen_at,
      stoppedAt: row.stopped_at,
      isAlive: row.is_alive,
      status: row.status,
    }));
  }
}

interface FollowerRow {
  readonly job_name: string;
  readonly priority: number;
}

function toFollower({ job_name: job, priority }: FollowerRow): Follower {
  return { job, priority };
}

function registration({ name, version, plugin, priority, runAfter, dependsOn }: HostJob) {
  return {
    name,
    version,
    plugin: plugin.name,
    pluginVersion: plugin.version,
    priority,
    runsAfter: runAfter ? dependsOn.map(({ job }) => job) : [],
    rerunsAfter: dependsOn
      .filter(({ rerunOnVersionChange }) => rerunOnVersionChange)
      .map(({ job }) => job),
  };
}
