// One job with a database and a bucket, and the host's own parts to run it with: claim, process, record. Only queue
// and clock are missing, so nothing runs but what a test asks for.

import { randomUUID } from 'node:crypto';
import path from 'node:path';
import type {
  Database,
  EventSink,
  HostEvent,
  HostJob,
  JobProcesses,
  RunDeps,
  StopReason,
} from '@bfd-host/host/testing';
import type { Trigger } from '@bfd-host/sdk';
import { builtPlugin } from './built-plugin.ts';
import { type HostParts, hostParts } from './host-parts.ts';
import {
  type InstalledJob,
  installJob,
  namesOf,
  type PluginNames,
  type Ways,
} from './installed-job.ts';
import { furnish, type JobToTest, type JsonObject } from './job-to-test.ts';
import { CollectedSpans } from './spans.ts';
import type { TestProject } from './test-project.ts';
import { describeRun, type TestRun } from './test-run.ts';

export interface RunToMake {
  readonly runId?: string;
  readonly attempt?: number;
  readonly trigger?: Trigger;
  /** Aborting it cancels the run. */
  readonly signal?: AbortSignal;
}

export interface SiteOptions {
  readonly ways?: Ways;
  /** Hears of every run. */
  readonly sink?: EventSink;
}

/** What handing over spans may take: they only go from here to there. */
const SPANS_MS = 1000;
/** What a run gets to end once it is cancelled. */
const GRACE_MS = 2000;

export class JobSite implements AsyncDisposable {
  readonly project: TestProject;
  readonly #parts: SiteParts;
  readonly #resources: AsyncDisposableStack;
  readonly #bootId = randomUUID();
  #installed: InstalledJob;

  private constructor(
    project: TestProject,
    parts: SiteParts,
    installed: InstalledJob,
    resources: AsyncDisposableStack,
  ) {
    this.project = project;
    this.#parts = parts;
    this.#installed = installed;
    this.#resources = resources;
  }

  static async open(
    toTest: JobToTest,
    project: TestProject,
    options: SiteOptions = {},
  ): Promise<JobSite> {
    await using opening = new AsyncDisposableStack();
    const host = await hostParts();
    const built = await builtPlugin(toTest.plugin);
    const names = await namesOf(toTest, built);
    await project.drop(names.plugin, built);
    await furnish(toTest, project);
    const { url } = project.database;
    const database = opening.use(
      await host.openDatabase({ url, poolSize: 4, applicationName: 'bfd-testkit' }),
    );
    await host.migrateHostSchema(database);
    const stateFolder = path.join(project.folder, '.bfd', 'jobs');
    const processes = opening.use(new host.JobProcesses({ stateFolder }));
    const parts = { host, database, processes, names, toTest, options };
    const { config } = toTest;
    const given = typeof config === 'function' ? config(project) : config;
    const installed = await install(parts, project, given);
    return new JobSite(project, parts, installed, opening.move());
  }

  get job(): HostJob {
    return this.#installed.job;
  }

  /** The pid of the job's process, if there is one now. */
  get pid(): number | undefined {
    return this.#parts.processes.status().find(({ job }) => job === this.job.name)?.pid;
  }

  /** Changes the job's configuration for the runs that follow. */
  async configure(config: JsonObject): Promise<void> {
    this.#installed = await install(this.#parts, this.project, config);
  }

  /** Runs the job once, in a process, as a host does. */
  async run(wanted: RunToMake = {}): Promise<TestRun> {
    const { runId = randomUUID(), attempt = 1, signal } = wanted;
    const { trigger = { kind: 'manual', requestedBy: 'test' } } = wanted;
    const { host, database, processes, options } = this.#parts;
    const { job, services } = this.#installed;
    const store = new host.RunStore(database, this.#bootId);
    const hosts = new host.HostRegistry(database, this.#bootId);
    await hosts.registerJobs([job.name]);
    await using lease = await new host.Leases(database, this.#bootId).claim(job.name);
    if (!lease) throw new Error(`${job.name} is running: wait for its end before it runs again`);

    const events: HostEvent[] = [];
    const spans = new CollectedSpans();
    const tracing = new host.Tracing({ exporter: spans });
    const deps: RunDeps = {
      database,
      store,
      processes,
      tracing,
      events: {
        emit: (event) => {
          events.push(event);
          options.sink?.emit(event);
        },
      },
      // A log line that could show data of people fails its run: a test is where an author should hear of it.
      specOf: (known) => host.processSpec(known, services, { mode: 'development' }),
      hosts,
      endLeftovers: (known) => host.endLeftovers(known, services),
    };
    await host.settleAbandoned(job, lease, deps);
    await lease.assign({ runId, attempt, trigger });
    using stop = cancelledBy(signal);
    const run = { job, runId, attempt, trigger, lease, ranWith: {} };
    const { ending } = await host.executeRun(run, deps, stop.signal, GRACE_MS);
    await tracing.close(SPANS_MS); // hands over the last of them
    const record = await database.pool.query(RECORD, [runId, attempt]);
    return {
      runId,
      attempt,
      ...describeRun(ending, events, host),
      spans: spans.all,
      isRecorded: record.rowCount === 1,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#resources.disposeAsync();
  }
}

interface SiteParts {
  readonly host: HostParts;
  readonly database: Database;
  readonly processes: JobProcesses;
  readonly names: PluginNames;
  readonly toTest: JobToTest;
  readonly options: SiteOptions;
}

const RECORD = 'select from bfd_host.run where run_id = $1 and attempt = $2';

function install(
  { host, names, toTest: { settings }, options: { ways } }: SiteParts,
  project: TestProject,
  config: JsonObject | undefined,
): Promise<InstalledJob> {
  return installJob(host, project, names, {
    ...(config ? { config } : {}),
    ...(settings ? { settings } : {}),
    ...(ways ? { ways } : {}),
  });
}

/** A signal as the host gives it to a run, with the reason it looks for. */
function cancelledBy(signal: AbortSignal | undefined) {
  const stop = new AbortController();
  const reason: StopReason = 'cancelled';
  const cancel = () => stop.abort(reason);
  if (signal?.aborted) cancel();
  signal?.addEventListener('abort', cancel, { once: true });
  return {
    signal: stop.signal,
    [Symbol.dispose]: () => signal?.removeEventListener('abort', cancel),
  };
}
