// For tests: the job as it is, on a real database with the real schema and a real bucket. The context is what the
// runtime gives, without lease and channel.

import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { type ManifestContent, manifestKey, manifestXml, type RifType } from '@bfd-host/rif';
import type {
  Logger,
  Outcome,
  Pool,
  Progress,
  RunContext,
  SafeFields,
  Transaction,
} from '@bfd-host/sdk';
import {
  type FreshBucket,
  type FreshDatabase,
  freshBucket,
  freshDatabase,
} from '@bfd-host/testkit';
import { applyMigrations } from '../../database-schema/src/apply-migrations.ts';
import { MIGRATIONS } from '../../database-schema/src/migrations.ts';
import { CcwRifLoad } from './ccw-rif-load.ts';
import { type CcwConfig, ccwConfig } from './config.ts';
import { Random, recordsText } from './rif/rows.testkit.ts';

/** The pepper of the original's loader tests, and their two iterations. */
export const TEST_HASHING = {
  hashing: 'inline',
  pepper: Buffer.from('nottherealpepper').toString('hex'),
  iterations: 2,
} as const;

export interface DataFile {
  readonly name: string;
  readonly type: RifType;
  readonly text: string | Buffer;
  /** MD5 to put into the metadata; the right one if absent, none if `null`. */
  readonly md5?: string | null;
}

export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields: SafeFields;
}

let template: Promise<string> | undefined;

/** Name of a database with the schema in it, made once for each test file. */
async function schemaTemplate(): Promise<string> {
  const database = await freshDatabase();
  await applyMigrations(database.pool, MIGRATIONS, { signal: new AbortController().signal });
  await database.pool.end();
  return new URL(database.url).pathname.slice(1);
}

/** A database with the schema, a bucket, and the job between them. */
export class Workbench implements AsyncDisposable {
  readonly db: Pool;
  readonly bucket: FreshBucket;
  readonly log: LogLine[] = [];
  readonly progress: Progress[] = [];
  readonly #database: FreshDatabase;
  readonly #config: Partial<CcwConfig>;
  #job: CcwRifLoad | undefined;
  /** Whether the last run said that there is work. */
  workStarted = false;
  /** Called before each COMMIT; may throw. */
  beforeCommit: () => Promise<void> = async () => undefined;
  /** Called after each COMMIT. */
  afterCommit: () => Promise<void> = async () => undefined;

  private constructor(database: FreshDatabase, bucket: FreshBucket, config: Partial<CcwConfig>) {
    this.#database = database;
    this.db = database.pool;
    this.bucket = bucket;
    this.#config = config;
  }

  static async make(config: Partial<CcwConfig> = TEST_HASHING): Promise<Workbench> {
    template ??= schemaTemplate();
    const [database, bucket] = await Promise.all([
      freshDatabase({ template: await template }),
      freshBucket(),
    ]);
    return new Workbench(database, bucket, config);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.#database[Symbol.asyncDispose](), this.bucket[Symbol.asyncDispose]()]);
  }

  get job(): CcwRifLoad {
    this.#job ??= this.#newJob();
    return this.#job;
  }

  /** As if the job's process had been started anew. */
  restart(config: Partial<CcwConfig> = {}): void {
    this.#job = this.#newJob(config);
  }

