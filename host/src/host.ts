// The host: everything wired together. Read it from top to bottom to see how a run comes about.

import path from 'node:path';
import type { CodedProblem } from './catalog/catalog.ts';
import type { HostJob } from './catalog/host-job.ts';
import { refusals } from './catalog/refusals.ts';
import type { HostConfig } from './config/host-config.ts';
import { type Database, openDatabase } from './database/database.ts';
import { codeOf, isDatabaseTrouble } from './database/database-error.ts';
import { migrateHostSchema } from './database/migrations.ts';
import { NotificationListener, WakeNotices } from './database/notifications.ts';
import { within } from './database/within.ts';
import { askAtStart } from './engine/ask-at-start.ts';
import { Dispatcher } from './engine/dispatcher.ts';
import { HostRegistry, type HostStatus } from './engine/host-registry.ts';
import { ItemWorker } from './engine/item-worker.ts';
import { Leases } from './engine/leases.ts';
import { RunQueue } from './engine/queue.ts';
import { RunRequests } from './engine/requests.ts';
import { BfdError, HostFaultError } from './errors.ts';
import type { PageOptions, PageServer } from './http/page-server.ts';
import { JobProcesses } from './isolation/job-process.ts';
import type { RunDeps } from './runs/execute-run.ts';
import { endLeftovers, processSpec } from './runs/process-spec.ts';
import { RunStore } from './runs/run-store.ts';
import { ClockWork } from './schedule/clock-work.ts';
import { openServices } from './services.ts';
import { isReady, type Setup } from './setup.ts';
import type { EventSink } from './telemetry/events.ts';
import type { Telemetry } from './telemetry/telemetry.ts';
import { HOST_VERSION } from './version.ts';

export interface HostOptions {
  readonly setup: Setup;
  /** Of this start of a host, and no other. */
  readonly bootId: string;
  /** Who is told of what happens; closed by whoever opened it. */
  readonly telemetry: Telemetry;
  /** What a run gets to finish when the host stops, in milliseconds. */
  readonly graceMs: number;
}

const PRUNE_EVERY_SECONDS = 3600;
const SEE_EVERY_SECONDS = 5;
const SAY_GOODBYE_MS = 2000;
const LET_GO_MS = 10_000;
/** What its scrapers take. */
const PROMETHEUS = 'text/plain; version=0.0.4; charset=utf-8';

export class Host implements AsyncDisposable {
  readonly #resources = new AsyncDisposableStack();
  #services: AsyncDisposable | undefined;
  readonly #options: HostOptions;
  #stopRuns: () => Promise<void> = async () => {};

  private constructor(options: HostOptions) {
    this.#options = options;
  }

  /** Starts services, schema, queues and schedules. Throws what makes starting impossible. */
  static async start(options: HostOptions): Promise<Host> {
    const host = new Host(options);
    try {
      await host.#start();
      return host;
    } catch (error) {
      // Why it did not start is what people need to hear, whatever else fails on the way out.
      await host[Symbol.asyncDispose]().catch(() => {});
      throw error;
    }
  }

  async #start(): Promise<void> {
    const { setup, bootId, telemetry, graceMs } = this.#options;
    const { config } = setup;
    const { events } = telemetry;
    const jobs = setup.jobs.filter(isReady);
    const names = jobs.map(({ name }) => name);

