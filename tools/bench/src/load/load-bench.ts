// A host with the load, a database and a bucket, in which the same file can be loaded again and again as if it were
// the first time.

import { createReadStream } from 'node:fs';
import { manifestKey, manifestXml } from '@bfd-host/rif';
import pg from 'pg';
import { Project } from '../../../../test/support/project.ts';
import { Collector } from '../../../../test/telemetry/collector.ts';
import { copyAll } from './copy-yardstick.ts';
import { type CommandCosts, CommandWatch, serverCpuSeconds } from './process-costs.ts';
import type { RifFile } from './rif-file.ts';
import type { CopyJob } from './split-file.ts';
import type { Measured } from './undisturbed.ts';

const JOB = 'ccw-rif-load';

export interface CopyCosts extends Measured {
  readonly serverCpuSeconds: number;
}

/** `seconds` are the run's own: from the claim to the record, the start of the job's process included. */
export interface LoadCosts extends CopyCosts, CommandCosts {}

export class LoadBench implements AsyncDisposable {
  readonly #project: Project;
  readonly #admin: pg.Client;
  readonly #collector: Collector;
  readonly #backendPid: number;
  #dataSets = 0;

  private constructor(
    project: Project,
    admin: pg.Client,
    collector: Collector,
    backendPid: number,
  ) {
    this.#project = project;
    this.#admin = admin;
    this.#collector = collector;
    this.#backendPid = backendPid;
  }

  /** @param config - of the load, besides the bucket */
  static async make(config: Readonly<Record<string, unknown>>): Promise<LoadBench> {
    await using making = new AsyncDisposableStack();
    const project = making.use(await Project.make({ shipped: ['database-schema', 'ccw'] }));
    const collector = making.use(await Collector.start());
    await configure(project, collector, config);
    const { exitCode, stderr } = await project.command('run', 'database-schema');
    if (exitCode !== 0) throw new Error(stderr);
    const admin = new pg.Client({ connectionString: project.database.adminUrl });
    await admin.connect();
    making.defer(() => admin.end());
    const { rows } = await admin.query<{ pid: number }>('select pg_backend_pid() as pid');
    making.move();
    return new LoadBench(project, admin, collector, rows[0]?.pid ?? 0);
  }

  /** Has loads from here on configured so. */
  async configure(config: Readonly<Record<string, unknown>>): Promise<void> {
    await configure(this.#project, this.#collector, config);
  }

  /** Puts files into the bucket, as a data set that is newer than those before. */
  async send(...files: readonly RifFile[]): Promise<void> {
    const { client, name: Bucket } = this.#project.bucket;
    const timestamp = new Date(Date.now() - 3_600_000 + ++this.#dataSets * 1000).toISOString();
    const manifest = manifestKey('Incoming', timestamp, 0);
    for (const file of files) {
      await client.putObject({
        Bucket,
        Key: manifest.replace('0_manifest.xml', file.name),
        Body: createReadStream(file.path),
        ContentLength: file.bytes,
        Metadata: { md5chksum: file.md5 },
      });
    }
    const entries = files.map(({ name, type }) => ({ name, type }));
    const Body = manifestXml({ timestamp, sequenceId: 0, entries });
    await client.putObject({ Bucket, Key: manifest, Body });
  }

  /** Takes all data sets out of the bucket. */
  async unsend(): Promise<void> {
    const { client, name: Bucket } = this.#project.bucket;
    const { Contents = [] } = await client.listObjectsV2({ Bucket });
    for (const { Key } of Contents) await client.deleteObject({ Bucket, Key });
  }

  /** Empties the tables, those that know what was loaded too, and has the server write what is due. */
  async empty(): Promise<void> {
    const { rows } = await this.#admin.query<{ table: string }>(
      `select format('ccw.%I', tablename) as table from pg_tables
        where schemaname = 'ccw' and tablename <> 'schema_migration'`,
    );
    await this.#admin.query(`truncate ${rows.map(({ table }) => table)}`);
    await this.settle();
  }

  async settle(): Promise<void> {
    await this.#admin.query('checkpoint');
  }

  /** Loads what is in the bucket and not loaded, by `bfd-host run`. */
  async load(): Promise<LoadCosts> {
    const before = await this.#serverCpu();
    this.#collector.requests.length = 0;
    const { child, ended } = this.#project.begin('run', JOB, '--json');
    const watch = new CommandWatch(child.pid ?? 0);
    const { exitCode, stdout, stderr } = await ended;
    const costs = watch.stop();
    const finished = stdout
      .split('\n')
      .filter((line) => line.includes('"run.finished"'))
      .map((line): Record<string, unknown> => JSON.parse(line))[0];
    if (exitCode !== 0 || !finished)
      throw new Error(`${JOB} ended with ${exitCode}: ${stdout}${stderr}`);
    const hasSpans = this.#collector.requests.some(({ path }) => path.endsWith('/traces'));
    if (!hasSpans) throw new Error('no spans came');
    const server = (await this.#serverCpu()) - before;
    return {
      ...costs,
      seconds: Number(finished['durationMs']) / 1000,
      serverCpuSeconds: server,
      cpuSeconds: server + costs.clientCpuSeconds,
    };
  }

  async copy(jobs: readonly CopyJob[]): Promise<CopyCosts> {
    const before = await this.#serverCpu();
    const seconds = await copyAll(this.#project.database.url, jobs);
    const server = (await this.#serverCpu()) - before;
    return { seconds, serverCpuSeconds: server, cpuSeconds: server };
  }

  /** CPU seconds of the server so far, those of sessions that have ended included. */
  async #serverCpu(): Promise<number> {
    for (;;) {
      const { rows } = await this.#admin.query<{ n: number }>(
        `select count(*)::int as n from pg_stat_activity
          where backend_type in ('client backend', 'parallel worker') and pid <> pg_backend_pid()
            and datname = current_database()`,
      );
      if (rows[0]?.n === 0) return serverCpuSeconds(this.#backendPid);
    }
  }

  /** Rows in each table that has some. */
  async counts(): Promise<Record<string, number>> {
    const counts: Record<string, number> = {};
    for (const table of TABLES) {
      const { rows } = await this.#admin.query<{ n: number }>(
        `select count(*)::int as n from ccw.${table}`,
      );
      if (rows[0]?.n) counts[table] = rows[0].n;
    }
    return counts;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#admin.end();
    await this.#collector[Symbol.asyncDispose]();
    await this.#project[Symbol.asyncDispose]();
  }
}

function configure(
  project: Project,
  collector: Collector,
  config: Readonly<Record<string, unknown>>,
): Promise<void> {
  return project.configure({
    telemetry: { otlp: { endpoint: collector.url } },
    jobs: {
      [JOB]: { config: { bucket: project.bucket.name, ...config } },
      'beneficiary-mbi-fixup': { enabled: false },
      'beneficiary-history-mbi-fixup': { enabled: false },
    },
  });
}

const CLAIMS = ['carrier', 'dme', 'hha', 'hospice', 'inpatient', 'outpatient', 'snf'];
const TABLES = [
  'beneficiaries',
  'beneficiaries_history',
  'beneficiary_monthly',
  ...CLAIMS.flatMap((type) => [`${type}_claims`, `${type}_claim_lines`]),
  'partd_events',
];
