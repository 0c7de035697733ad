/**
 * A stage for incidents: hosts of this process with the real scheduler, gates, queue, leases and records on a real
 * database. In place of jobs' processes, which have tests of their own, a script says how each run ends. Time passes when
 * the script says so: all that is stored then lies that much further back.
 */
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freshDatabase } from '@bfd-host/testkit';
import { type Database, openDatabase } from '../../host/src/database/database.ts';
import { migrateHostSchema } from '../../host/src/database/migrations.ts';
import { askAtStart } from '../../host/src/engine/ask-at-start.ts';
import { Dispatcher } from '../../host/src/engine/dispatcher.ts';
import { HostRegistry } from '../../host/src/engine/host-registry.ts';
import { Leases } from '../../host/src/engine/leases.ts';
import { RunQueue } from '../../host/src/engine/queue.ts';
import { RunRequests } from '../../host/src/engine/requests.ts';
import type { JobProcessSpec, RunEnd, RunHooks } from '../../host/src/isolation/job-process.ts';
import { Operations } from '../../host/src/operations/operations.ts';
import type { RunDeps } from '../../host/src/runs/execute-run.ts';
import { RunStore } from '../../host/src/runs/run-store.ts';
import { DatabaseClock } from '../../host/src/schedule/clock.ts';
import { FirePlanner } from '../../host/src/schedule/fire-planner.ts';
import { isReady, readSetup, type Setup } from '../../host/src/setup.ts';
import type { HostEvent } from '../../host/src/telemetry/events.ts';
import { Tracing } from '../../host/src/telemetry/tracing.ts';
import { askWhy, whyRefused } from '../../host/src/why/ask-why.ts';
import type { Explanation } from '../../host/src/why/cause.ts';

/** Members of a job in plugin.json besides those that every job has. */
export interface StagedJob {
  readonly name: string;
  readonly [member: string]: unknown;
}

/** What a job's process says at the end of a run; `'never'`: nothing until it is told to stop. */
export type Ending = RunEnd | 'never';

export type Endings = Readonly<Record<string, Ending>>;

export const WORK: RunEnd = {
  kind: 'returned',
  outcome: { kind: 'work-done', counts: { rows: 1 } },
};
export const NOTHING: RunEnd = { kind: 'returned', outcome: { kind: 'nothing-to-do' } };

export function atVersion(version: string): RunEnd {
  return { kind: 'returned', outcome: { kind: 'work-done', counts: {}, version } };
}

export function failure(code: string, { isPermanent = false } = {}): RunEnd {
  const message = 'It went wrong.';
  return { kind: 'threw', error: { code, message, places: [], isPermanent } };
}

export const CRASH: RunEnd = {
  kind: 'died',
  reason: 'signal',
  signal: 'SIGSEGV',
  error: { code: 'BFD_JOB_DIED', message: 'Its process died.', places: [], isPermanent: false },
};

export interface StageOptions {
  readonly jobs: readonly StagedJob[];
  /** Members of host.config.json. */
  readonly config?: Readonly<Record<string, unknown>>;
}

export class Stage implements AsyncDisposable {
  readonly folder: string;
  readonly database: Database;
  readonly queue: RunQueue;
  readonly requests: RunRequests;
  readonly operations: Operations;
  readonly #resources: AsyncDisposableStack;
  readonly #hosts = new Set<StagedHost>();

  private constructor(
    folder: string,
    database: Database,
    queue: RunQueue,
    resources: AsyncDisposableStack,
  ) {
    this.folder = folder;
    this.database = database;
    this.queue = queue;
    this.requests = new RunRequests(database, queue);
    const asker = { name: 'an operator', via: 'command' } as const;
    this.operations = new Operations({ database, queue, requests: this.requests }, asker);
    this.#resources = resources;
  }

  /** @param template - a database with the host's schemas, which {@link templateDatabase} makes */
  static async open(template: string, { jobs, config = {} }: StageOptions): Promise<Stage> {
    await using opening = new AsyncDisposableStack();
    const folder = await mkdtemp(join(tmpdir(), 'bfd-incident-'));
    opening.defer(() => rm(folder, { recursive: true, force: true }));
    const fresh = opening.use(await freshDatabase({ template }));
    const database = opening.use(
      await openDatabase({ url: fresh.url, poolSize: 10, applicationName: 'incident' }),
    );
    const names = jobs.map(({ name }) => name);
    const queue = opening.use(await RunQueue.open(database, names, () => {}));
    const stage = new Stage(folder, database, queue, opening.move());
    await stage.configure(config);
    await stage.install('staged', jobs);
    return stage;
  }

  /** Writes host.config.json, for hosts that start and questions that are asked from now on. */
  async configure(members: Readonly<Record<string, unknown>>): Promise<void> {
    const config = { database: this.database.url, s3: 'embedded', ...members };
    await writeFile(join(this.folder, 'host.config.json'), JSON.stringify(config));
  }

