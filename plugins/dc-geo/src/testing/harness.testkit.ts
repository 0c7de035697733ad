/** For tests: a database with the RDA tables, a run's context on it, a mock server, and a load between the two. */

import { readFileSync } from 'node:fs';
import type { Outcome } from '@bfd-host/sdk';
import { type FreshDatabase, freshDatabase } from '@bfd-host/testkit';
import type { Pool } from 'pg';
import { type RdaConfig, rdaConfigSchema } from '../config.ts';
import type { ClaimType } from '../layout/layout.ts';
import { LAYOUTS } from '../layout/layouts.ts';
import { runLoad } from '../load/rda-load.ts';
import { TIMINGS, type Timings } from '../load/timings.ts';
import { type MessageSource, randomSource } from '../mock/message-source.ts';
import type { RandomClaimsOptions } from '../mock/random-claims.ts';
import { type MockServer, type MockServerOptions, startMockServer } from '../mock/server.ts';
import type { ClaimChange } from '../protocol/protocol.ts';
import {
  contextOn,
  type LogLine,
  listeningLogger,
  type TestContext,
} from './run-context.testkit.ts';

const MIGRATION = new URL('../../../database-schema/src/migrations/043_rda.sql', import.meta.url);

/** What the tests hash with; the original's tests take the same. */
export const PEPPER = Buffer.from('nottherealpepper').toString('hex');

/** Databases that tests of this process are done with. Emptying one takes a tenth of making one. */
const idle: FreshDatabase[] = [];

/** An empty database with the RDA tables. */
export async function rdaDatabase(): Promise<FreshDatabase> {
  const database = idle.pop() ?? (await migratedDatabase());
  return {
    ...database,
    async [Symbol.asyncDispose]() {
      await database.pool.query(EMPTY);
      idle.push(database);
    },
  };
}

const EMPTY = `
  truncate rda.mbi_cache, rda.fiss_claims, rda.mcs_claims, rda.claim_message_meta_data,
           rda.message_errors, rda.rda_api_progress restart identity cascade`;

/** A database of one's own, dropped at the end. */
export async function migratedDatabase(): Promise<FreshDatabase> {
  const database = await freshDatabase();
  await database.pool.query(readFileSync(MIGRATION, 'utf8'));
  return database;
}

/** A source with these messages of one type. */
export function listSource(type: ClaimType, messages: readonly ClaimChange[]): MessageSource {
  return {
    range: { lower: '0', upper: '0' },
    *messages(asked, from) {
      for (const message of messages) {
        if (asked === type && BigInt(message.seq ?? '0') >= from) yield message;
      }
    },
  };
}

/** Made-up messages; the same ones each time. */
export function someClaims(
  options: Partial<RandomClaimsOptions> & { readonly messages: number },
): MessageSource {
  return randomSource({ seed: 1, beneficiaries: 20, today: '2024-05-05', ...options });
}

export function mockServer(
  source: MessageSource,
  options: Omit<MockServerOptions, 'source'> = {},
): Promise<MockServer> {
  return startMockServer({ source, ...options });
}

/** A configuration as an operator would write it, with a server's address. */
export function configFor(
  server: Pick<MockServer, 'host' | 'port'>,
  config: Partial<RdaConfig> = {},
): RdaConfig {
  const { host, port } = server;
  return rdaConfigSchema.parse({
    host,
    port,
    pepper: PEPPER,
    iterations: 2,
    reconnects: 0,
    ...config,
  });
}

export interface TestLoad {
  readonly type: ClaimType;
  readonly server: Pick<MockServer, 'host' | 'port'>;
  readonly pool: Pool;
  readonly signal: AbortSignal;
  readonly config?: Partial<RdaConfig>;
  readonly timings?: Partial<Timings>;
}

export interface LoadEnd {
  readonly outcome: Outcome | undefined;
  /** What it threw. */
  readonly error: unknown;
  readonly lines: readonly LogLine[];
  readonly context: TestContext;
}

/** Runs a load to its end, whatever that is. */
export async function load(test: TestLoad): Promise<LoadEnd> {
  const log = listeningLogger();
  const context = contextOn(test.pool, test.signal);
  const end = { lines: log.lines, context, outcome: undefined, error: undefined };
  try {
    const outcome = await runLoad({
      layout: LAYOUTS[test.type],
      config: configFor(test.server, test.config),
      db: test.pool,
      log,
      ctx: context,
      timings: { ...TIMINGS, reconnectMs: 20, versionRetryMs: 20, watchMs: 20, ...test.timings },
    });
    return { ...end, outcome };
  } catch (error) {
    return { ...end, error };
  }
}

/** As {@link load}, for a load that has to succeed. */
export async function loaded(test: TestLoad): Promise<LoadEnd & { readonly counts: Counts }> {
  const end = await load(test);
  if (end.error !== undefined) throw end.error;
  return { ...end, counts: end.outcome?.kind === 'work-done' ? end.outcome.counts : {} };
}

type Counts = Readonly<Record<string, number>>;

export async function countOf(pool: Pool, table: string): Promise<number> {
  const { rows } = await pool.query<{ count: string }>(`select count(*) from ${table}`);
  return Number(rows[0]?.count);
}

/** `undefined` before anything was loaded. */
export async function progressOf(pool: Pool, type: ClaimType): Promise<number | undefined> {
  const { rows } = await pool.query<{ last: string }>(
    'select last_sequence_number as last from rda.rda_api_progress where claim_type = $1',
    [type],
  );
  return rows[0] && Number(rows[0].last);
}

const TABLES = {
  FISS: ['claims', 'proc_codes', 'diagnosis_codes', 'payers', 'audit_trails', 'revenue_lines'],
  MCS: ['claims', 'details', 'diagnosis_codes', 'adjustments', 'audits', 'locations'],
} as const;

/**
 * A digest of all that a load of this type has left, but for times and for the numbers of MBIs, which depend on the
 * order they came in.
 */
export async function endState(pool: Pool, type: ClaimType): Promise<Record<string, string>> {
  const state: Record<string, string> = {};
  const tables = TABLES[type].map((name) => `rda.${type.toLowerCase()}_${name}`);
  for (const table of [...tables, 'rda.claim_message_meta_data', 'rda.message_errors']) {
    const { rows } = await pool.query<{ digest: string }>(`
      select count(*) || ' ' || coalesce(md5(string_agg(digest, ' ' order by digest)), '') as digest
        from (select md5((to_jsonb(r) - '{last_updated,created_date,updated_date,mbi_id}'::text[])::text
                     || coalesce((select mbi || hash from rda.mbi_cache m
                                   where m.mbi_id = (to_jsonb(r) ->> 'mbi_id')::bigint), '')) as digest
                from ${table} r) rows`);
    state[table] = rows[0]?.digest ?? '';
  }
  state['progress'] = String(await progressOf(pool, type));
  return state;
}
