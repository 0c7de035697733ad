// For tests: a fix-up on a real database, with checkpoints that are committed with their transaction, as the
// runtime keeps them, and kept from run to run.

import { pbkdf2Sync } from 'node:crypto';
import { tmpdir } from 'node:os';
import type {
  Json,
  Logger,
  Outcome,
  Pool,
  Progress,
  RunContext,
  SafeFields,
  Transaction,
} from '@bfd-host/sdk';
import { Workbench } from '../load.testkit.ts';
import { fixupConfig } from './fixup-config.ts';
import type { FixupTable } from './fixup-statements.sql.ts';
import { HashFixup } from './hash-fixup.ts';

/** Two sets of settings, as host.config.json says them. */
export const FIRST = { pepper: Buffer.from('nottherealpepper').toString('hex'), iterations: 2 };
export const SECOND = { pepper: Buffer.from('another-pepper-16').toString('hex'), iterations: 3 };

export type Settings = typeof FIRST;

/** What the hash of an identifier must be; made without the code under test. */
export function hashOf(identifier: string, { pepper, iterations }: Settings = FIRST): string {
  return pbkdf2Sync(identifier, Buffer.from(pepper, 'hex'), iterations, 32, 'sha256').toString(
    'hex',
  );
}

export interface Person {
  readonly id: string;
  readonly hicn?: string | null;
  readonly mbi?: string | null;
  readonly hicnHash?: string;
  readonly mbiHash?: string | null;
}

export interface HashedPerson {
  readonly id: string;
  readonly hicn_hash: string;
  readonly mbi_hash: string | null;
  readonly hicn_hash_old: string | null;
  readonly mbi_hash_old: string | null;
  /** Whether last_updated says that the row was changed. */
  readonly isUpdated: boolean;
}

const LONG_AGO = '2001-01-01T00:00:00Z';
const GET = 'select value from test_checkpoint where job = $1 and key = $2';
const PUT = `insert into test_checkpoint values ($1, $2, $3)
             on conflict (job, key) do update set value = excluded.value`;

export class FixupBench implements AsyncDisposable {
  readonly table: FixupTable;
  readonly #bench: Workbench;
  readonly log: string[] = [];
  readonly progress: Progress[] = [];
  #fixup: HashFixup | undefined;
  #config: unknown;
  /** Whether the last run said that there is work. */
  workStarted = false;
  /** Called after each statement outside of a transaction, such as one that has read a slice. */
  afterReading: (statement: string) => Promise<void> = async () => undefined;
  /** Called in each transaction before its COMMIT; may throw. */
  beforeCommit: () => Promise<void> = async () => undefined;

  private constructor(bench: Workbench, table: FixupTable, config: unknown) {
    this.#bench = bench;
    this.table = table;
    this.#config = config;
  }

  static async make(
    config: unknown = FIRST,
    table: FixupTable = 'ccw.beneficiaries',
  ): Promise<FixupBench> {
    const bench = await Workbench.make();
    await bench.db.query(
      'create table test_checkpoint (job text, key text, value jsonb, primary key (job, key))',
    );
    return new FixupBench(bench, table, config);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#bench[Symbol.asyncDispose]();
  }