    events.emit({ event: 'host.starting', version: HOST_VERSION, services: servicesOf(config) });
    // Loaded while services come up: a third of a second of a start that nobody has to wait for.
    const pageModule = config.http && import('./http/page-server.ts');
    const services = await openServices(config);
    this.#services = services;
    const applicationName = `bfd-host ${bootId.slice(0, 8)}`;
    const onTrouble = troubleTeller(events);
    const database: Database = this.#resources.use(
      await openDatabase({
        url: services.databaseUrl,
        directUrl: services.directUrl,
        poolSize: config.database.poolSize,
        applicationName,
        onConnectionLost: onTrouble,
      }),
    );
    await migrateHostSchema(database);

    const store = new RunStore(database, bootId);
    const queue = this.#resources.use(await RunQueue.open(database, names, onTrouble));
    const hosts = new HostRegistry(database, bootId);
    await hosts.register({ version: HOST_VERSION, concurrency: config.concurrency, jobs });
    this.#resources.defer(() => within(SAY_GOODBYE_MS, hosts.stop()));
    const requests = new RunRequests(database, queue);
    const processes = this.#resources.use(
      new JobProcesses({ stateFolder: path.join(config.stateFolder, 'jobs') }),
    );

    const leases = new Leases(database, bootId);
    const itemsOf = (job: HostJob) => queue.items(job.name, job.plugin.sha256);
    const runs: RunDeps = {
      database,
      store,
      processes,
      events,
      tracing: telemetry.tracing,
      queue,
      requests,
      wakes: new WakeNotices(database.pool),
      itemsOf,
      specOf: (job) => processSpec(job, services, config),
      hosts,
      endLeftovers: (job) => endLeftovers(job, services),
    };
    const dispatcher = new Dispatcher({
      jobs,
      concurrency: config.concurrency,
      pools: config.pools,
      queue,
      leases,
      graceMs,
      onTrouble,
      runs,
    });
    const isOurs = (runId: string) => dispatcher.runs(runId);
    const workers: ItemWorker[] = [];
    for (const job of jobs.filter(({ fanOut }) => fanOut)) {
      const shared = { leases, runs, graceMs, isOurs, onTrouble };
      workers.push(new ItemWorker({ job, queue: await itemsOf(job), ...shared }));
    }

    const refused = refusals(setup.catalog, setup.jobs);
    const page = await openPage(config.http, await pageModule, {
      sources: { setup, bootId, database, store, queue, requests, hosts },
      texts: [{ path: '/metrics', contentType: PROMETHEUS, read: () => telemetry.prometheus() }],
      onTrouble,
    });
    if (page.server) this.#resources.use(page.server);
    events.emit({
      event: 'host.started',
      version: HOST_VERSION,
      jobs: jobs.length,
      problems: refused.length,
      ...(page.server ? { page: page.server.url } : {}),
    });
    if (page.problem) {
      const { code, message } = page.problem;
      events.emit({ event: 'host.degraded', code, message });
    }
    for (const { code, at, problem } of refused) {
      events.emit({ event: 'host.degraded', code, message: `${at}: ${problem}` });
    }
    for (const { at, problem } of setup.notices) {
      events.emit({ event: 'host.notice', message: `${at}: ${problem}` });
    }

    const listener = this.#resources.use(
      new NotificationListener(services.directUrl, applicationName, (notice) => {
        if (notice.kind === 'cancel') dispatcher.cancel(notice.runId);
        else if (notice.kind === 'wake') void dispatcher.wake();
        for (const worker of workers)
          if (notice.kind === 'wake') worker.wake();
          else worker.cancel(notice.runId);
        page.server?.hurry();
      }),
    );
    await listener.start();
    this.#stopRuns = async () => {
      await Promise.all([dispatcher.stop(), ...workers.map((worker) => worker.stop())]);
    };

    const see = async () =>
      hosts.see(await statusOf(processes, refused, page.server?.url)).catch(onTrouble);
    await see();
    await askAtStart(jobs, hosts, requests);
    let seconds = 0;
    this.#resources.use(
      new ClockWork({
        jobs: setup.jobs,
        bootId: bootId,
        database,
        requests,
        onTrouble,
        onMissed: ({ job, first, last, fires, reason }) =>
          events.emit({
            event: 'fire.missed',
            job,
            first: first.toISOString(),
            last: last.toISOString(),
            fires,
            reason,
          }),
        onSecond: () => {
          seconds++;
          if (seconds % SEE_EVERY_SECONDS === 0) {
            void see();
            this.#takeSight(store, processes, names).catch(onTrouble);
          }
          if (seconds % PRUNE_EVERY_SECONDS === 0) {
            requests.prune().catch(onTrouble);
            store.prune(config.retention.runsDays).catch(onTrouble);
          }
          void dispatcher.wake();
          for (const worker of workers) worker.wake();
        },
      }),
    );
    void dispatcher.wake();
  }

  async #takeSight(store: RunStore, processes: JobProcesses, names: readonly string[]) {
    const states = await store.jobStates();
    const jobs = names.flatMap((name) => states.get(name) ?? []);
    this.#options.telemetry.metrics.see({ jobs, processes: processes.status() });
  }

  /** Starts nothing more, ends what runs, and lets go of everything. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stopRuns();
    // A statement on a connection that went silent never ends, and whoever stops a host wants it to.
    await within(LET_GO_MS, this.#resources.disposeAsync());
    await this.#services?.[Symbol.asyncDispose]();
  }
}

type PageModule = typeof import('./http/page-server.ts');

/** The page, if one is wanted and can be had. A host whose page cannot be there runs its jobs. */
async function openPage(
  setting: HostConfig['http'],
  module: PageModule | undefined,
  options: Omit<PageOptions, 'setting'>,
): Promise<{ server?: PageServer; problem?: BfdError }> {
  if (!setting || !module) return {};
  try {
    return { server: await module.PageServer.start({ setting, ...options }) };
  } catch (error) {
    if (error instanceof BfdError) return { problem: error };
    throw error;
  }
}

async function statusOf(
  processes: JobProcesses,
  refused: readonly CodedProblem[],
  page: string | undefined,
): Promise<HostStatus> {
  const status = processes.status();
  // Found out with the first process, which takes a moment.
  const isolation = status.length > 0 ? await processes.isolation() : undefined;
  return {
    rssMb: Math.round(process.memoryUsage.rss() / 2 ** 20),
    processes: status,
    refused,
    ...(isolation ? { isolation } : {}),
    ...(page === undefined ? {} : { page }),
  };
}

function servicesOf({ database, s3, stateFolder }: HostConfig): string {
  const embedded = [
    ...(database.kind === 'embedded' ? ['PostgreSQL'] : []),
    ...(s3.kind === 'embedded' ? ['S3'] : []),
  ];
  if (embedded.length === 0) return 'the database and S3 of the configuration';
  return `${embedded.join(' and ')} of its own in ${path.basename(stateFolder)}`;
}

const TELL_AGAIN_MS = 10_000;

/** Tells of trouble once and then every ten seconds: it comes a hundred times a second. */
function troubleTeller(events: EventSink): (error: unknown) => void {
  let toldAt = Number.NEGATIVE_INFINITY;
  return (error) => {
    if (performance.now() - toldAt < TELL_AGAIN_MS) return;
    toldAt = performance.now();
    events.emit({ event: 'host.degraded', ...trouble(error) });
  };
}

function trouble(error: unknown): { code: string; message: string } {
  if (error instanceof BfdError) return { code: error.code, message: error.message };
  if (!(error instanceof Error && isDatabaseTrouble(error))) {
    const { code, message } = new HostFaultError(error);
    return { code, message };
  }
  return {
    code: 'BFD_DATABASE_TROUBLE',
    message: `the database cannot be used for the moment (${codeOf(error) || 'no code'}); the host keeps trying`,
  };
}
