// Runs faults, one after the other, in a real host beside the victim, and looks at what became of both.

import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { buildPlugin } from '@bfd-host/plugin-builder';
import { type Database, openDatabase } from '../../host/src/database/database.ts';
import { RunQueue } from '../../host/src/engine/queue.ts';
import { RunRequests } from '../../host/src/engine/requests.ts';
import { type HostProcess, Project, type ToldEvent } from '../support/project.ts';
import { isAlive } from '../support/stack-users.ts';
import { type Fault, MISBEHAVE } from './faults/fault.ts';
import { leftInDatabase, orphansOf } from './remains.ts';
import { type Stretch, VICTIM, VICTIM_SOURCE, type VictimFires, victimFires } from './victim.ts';

/** What became of one fault. */
export interface FaultReport {
  readonly name: string;
  readonly isHostAlive: boolean;
  /** Of its run's record. */
  readonly result: string | undefined;
  readonly code: string | undefined;
  /** How the job's next run ended; absent if none was asked for. */
  readonly nextResult?: string;
  /** From the end of the run that misbehaved to the end of the next. */
  readonly recoveryMs?: number;
  readonly orphans: number;
  readonly leftInDatabase: number;
  readonly victim: VictimFires;
}

export interface RunFaultsOptions {
  /** Faults that run side by side; 1 if absent. */
  readonly atATime?: number;
  /** Runs of the victim that each fault is given, so that there is something to judge by; 1 if absent. */
  readonly victimRuns?: number;
  /** Runs of the victim before the first fault. */
  readonly idleRuns?: number;
}

export interface FaultReports {
  /** The victim while there was no fault. */
  readonly idle: VictimFires;
  readonly faults: readonly FaultReport[];
}

/** Longer than any limit that ends a fault, however busy the machine. */
const RUN_MS = 120_000;
/** For what ends a moment after the run: sessions that are closed, programs that are killed. */
const GONE_MS = 15_000;
const CACHE = path.resolve(import.meta.dirname, '../../node_modules/.cache/evil-plugins');

export async function runFaults(
  faults: readonly Fault[],
  options: RunFaultsOptions = {},
): Promise<FaultReports> {
  const { atATime = 1, victimRuns = 1, idleRuns = 1 } = options;
  await using project = await Project.make({ config: configFor(faults, atATime) });
  await project.database.pool.query('create table evil_ground (id int)');
  await project.write(VICTIM, VICTIM_SOURCE);
  await forEachAtATime(faults, 2, async (fault) => {
    await project.drop(fault.name, await built(fault));
  });
  await using stage = await Stage.open(project, faults);
  const idle = await stage.watch(() => stage.victimRuns(idleRuns));
  const seen: { fault: Fault; report: Omit<FaultReport, 'victim'>; stretch: Stretch }[] = [];
  await forEachAtATime(faults, atATime, async (fault) => {
    const { stretch, value } = await stage.watch(async () => {
      const enough = stage.victimRuns(victimRuns);
      const report = await stage.misbehave(fault);
      await enough;
      return report;
    });
    seen.push({ fault, report: value, stretch });
  });
  await stage.victimRuns(2);
  const { pool } = project.database;
  return {
    idle: await victimFires(pool, idle.stretch),
    faults: await Promise.all(
      seen.map(async ({ report, stretch }) => ({
        ...report,
        victim: await victimFires(pool, stretch),
      })),
    ),
  };
}

function configFor(faults: readonly Fault[], atATime: number) {
  return {
    concurrency: atATime + 1,
    pools: { evil: atATime },
    jobs: Object.fromEntries(faults.map(({ name, job }) => [name, { ...job, pool: 'evil' }])),
    plugins: Object.fromEntries(
      faults.flatMap(({ name, plugin }) => (plugin ? [[name, plugin]] : [])),
    ),
  };
}

/** Where the plugin lies, built. The folder is kept: what is built again and has not changed is quick. */
async function built({ name, source }: Fault): Promise<string> {
  const folder = path.join(CACHE, name);
  await mkdir(path.join(folder, 'src'), { recursive: true });
  const facts = { name, version: '1.0.0', type: 'module' };
  await writeFile(path.join(folder, 'package.json'), JSON.stringify(facts));
  await writeFile(path.join(folder, 'src/plugin.ts'), source);
  return (await buildPlugin(folder)).folder;
}

/** A host with the victim, and a way to ask it for runs. */
class Stage implements AsyncDisposable {
  readonly #project: Project;
  readonly #requests: RunRequests;
  readonly #resources: AsyncDisposableStack;
  #host: HostProcess;