  /** Puts a plugin into `plugins/`. Its bundle is never run. */
  async install(plugin: string, jobs: readonly StagedJob[]): Promise<void> {
    const folder = join(this.folder, 'plugins', plugin);
    const bundle = '// no process is started here\n';
    const manifest = {
      manifestVersion: 1,
      name: plugin,
      version: '1.0.0',
      apiVersion: 1,
      sdkVersion: '0.1.0',
      entry: 'plugin.js',
      sha256: createHash('sha256').update(bundle).digest('hex'),
      privileges: {},
      schemas: [],
      jobs: jobs.map((job) => ({ version: '1.0.0', needs: [], hasItems: false, ...job })),
    };
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'plugin.js'), bundle);
    await writeFile(join(folder, 'plugin.json'), JSON.stringify(manifest));
  }

  /** Changes a plugin's bundle after its manifest was made. */
  async damage(plugin: string): Promise<void> {
    await writeFile(join(this.folder, 'plugins', plugin, 'plugin.js'), '// changed\n');
  }

  /** Starts a host, which asks for what is to run at its start. */
  async startHost(ends: Endings = {}): Promise<StagedHost> {
    const host = await StagedHost.start(this, await this.setup(), ends);
    this.#hosts.add(host);
    return host;
  }

  async setup(): Promise<Setup> {
    return readSetup(join(this.folder, 'host.config.json'), {});
  }

  /** Lets time pass, for everything that is stored. Hosts that run are seen again at its end. */
  async pass(interval: string): Promise<void> {
    const { rows } = await this.database.pool.query<{ statement: string }>(
      `select format('update %I.%I set %s', table_schema, table_name,
                     string_agg(format('%1$I = %1$I - $1::interval', column_name), ', ')) as statement
         from information_schema.columns
        where data_type = 'timestamp with time zone' and is_updatable = 'YES'
          and (table_schema = 'bfd_host' and table_name <> 'last_runs' or table_schema = 'pgboss' and table_name = 'job')
        group by table_schema, table_name`,
    );
    for (const { statement } of rows) await this.database.pool.query(statement, [interval]);
    await this.database.pool.query(
      `update bfd_host.job j
          set crashes = jsonb_set(
                case when crashes ? 'openedAt'
                     then jsonb_set(crashes, '{openedAt}', to_jsonb((crashes ->> 'openedAt')::numeric - ms)) else crashes end,
                '{crashedAt}', (select coalesce(jsonb_agg(at::numeric - ms), '[]')
                                  from jsonb_array_elements_text(crashes -> 'crashedAt') as at))
         from (select extract(epoch from $1::interval) * 1000 as ms) as passed
        where crashes is not null`,
      [interval],
    );
    for (const host of this.#hosts) await host.isSeen();
  }

  /** Asks why, as `bfd-host why JOB` does. */
  async why(name: string, at?: string): Promise<Explanation> {
    const { jobs, catalog, config } = await this.setup();
    const job = jobs.find((known) => known.name === name);
    const refused = job ? undefined : whyRefused(name, catalog);
    if (refused) return refused;
    if (!job) throw new Error(`there is no job ${name} on this stage`);
    const { database, queue } = this;
    const store = new RunStore(database, randomUUID());
    const hosts = new HostRegistry(database, randomUUID());
    return askWhy(job, { database, queue, store, hosts, jobs, pools: config.pools }, at);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const host of [...this.#hosts]) await host.stop();
    await this.#resources.disposeAsync();
  }

  forget(host: StagedHost): void {
    this.#hosts.delete(host);
  }
}

/** Makes a database with the host's schemas, for stages to begin with copies of. */
export async function templateDatabase(): Promise<AsyncDisposable & { readonly name: string }> {
  await using making = new AsyncDisposableStack();
  const fresh = making.use(await freshDatabase());
  const options = { url: fresh.url, poolSize: 2, applicationName: 'template' };
  await using database = await openDatabase(options);
  await migrateHostSchema(database);
  await using _queue = await RunQueue.open(database, [], () => {});
  await fresh.pool.end(); // a template has no sessions
  const made = making.move();
  return {
    name: new URL(fresh.url).pathname.slice(1),
    [Symbol.asyncDispose]: () => made.disposeAsync(),
  };
}

export class StagedHost {
  readonly bootId = randomUUID();
  readonly events: HostEvent[] = [];
  readonly #stage: Stage;
  readonly #setup: Setup;
  readonly #ends: Record<string, Ending>;
  readonly #database: Database;
  readonly #requests: RunRequests;
  readonly #hosts: HostRegistry;
  readonly #dispatcher: Dispatcher;
  readonly #planner: FirePlanner;
  readonly #tracing = new Tracing();
  #isDead = false;
  #isDatabaseAway = false;

  private constructor(stage: Stage, setup: Setup, database: Database, ends: Endings) {
    const { bootId } = this;
    this.#stage = stage;
    this.#setup = setup;
    this.#ends = { ...ends };
    this.#database = database;
    this.#requests = new RunRequests(database, stage.queue);
    this.#hosts = new HostRegistry(database, bootId);
    const onTrouble = (error: unknown) => {
      if (!this.#isDead && !this.#isDatabaseAway) throw error;
    };
    const { concurrency, pools } = setup.config;
    this.#dispatcher = new Dispatcher({
      jobs: setup.jobs.filter(isReady),
      concurrency,
      pools,
      queue: stage.queue,
      leases: new Leases(database, bootId),
      runs: this.#runDeps(),
      graceMs: 100,
      onTrouble,
    });
    this.#planner = new FirePlanner({
      jobs: setup.jobs,
      bootId,
      database: awayAtTimes(database, () => this.#isDatabaseAway),
      requests: this.#requests,
      clock: new DatabaseClock(),
      onTrouble,
    });
  }

  static async start(stage: Stage, setup: Setup, ends: Endings): Promise<StagedHost> {
    const database = await openDatabase({
      url: stage.database.url,
      poolSize: 5,
      applicationName: 'staged host',
    });
    const host = new StagedHost(stage, setup, database, ends);
    await host.#start();
    return host;
  }

  /** How the next runs of a job end. */
  ends(job: string, ending: Ending): void {
    this.#ends[job] = ending;
  }

  /** Whether the scheduler of this host reaches the database. */
  set isDatabaseAway(isAway: boolean) {
    this.#isDatabaseAway = isAway;
  }

  /** Looks at the schedules, and starts what may start until nothing more may. */
  async look(): Promise<void> {
    this.#planner.mistrustClock();
    await this.#planner.look();
    await this.work();
  }

  /** Starts what may start until nothing more may, without a look at the schedules. */
  async work(): Promise<void> {
    for (;;) {
      await this.#dispatcher.wake();
      const ending = [...this.#dispatcher.running].filter(([job]) => this.#ends[job] !== 'never');
      if (ending.length === 0) return;
      await Promise.all(ending.map(([, { ended }]) => ended));
    }
  }

  /** Hears, as by NOTIFY, that the run of a job is to be cancelled, and waits until it has ended. */
  async cancelled(job: string): Promise<void> {
    const running = this.#dispatcher.running.get(job);
    if (!running) throw new Error(`${job} does not run on this host`);
    this.#dispatcher.cancel(running.runId);
    await running.ended;
  }

  async isSeen(): Promise<void> {
    await this.#hosts.see();
  }

  /** Stops in good order. */
  async stop(): Promise<void> {
    this.#stage.forget(this);
    await this.#dispatcher.stop();
    await this.#hosts.stop();
    await this.#letGo();
  }

  /** Is gone without a word: what it was doing goes on nowhere, and what it held runs out. */
  async die(): Promise<void> {
    this.#stage.forget(this);
    await this.#letGo();
  }

  async #start(): Promise<void> {
    const { jobs, config } = this.#setup;
    const ready = jobs.filter(isReady);
    const { concurrency } = config;
    await this.#hosts.register({ version: '1.0.0', concurrency, jobs: ready });
    await askAtStart(ready, this.#hosts, this.#requests);
    await this.look();
  }

  async #letGo(): Promise<void> {
    this.#isDead = true;
    await this.#database[Symbol.asyncDispose]();
  }

  #runDeps(): RunDeps {
    return {
      database: this.#database,
      store: new RunStore(this.#database, this.bootId),
      processes: { run: (spec, _request, hooks, signal) => this.#endOf(spec.job, hooks, signal) },
      events: { emit: (event) => this.events.push(event) },
      tracing: this.#tracing,
      queue: this.#stage.queue,
      requests: this.#requests,
      hosts: this.#hosts,
      // All that is looked at here is whose process it would be.
      specOf: async ({ name }) => ({ job: name }) as JobProcessSpec,
      endLeftovers: async () => {},
    };
  }

  async #endOf(job: string, hooks: RunHooks, signal: AbortSignal): Promise<RunEnd> {
    const ending = this.#ends[job] ?? NOTHING;
    if (ending !== 'never') return ending;
    hooks.workStarts();
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    return failure('BFD_RUN_ABORTED');
  }
}

function awayAtTimes(database: Database, isAway: () => boolean): Database {
  const refuse = () => {
    throw Object.assign(new Error('nothing listens there'), { code: 'ECONNREFUSED' });
  };
  const pool = new Proxy(database.pool, {
    get: (target, key) => (key === 'query' && isAway() ? refuse : Reflect.get(target, key, target)),
  });
  return {
    ...database,
    pool,
    transaction: (work) => (isAway() ? refuse() : database.transaction(work)),
  };
}