  async run(signal: AbortSignal = new AbortController().signal): Promise<Outcome> {
    this.workStarted = false;
    return this.job.run(this.#context(signal));
  }

  /** Runs and returns the error it must end with. */
  async runToError(signal?: AbortSignal): Promise<RunError> {
    const outcome = await this.run(signal).then(
      (result) => result.kind,
      (error: RunError) => error,
    );
    if (typeof outcome === 'string') throw new Error(`the run ended with ${outcome}`);
    return outcome;
  }

  /** Puts a data set into the bucket: its files, then its manifest. */
  async send(
    files: readonly DataFile[],
    manifest: Partial<ManifestContent> & {
      readonly folder?: 'Incoming' | 'Synthetic/Incoming';
    } = {},
  ): Promise<string> {
    const { folder = 'Incoming', ...rest } = manifest;
    const content: ManifestContent = {
      timestamp: new Date(Date.now() - 60_000).toISOString(),
      sequenceId: 0,
      entries: files.map(({ name, type }) => ({ name, type })),
      ...rest,
    };
    const key = manifestKey(folder, content.timestamp, content.sequenceId);
    for (const file of files) await this.put(`${folder}/${content.timestamp}/${file.name}`, file);
    await this.put(key, { text: manifestXml(content), md5: null });
    return key;
  }

  async put(key: string, { text, md5 }: Pick<DataFile, 'text' | 'md5'>): Promise<void> {
    const right = createHash('md5').update(text).digest('base64');
    await this.bucket.client.putObject({
      Bucket: this.bucket.name,
      Key: key,
      Body: text,
      ...(md5 !== null && { Metadata: { md5chksum: md5 ?? right } }),
    });
  }

  /** Takes the data set with this manifest out of the bucket. */
  async forget(manifestKey: string): Promise<void> {
    const folder = manifestKey.slice(0, manifestKey.lastIndexOf('/') + 1);
    for (const key of await this.keys()) {
      if (!key.startsWith(folder)) continue;
      await this.bucket.client.deleteObject({ Bucket: this.bucket.name, Key: key });
    }
  }

  async keys(): Promise<string[]> {
    const page = await this.bucket.client.listObjectsV2({ Bucket: this.bucket.name });
    return (page.Contents ?? []).map(({ Key }) => Key ?? '');
  }

  async count(table: string): Promise<number> {
    const { rows } = await this.db.query<{ count: number }>(`select count(*)::int from ${table}`);
    return rows[0]?.count ?? -1;
  }

  /** Every row of the tables the load writes, as text, without what may differ between equal loads. */
  async contents(): Promise<Record<string, string[]>> {
    const all: Record<string, string[]> = {};
    for (const table of LOADED_TABLES) {
      const { rows } = await this.db.query<{ row: string }>(
        `select (to_jsonb(t) - 'last_updated' - 'bene_history_id' - 'source_manifest_id' - 'source_file_index')::text as row
           from ${table} t order by 1`,
      );
      all[table] = rows.map(({ row }) => row);
    }
    return all;
  }

  #newJob(config: Partial<CcwConfig> = {}): CcwRifLoad {
    const parsed = ccwConfig.parse({ bucket: this.bucket.name, ...this.#config, ...config });
    return new CcwRifLoad(this.db, this.bucket.client, parsed, this.#logger());
  }

  #logger(): Logger {
    const at =
      (level: LogLine['level']) =>
      (message: string, fields: SafeFields = {}) => {
        this.log.push({ level, message, fields });
      };
    return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
  }

  #context(signal: AbortSignal): RunContext {
    const checkpoints = new Map();
    const starts = () => {
      this.workStarted = true;
    };
    const inTransaction = async <T>(work: (tx: Transaction) => Promise<T>): Promise<T> => {
      const client = await this.db.connect();
      let broken = false;
      client.on('error', noteError);
      try {
        await client.query('begin');
        // A transaction is a client and `checkpoint`, which this job leaves to its own table.
        const result = await work(client as unknown as Transaction);
        await this.beforeCommit();
        await client.query('commit');
        return result;
      } catch (error) {
        await client.query('rollback').catch(() => {
          broken = true;
        });
        throw error;
      } finally {
        client.off('error', noteError);
        client.release(broken);
      }
    };
    return {
      runId: '00000000-0000-4000-8000-000000000000',
      attempt: 1,
      signal,
      tempFolder: tmpdir(),
      trigger: { kind: 'startup' },
      fansOut: false,
      workStarts: starts,
      progress: (progress) => {
        this.progress.push(progress);
      },
      checkpoint: async (key: string, value?: unknown) => {
        if (value !== undefined) checkpoints.set(key, value);
        return checkpoints.get(key);
      },
      transaction: async (work) => {
        starts();
        const result = await inTransaction(work);
        await this.afterCommit();
        return result;
      },
      upload: () => Promise.reject(new Error('not used by this job')),
      forEach: () => Promise.reject(new Error('not used by this job')),
    };
  }
}

export interface RunError extends Error {
  readonly code: string;
  readonly isPermanent: boolean;
  readonly places: readonly {
    readonly code: string;
    readonly line?: number;
    readonly column?: { readonly value: string };
    readonly file?: { readonly value: string };
  }[];
}

const CLAIM_TYPES = ['carrier', 'dme', 'hha', 'hospice', 'inpatient', 'outpatient', 'snf'];

export const LOADED_TABLES = [
  'ccw.beneficiaries',
  'ccw.beneficiaries_history',
  'ccw.beneficiary_monthly',
  ...CLAIM_TYPES.flatMap((type) => [`ccw.${type}_claims`, `ccw.${type}_claim_lines`]),
  'ccw.partd_events',
];

function noteError(): void {
  // A connection that a test cut tells so by its next query.
}

/** Five events of Part D, others for a name of another length. */
export function pde(name: string): DataFile {
  return {
    name,
    type: 'PDE',
    text: recordsText('PDE', new Random(name), { records: 5, firstId: name.length * 1000 }),
  };
}
