/**
 * Real services for tests: a database and a bucket of one's own, gone at the end. Each test makes its
 * own, so tests run side by side and in any order.
 */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { S3 } from '@aws-sdk/client-s3';
import {
  joinLocalStack,
  type LocalStack,
  type PostgresEndpoint,
  type S3Endpoint,
} from '@bfd-host/local-stack';
import pg from 'pg';

/** Names the environment variable by which a test run hands its services to its test processes. */
export const SERVICES_VARIABLE = 'BFD_TEST_SERVICES';

export interface Services {
  readonly postgres: PostgresEndpoint;
  readonly s3: S3Endpoint;
}

export interface FreshDatabase extends AsyncDisposable {
  /** As role `bfd`, the owner of this database and no superuser. */
  readonly url: string;
  /** As the superuser, in this database. */
  readonly adminUrl: string;
  /** Connected by `url`; closed at the end. */
  readonly pool: pg.Pool;
}

export interface FreshBucket extends AsyncDisposable {
  readonly name: string;
  readonly client: S3;
  readonly endpoint: S3Endpoint;
}

/** A host makes roles for plugins and schemas, whose names end with the database's. Other tests may drop theirs meanwhile. */
const DROP_ROLES = `
  do $$ declare left_over name; begin
    for left_over in select rolname from pg_roles where rolname ~ '^bfd_(plugin|schema):.*@NAME$' loop
      execute format('drop role if exists %I', left_over);
    end loop;
  end $$`;

let own: Promise<LocalStack> | undefined;

/**
 * The services of this test run, as a global setup handed them over. Without one they are joined at the first call, and
 * left when this process has nothing more to do; a test runner that ends its processes sooner leaves them running.
 */
export async function services(): Promise<Services> {
  const handedOver = process.env[SERVICES_VARIABLE];
  if (handedOver !== undefined) return JSON.parse(handedOver);
  own ??= joinUntilTheEnd();
  const { postgres, s3 } = await own;
  if (postgres === undefined || s3 === undefined)
    throw new Error('the stack came without services');
  return { postgres, s3 };
}

/** Whose services a database or bucket is made in; those of the test run if absent. */
export interface FreshOptions {
  readonly services?: Services;
}

/**
 * A new, empty database, or a copy of `template` (which must have no sessions then).
 *
 * @example
 * await using database = await freshDatabase();
 * await database.pool.query('create table claim (id bigint primary key)');
 */
export async function freshDatabase(
  options: FreshOptions & { readonly template?: string } = {},
): Promise<FreshDatabase> {
  const { postgres } = options.services ?? (await services());
  const name = `test_${randomBytes(6).toString('hex')}`;
  const template = pg.escapeIdentifier(options.template ?? 'template1');
  await administer(postgres.adminUrl, `create database ${name} owner bfd template ${template}`);
  const url = inDatabase(postgres.url, name);
  const pool = new pg.Pool({ connectionString: url, max: 10 });
  pool.on('error', () => undefined); // a session that a test killed is told by the next query
  return {
    url,
    adminUrl: inDatabase(postgres.adminUrl, name),
    pool,
    async [Symbol.asyncDispose]() {
      if (!pool.ending) await pool.end();
      await administer(postgres.adminUrl, `drop database if exists ${name} with (force)`);
      await administer(postgres.adminUrl, DROP_ROLES.replace('NAME', name));
    },
  };
}

/**
 * A new, empty bucket and a client for it.
 *
 * @example
 * await using bucket = await freshBucket();
 * await bucket.client.putObject({ Bucket: bucket.name, Key: 'a.txt', Body: 'x' });
 */
export async function freshBucket(options: FreshOptions = {}): Promise<FreshBucket> {
  const { s3: endpoint } = options.services ?? (await services());
  const name = `test-${randomBytes(6).toString('hex')}`;
  const client = new S3({
    endpoint: endpoint.endpoint,
    region: endpoint.region,
    forcePathStyle: true,
    credentials: endpoint,
  });
  await client.createBucket({ Bucket: name });
  return {
    name,
    client,
    endpoint,
    async [Symbol.asyncDispose]() {
      await removeBucket(client, name);
      client.destroy();
    },
  };
}

async function joinUntilTheEnd(): Promise<LocalStack> {
  const stack = await joinShared();
  process.once('beforeExit', () => void stack.leave());
  return stack;
}

// Shared by the test processes of one installation only, and kept with it: its programs are what runs, and another project
// may have others, or remove its own at any time.
export async function joinShared(): Promise<LocalStack> {
  const home = join(modulesFolder() ?? tmpdir(), '.cache', 'bfd-testkit');
  await mkdir(dirname(home), { recursive: true });
  return joinLocalStack({ home, postgres: true, s3: true });
}

/** The node_modules this package is installed in. */
function modulesFolder(): string | undefined {
  for (let folder = import.meta.dirname; folder !== dirname(folder); folder = dirname(folder)) {
    if (basename(folder) === 'node_modules') return folder;
    const beside = join(folder, 'node_modules');
    if (existsSync(beside)) return beside;
  }
  return undefined;
}

async function administer(adminUrl: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

function inDatabase(url: string, name: string): string {
  const changed = new URL(url);
  changed.pathname = `/${name}`;
  return changed.href;
}

async function removeBucket(client: S3, name: string): Promise<void> {
  for (;;) {
    const page = await client.listObjectsV2({ Bucket: name });
    const keys = (page.Contents ?? []).flatMap(({ Key }) => (Key === undefined ? [] : [{ Key }]));
    if (keys.length === 0) break;
    await client.deleteObjects({ Bucket: name, Delete: { Objects: keys, Quiet: true } });
  }
  await client.deleteBucket({ Bucket: name });
}