  private constructor(
    project: Project,
    host: HostProcess,
    requests: RunRequests,
    resources: AsyncDisposableStack,
  ) {
    this.#project = project;
    this.#host = host;
    this.#requests = requests;
    this.#resources = resources;
  }

  static async open(project: Project, faults: readonly Fault[]): Promise<Stage> {
    await using opening = new AsyncDisposableStack();
    const host = project.start({ BFD_EVIL_SECRET: 'a secret of the host' });
    await host.waitFor({ event: 'run.finished', job: VICTIM });
    const database: Database = opening.use(
      await openDatabase({
        url: project.database.url,
        poolSize: 4,
        applicationName: 'evil corpus',
      }),
    );
    const names = faults.map(({ name }) => name);
    const queue = opening.use(await RunQueue.open(database, names, () => {}));
    return new Stage(project, host, new RunRequests(database, queue), opening.move());
  }

  /** Does something, and notes from when to when. */
  async watch<T>(work: () => Promise<T>): Promise<{ stretch: Stretch; value: T }> {
    const from = await this.#now();
    const value = await work();
    return { stretch: { from, to: await this.#now() }, value };
  }

  /** Waits until the victim has run so often from now on. */
  async victimRuns(runs: number): Promise<void> {
    const host = this.#host;
    const wanted = { event: 'run.finished', job: VICTIM };
    const before = count(host, wanted);
    await within(RUN_MS, host.waitFor(wanted, before + runs)).catch(() => undefined);
  }

  async misbehave(fault: Fault): Promise<Omit<FaultReport, 'victim'>> {
    const { name, cannotWork, tamper } = fault;
    const host = this.#host;
    await tamper?.(path.join(this.#project.folder, 'plugins', name));
    const end = await this.#run(host, name, MISBEHAVE);
    const endedAt = performance.now();
    const orphans = await gone(async () => orphansOf(name, host.pid).length);
    const left = await gone(() => leftInDatabase(name, this.#project.database.pool));
    const next = cannotWork || !end ? undefined : await this.#run(host, name, 'work');
    const recoveryMs = performance.now() - endedAt;
    const isHostAlive = isAlive(host.pid);
    if (!isHostAlive) this.#host = this.#project.start();
    return {
      name,
      isHostAlive,
      ...(await this.#recorded(end)),
      ...(cannotWork ? {} : { nextResult: String(next?.result), recoveryMs }),
      orphans,
      leftInDatabase: left,
    };
  }

  async #run(host: HostProcess, job: string, asked: string): Promise<ToldEvent | undefined> {
    const wanted = { event: 'run.finished', job };
    const before = count(host, wanted);
    await this.#requests.ask(job, { kind: 'manual', requestedBy: asked });
    return within(RUN_MS, host.waitFor(wanted, before + 1)).catch(() => undefined);
  }

  /** What an operator finds in the run's record. */
  async #recorded(end: ToldEvent | undefined): Promise<Pick<FaultReport, 'result' | 'code'>> {
    const { rows } = await this.#project.database.pool.query(
      'select result, error_code from bfd_host.run where run_id = $1',
      [end?.['runId']],
    );
    return { result: rows[0]?.result, code: rows[0]?.error_code ?? undefined };
  }

  async #now(): Promise<Date> {
    const { rows } = await this.#project.database.pool.query('select clock_timestamp() as now');
    return rows[0].now;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#resources.disposeAsync();
    await this.#host.stop();
  }
}

function count(host: HostProcess, { event, job }: { event: string; job: string }): number {
  return host.events.filter((told) => told.event === event && told.job === job).length;
}

/** Waits until a number is 0, for a while. @returns the last one seen */
async function gone(look: () => Promise<number>): Promise<number> {
  const deadline = performance.now() + GONE_MS;
  for (;;) {
    const left = await look();
    if (left === 0 || performance.now() > deadline) return left;
    await delay(25);
  }
}

async function within<T>(ms: number, work: Promise<T>): Promise<T | undefined> {
  const stop = new AbortController();
  try {
    return await Promise.race([work, delay(ms, undefined, { signal: stop.signal })]);
  } finally {
    stop.abort();
  }
}

async function forEachAtATime<T>(
  items: readonly T[],
  atATime: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const waiting = items.values();
  const worker = async () => {
    for (const item of waiting) await work(item);
  };
  await Promise.all(Array.from({ length: atATime }, worker));
}