  /** The same database and settings, with the fix-up of another table. Closed with this one. */
  of(table: FixupTable): FixupBench {
    return new FixupBench(this.#bench, table, this.#config);
  }

  get db(): Pool {
    return this.#bench.db;
  }

  /** The database and the load job. */
  get load(): Workbench {
    return this.#bench;
  }

  /** As if the job's process had been started anew. */
  restart(config: unknown = this.#config): void {
    this.#config = config;
    this.#fixup = undefined;
  }

  async run(signal: AbortSignal = new AbortController().signal): Promise<Outcome> {
    const logger = this.#logger();
    const config = fixupConfig.parse(this.#config);
    this.#fixup ??= new HashFixup(this.table, this.#watchedPool(), config, logger);
    this.workStarted = false;
    return this.#fixup.run(this.#context(signal));
  }

  /** Stores people as a load with deferred hashes does, or with the hashes given. */
  async add(people: readonly Person[]): Promise<void> {
    const isHistory = this.table === 'ccw.beneficiaries_history';
    const columns = isHistory
      ? 'bene_history_id, bene_id, bene_birth_dt, bene_sex_ident_cd'
      : `bene_id, bene_county_cd, bene_srnm_name, bene_gvn_name, bene_birth_dt, bene_sex_ident_cd, state_code,
         bene_zip_cd`;
    const values = isHistory
      ? `id, -1, '1940-01-01', '1'`
      : `id, '001', 'N', 'N', '1940-01-01', '1', '01', '00000'`;
    await this.db.query(
      `insert into ${this.table} (${columns}, hicn_unhashed, mbi_num, bene_crnt_hic_num, mbi_hash, last_updated)
       select ${values}, hicn, mbi, hicn_hash, mbi_hash, '${LONG_AGO}'
         from unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[])
              as person (id, hicn, mbi, hicn_hash, mbi_hash)`,
      [
        people.map(({ id }) => id),
        people.map(({ id, hicn = `H${id}`.slice(0, 11) }) => hicn),
        people.map(({ id, mbi = `M${id}`.slice(0, 11) }) => mbi),
        people.map(({ hicnHash = '' }) => hicnHash),
        people.map(({ mbiHash = null }) => mbiHash),
      ],
    );
  }

  /** People with ids from -count / 2 on, as a load with deferred hashes leaves them. */
  async addMany(count: number): Promise<void> {
    const first = -Math.floor(count / 2);
    await this.add(Array.from({ length: count }, (_, index) => ({ id: String(first + index) })));
  }

  async people(): Promise<HashedPerson[]> {
    const key = this.table === 'ccw.beneficiaries' ? 'bene_id' : 'bene_history_id';
    const { rows } = await this.db.query<HashedPerson>(
      `select ${key} as id, bene_crnt_hic_num as hicn_hash, mbi_hash, hicn_hash_old, mbi_hash_old,
              last_updated > '${LONG_AGO}' as "isUpdated"
         from ${this.table} order by ${key}`,
    );
    return rows;
  }

  /** Ids of rows whose hashes are not those of their identifiers. */
  async wrong(settings: Settings = FIRST, former?: Settings): Promise<string[]> {
    const key = this.table === 'ccw.beneficiaries' ? 'bene_id' : 'bene_history_id';
    const { rows } = await this.db.query<Record<string, string | null>>(
      `select ${key} as id, hicn_unhashed, mbi_num, bene_crnt_hic_num, mbi_hash, hicn_hash_old, mbi_hash_old
         from ${this.table} order by ${key}`,
    );
    const hash = (identifier: string | null | undefined, made: Settings | undefined) =>
      identifier && made ? hashOf(identifier, made) : null;
    return rows
      .filter(
        (row) =>
          row['bene_crnt_hic_num'] !== (hash(row['hicn_unhashed'], settings) ?? '') ||
          row['mbi_hash'] !== hash(row['mbi_num'], settings) ||
          row['hicn_hash_old'] !== hash(row['hicn_unhashed'], former) ||
          row['mbi_hash_old'] !== hash(row['mbi_num'], former),
      )
      .map((row) => row['id'] ?? '');
  }

  async checkpoint(key: string): Promise<Json | undefined> {
    const { rows } = await this.db.query<{ value: Json | null }>(GET, [this.table, key]);
    return rows[0]?.value ?? undefined;
  }

  #watchedPool(): Pool {
    const query = async (statement: string, values?: unknown[]) => {
      const result = await this.db.query(statement, values);
      await this.afterReading(statement);
      return result;
    };
    return Object.create(this.db, { query: { value: query } });
  }

  #logger(): Logger {
    const note = (message: string, fields: SafeFields = {}) => {
      this.log.push(`${message} ${JSON.stringify(fields)}`);
    };
    return { debug: note, info: note, warn: note, error: note };
  }

  #context(signal: AbortSignal): RunContext {
    const starts = () => {
      this.workStarted = true;
    };
    const { db } = this;
    const put = (on: Pick<Pool, 'query'>, key: string, value: Json) =>
      on.query(PUT, [this.table, key, JSON.stringify(value)]);
    const checkpoint = async (key: string, value?: Json) => {
      if (value === undefined) return this.checkpoint(key);
      starts();
      return void (await put(db, key, value));
    };
    return {
      runId: '00000000-0000-4000-8000-000000000000',
      attempt: 1,
      signal,
      tempFolder: tmpdir(),
      trigger: { kind: 'startup' },
      workStarts: starts,
      progress: (progress) => {
        starts();
        this.progress.push(progress);
      },
      checkpoint: checkpoint as RunContext['checkpoint'],
      transaction: async (work) => {
        starts();
        signal.throwIfAborted();
        const client = await db.connect();
        try {
          await client.query('begin');
          const tx: Transaction = {
            query: client.query.bind(client) as Transaction['query'],
            checkpoint: async (key, value) => {
              await client.query(PUT, [this.table, key, JSON.stringify(value)]);
            },
          };
          const result = await work(tx);
          await this.beforeCommit();
          await client.query('commit');
          return result;
        } catch (error) {
          await client.query('rollback');
          throw error;
        } finally {
          client.release();
        }
      },
      upload: () => Promise.reject(new Error('not used by this job')),
      fansOut: false,
      forEach: () => Promise.reject(new Error('not used by this job')),
    };
  }
}
