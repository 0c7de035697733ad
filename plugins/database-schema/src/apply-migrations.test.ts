import { once } from 'node:events';
import { freshDatabase } from '@bfd-host/testkit';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { applyMigrations } from './apply-migrations.ts';
import { migration } from './migrations.ts';
import { SCHEMA_LOCK } from './schema-lock.ts';

const FIRST = migration(
  '042_first',
  'create table ccw.first (id int); create table ccw.also (id int)',
);
const SECOND = migration('043_second', 'create table ccw.second (id int)');
const BROKEN = migration(
  '043_broken',
  'create table ccw.half (id int); create table ccw.first (id int)',
);

describe('applying migrations', () => {
  it('brings an empty database to the newest version', async ({ signal }) => {
    await using db = await freshDatabase();

    const result = await applyMigrations(db.pool, [FIRST, SECOND], { signal });

    expect(result).toEqual({ applied: ['042_first', '043_second'], version: 43 });
    expect(await tables(db.pool)).toEqual(['also', 'first', 'schema_migration', 'second']);
  });

  it('does nothing the second time, and still knows the version', async ({ signal }) => {
    await using db = await freshDatabase();
    await applyMigrations(db.pool, [FIRST, SECOND], { signal });
    let hadWork = false;

    const result = await applyMigrations(db.pool, [FIRST, SECOND], {
      signal,
      workStarts: () => {
        hadWork = true;
      },
    });

    expect(result).toEqual({ applied: [], version: 43 });
    expect(hadWork).toBe(false);
  });

  it('applies only what is new', async ({ signal }) => {
    await using db = await freshDatabase();
    await applyMigrations(db.pool, [FIRST], { signal });

    const { applied } = await applyMigrations(db.pool, [FIRST, SECOND], { signal });

    expect(applied).toEqual(['043_second']);
  });

  it('says that there is work before the first one runs', async ({ signal }) => {
    await using db = await freshDatabase();
    const calls: string[] = [];

    await applyMigrations(db.pool, [FIRST, SECOND], {
      signal,
      workStarts: () => calls.push('work'),
    });

    expect(calls).toEqual(['work']);
  });

  it('lets one of several at once do it', async ({ signal }) => {
    await using db = await freshDatabase();
    const all = [FIRST, SECOND];

    const results = await Promise.all(
      Array.from({ length: 4 }, () => applyMigrations(db.pool, all, { signal })),
    );

    expect(results.flatMap(({ applied }) => applied).sort()).toEqual(['042_first', '043_second']);
  });

  it('is not bound by the statement timeout of the pool', async ({ signal }) => {
    await using db = await freshDatabase();
    const pool = new pg.Pool({ connectionString: db.url, statement_timeout: 100 });
    const slow = migration('042_slow', 'select pg_sleep(0.3)');

    const { applied } = await applyMigrations(pool, [slow], { signal });
    const { rows } = await pool.query('show statement_timeout');
    await pool.end();

    expect(applied).toEqual(['042_slow']);
    expect(rows).toEqual([{ statement_timeout: '100ms' }]);
  });
});

describe('a migration that fails', () => {
  it('leaves nothing behind, and the ones before it stay', async ({ signal }) => {
    await using db = await freshDatabase();

    const failing = applyMigrations(db.pool, [FIRST, BROKEN], { signal });

    await expect(failing).rejects.toMatchObject({
      code: 'BFD_SCHEMA_MIGRATION',
      isPermanent: false,
      fields: { version: 43 },
      cause: { code: '42P07' },
    });
    expect(await tables(db.pool)).toEqual(['also', 'first', 'schema_migration']);
  });

  it('is done over once it is mended', async ({ signal }) => {
    await using db = await freshDatabase();
    await applyMigrations(db.pool, [FIRST, BROKEN], { signal }).catch(() => {});

    const { applied } = await applyMigrations(db.pool, [FIRST, SECOND], { signal });

    expect(applied).toEqual(['043_second']);
  });

  it('lets the next one have the lock, even when its session died', async ({ signal }) => {
    await using db = await freshDatabase();
    const dying = migration('042_dying', 'select pg_terminate_backend(pg_backend_pid())');

    await expect(applyMigrations(db.pool, [dying], { signal })).rejects.toMatchObject({
      code: 'BFD_SCHEMA_MIGRATION',
      cause: { code: '57P01' },
    });

    await expect(applyMigrations(db.pool, [FIRST], { signal })).resolves.toMatchObject({
      version: 42,
    });
  });
});

