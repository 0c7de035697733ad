import { freshDatabase } from '@bfd-host/testkit';
import { describe, expect, it } from 'vitest';
import { openDatabase } from './database.ts';
import { hostSchemaSql, migrateHostSchema } from './migrations.ts';

async function open(url: string) {
  return openDatabase({ url, poolSize: 4, applicationName: 'test' });
}

describe("migrating the host's schema", () => {
  it('applies everything once', async () => {
    await using fresh = await freshDatabase();
    await using database = await open(fresh.url);

    const first = await migrateHostSchema(database);
    const second = await migrateHostSchema(database);

    expect(first).toContain('001_run_store');
    expect(second).toEqual([]);
  });

  it('is done by one of several hosts that start at once', async () => {
    await using fresh = await freshDatabase();
    await using one = await open(fresh.url);
    await using other = await open(fresh.url);

    const applied = await Promise.all([migrateHostSchema(one), migrateHostSchema(other)]);

    expect(applied.flat().filter((name) => name === '001_run_store')).toHaveLength(1);
  });

  it('is refused when a newer host was there before', async () => {
    await using fresh = await freshDatabase();
    await using database = await open(fresh.url);
    await migrateHostSchema(database);
    await database.pool.query(
      "insert into bfd_host.schema_migration (name) values ('999_from_the_future')",
    );

    await expect(migrateHostSchema(database)).rejects.toMatchObject({
      code: 'BFD_HOST_SCHEMA_NEWER',
      message: expect.stringContaining('999_from_the_future'),
    });
  });

  it('can be done by hand with the printed SQL', async () => {
    await using fresh = await freshDatabase();
    await using database = await open(fresh.url);

    await database.pool.query(await hostSchemaSql());

    expect(await migrateHostSchema(database)).toEqual([]);
  });
});
