// Real processes for tests of the boundary between host and job: the runtime as it is shipped, built from the
// sources here, and a plugin built by the real builder.

import { createHash, randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buildPlugin } from '@bfd-host/plugin-builder';
import { type FreshDatabase, freshDatabase } from '@bfd-host/testkit';
import { bundleRuntime } from '../../host/src/isolation/bundle-runtime.ts';
import {
  type JobLimits,
  JobProcesses,
  type JobProcessesOptions,
  type JobProcessSpec,
  type RunEnd,
  type RunHooks,
  type RunRequest,
  type SafeLogLine,
  type SpanData,
} from '../../host/src/isolation/job-process.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const SOURCES = path.join(ROOT, 'host/src/isolation');

/** Builds the runtime of job processes once for each state of its sources. */
export async function builtRuntime(): Promise<string> {
  const hash = createHash('sha256');
  for (const file of (await readdir(SOURCES, { recursive: true })).sort()) {
    if (file.endsWith('.ts')) hash.update(file).update(readFileSync(path.join(SOURCES, file)));
  }
  const folder = path.join(
    ROOT,
    'node_modules/.cache/job-runtime',
    hash.digest('hex').slice(0, 16),
  );
  if (!existsSync(folder)) await bundleRuntime(folder);
  return folder;
}

export const FAULT_PLUGIN = path.join(import.meta.dirname, 'fault-plugin');

export async function builtFaultPlugin(): Promise<JobProcessSpec['plugin']> {
  const { folder, manifest } = await buildPlugin(FAULT_PLUGIN);
  const { name, version, entry, sha256, sdkVersion } = manifest;
  return { name, version, folder, entry, sha256, sdkVersion };
}

/** A plugin that nobody built: `source` as its bundle. */
export async function handMadePlugin(
  source: string,
): Promise<JobProcessSpec['plugin'] & AsyncDisposable> {
  const folder = await mkdtemp(path.join(tmpdir(), 'hand-made-'));
  await writeFile(path.join(folder, 'plugin.js'), source);
  return {
    name: 'hand-made',
    version: '1.0.0',
    folder,
    entry: 'plugin.js',
    sha256: createHash('sha256').update(source).digest('hex'),
    sdkVersion: '0.1.0',
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

export const LIMITS: JobLimits = {
  memoryMb: 128,
  rssMb: 400,
  outputBytes: 1 << 20,
  messageBytes: 1 << 20,
  tempBytes: 256 << 20,
  nice: 0,
  openFiles: 256,
  blockedWarnMs: 400,
  blockedKillMs: 20_000,
  preflightMs: 10_000,
  startMs: 10_000,
};

export interface Told {
  readonly logs: SafeLogLine[];
  readonly progress: Parameters<RunHooks['progress']>[0][];
  readonly spans: SpanData[];
  readonly blocked: string[];
  workStarts: number;
}

export interface Ran {
  readonly end: RunEnd;
  readonly told: Told;
  /** All that left the process, as text to be searched. */
  readonly everything: string;
}

export interface RunOptions {
  readonly spec?: Partial<JobProcessSpec>;
  readonly limits?: Partial<JobLimits>;
  readonly request?: Partial<RunRequest>;
  readonly signal?: AbortSignal;
  /** Tells the run to stop as soon as it says that there is work. */
  readonly stopWhenWorking?: boolean;
  /** As soon as its main thread is told not to answer. */
  readonly onBlocked?: () => void;
}

/** Job processes with a folder of their own, and short ways to run the jobs of the fault plugin in them. */
export class Bench implements AsyncDisposable {
  readonly processes: JobProcesses;
  readonly folder: string;
  readonly #plugin: JobProcessSpec['plugin'];

  private constructor(processes: JobProcesses, folder: string, plugin: JobProcessSpec['plugin']) {
    this.processes = processes;
    this.folder = folder;
    this.#plugin = plugin;
  }

  static async open(options: Partial<JobProcessesOptions> = {}): Promise<Bench> {
    const folder = path.join(tmpdir(), `isolation-test-${randomUUID()}`);
    await mkdir(folder, { mode: 0o711 });
    const processes = new JobProcesses({
      stateFolder: path.join(folder, 'jobs'),
      runtimeFolder: await builtRuntime(),
      ...options,
    });
    return new Bench(processes, folder, await builtFaultPlugin());
  }

  spec(job: string, more: RunOptions = {}): JobProcessSpec {
    return {
      job,
      plugin: this.#plugin,
      config: {},
      needs: job === 'fault-db' ? ['db'] : job === 'fault-s3' ? ['config', 's3'] : ['logger'],
      schemas: [],
      privileges: {},
      ...more.spec,
      limits: { ...LIMITS, ...more.limits },
    };
  }

  /** Runs the job `fault`, which does what is asked of it. */
  fault(does: string, options: RunOptions = {}): Promise<Ran> {
    return this.run(this.spec('fault', options), does, options);
  }

  async run(
    spec: JobProcessSpec,
    does: string,
    { request, signal, stopWhenWorking, onBlocked }: RunOptions = {},
  ): Promise<Ran> {
    const told: Told = { logs: [], progress: [], spans: [], blocked: [], workStarts: 0 };
    const stop = new AbortController();
    const end = await this.processes.run(
      spec,
      {
        runId: randomUUID(),
        attempt: 1,
        epoch: 1,
        trigger: { kind: 'manual', requestedBy: does },
        graceMs: 5000,
        ...request,
      },
      {
        workStarts: () => {
          told.workStarts++;
          if (stopWhenWorking) stop.abort('cancelled');
        },
        progress: (progress) => told.progress.push(progress),
        log: (line) => told.logs.push(line),
        spans: (spans) => told.spans.push(...spans),
        blocked: ({ message }) => {
          told.blocked.push(message);
          onBlocked?.();
        },
      },
      signal ?? stop.signal,
    );
    return { end, told, everything: JSON.stringify({ end, told }) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.processes[Symbol.asyncDispose]();
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** A database with the host's own schema, a table of members, and the lease of `job` at epoch 1. */
export async function hostDatabase(job: string): Promise<FreshDatabase> {
  const database = await freshDatabase();
  const { pool } = database;
  await pool.query('create schema bfd_host');
  const migrations = path.join(ROOT, 'host/migrations');
  for (const file of (await readdir(migrations)).sort()) {
    await pool.query(readFileSync(path.join(migrations, file), 'utf8'));
  }
  await pool.query('create table member (mbi text primary key, surname text not null)');
  await pool.query(
    `insert into bfd_host.lease (job_name, epoch, boot_id, expires_at)
     values ($1, 1, gen_random_uuid(), now() + interval '1 hour')`,
    [job],
  );
  return database;
}