describe('a database that does not fit', () => {
  it('is refused when it is newer, and left as it is', async ({ signal }) => {
    await using db = await freshDatabase();
    await applyMigrations(db.pool, [FIRST, SECOND], { signal });

    const older = applyMigrations(db.pool, [FIRST], { signal });

    await expect(older).rejects.toMatchObject({
      code: 'BFD_SCHEMA_NEWER',
      isPermanent: true,
      fields: { version: 43, newest: 42 },
    });
    expect(await tables(db.pool)).toContain('second');
  });

  it('is refused when a migration it had was changed since', async ({ signal }) => {
    await using db = await freshDatabase();
    await applyMigrations(db.pool, [FIRST], { signal });
    const changed = migration(FIRST.name, `${FIRST.sql}; create table ccw.late (id int)`);

    await expect(applyMigrations(db.pool, [changed], { signal })).rejects.toMatchObject({
      code: 'BFD_SCHEMA_CHANGED',
      isPermanent: true,
      fields: { version: 42 },
    });
  });

  it('is refused when the role may not create the schema', async ({ signal }) => {
    await using db = await freshDatabase();
    await db.pool.query(`revoke create on database ${await databaseName(db.pool)} from bfd`);

    await expect(applyMigrations(db.pool, [FIRST], { signal })).rejects.toMatchObject({
      code: 'BFD_SCHEMA_RIGHTS',
      isPermanent: true,
    });
  });

  it('is enough with a schema of its own and no rights on the database', async ({ signal }) => {
    await using db = await freshDatabase();
    await db.pool.query('create schema ccw');
    await db.pool.query(`revoke create on database ${await databaseName(db.pool)} from bfd`);

    await expect(applyMigrations(db.pool, [FIRST], { signal })).resolves.toMatchObject({
      version: 42,
    });
  });
});

describe('a lock that somebody else holds', () => {
  it('is given up on after the time allowed', async ({ signal }) => {
    await using db = await freshDatabase();
    await using other = await holdLock(db.pool);

    const locked = applyMigrations(other.pool, [FIRST], { signal, waitMs: 0 });

    await expect(locked).rejects.toMatchObject({ code: 'BFD_SCHEMA_LOCKED', isPermanent: false });
  });

  it('is no longer waited for when the run is stopped', async () => {
    await using db = await freshDatabase();
    await using _other = await holdLock(db.pool);
    const stop = new AbortController();
    const asked = once(db.pool, 'acquire');

    const waiting = applyMigrations(db.pool, [FIRST], { signal: stop.signal, waitMs: 600_000 });
    await asked;
    stop.abort();

    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('is taken as soon as it is free', async ({ signal }) => {
    await using db = await freshDatabase();
    const other = await holdLock(db.pool);
    const asked = once(db.pool, 'acquire');

    const waiting = applyMigrations(db.pool, [FIRST], { signal });
    await asked;
    await other[Symbol.asyncDispose]();

    await expect(waiting).resolves.toMatchObject({ applied: ['042_first'] });
  });
});

async function holdLock(pool: pg.Pool): Promise<AsyncDisposable & { pool: pg.Pool }> {
  const client = await pool.connect();
  await client.query('select pg_advisory_lock($1)', [SCHEMA_LOCK]);
  return {
    pool,
    async [Symbol.asyncDispose]() {
      client.release(true);
    },
  };
}

async function tables(pool: pg.Pool): Promise<string[]> {
  const { rows } = await pool.query<{ name: string }>(
    `select table_name as name from information_schema.tables where table_schema = 'ccw' order by 1`,
  );
  return rows.map(({ name }) => name);
}

async function databaseName(pool: pg.Pool): Promise<string> {
  const { rows } = await pool.query<{ name: string }>('select current_database() as name');
  return rows[0]?.name ?? '';
}
