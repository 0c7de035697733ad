import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { freshBucket, freshDatabase } from './fresh.ts';

describe('a fresh database', () => {
  it('belongs to the application role, which is no superuser', async () => {
    await using database = await freshDatabase();

    const { rows } = await database.pool.query(
      `select current_user as role, pg_get_userbyid(datdba) as owner, rolsuper as super
         from pg_database, pg_roles where datname = current_database() and rolname = current_user`,
    );

    expect(rows).toEqual([{ role: 'bfd', owner: 'bfd', super: false }]);
  });

  it('is gone at the end, also while a session is in it', async () => {
    const database = await freshDatabase();
    const name = new URL(database.url).pathname.slice(1);
    const lingering = new pg.Client({ connectionString: database.url });
    lingering.on('error', () => undefined);
    await lingering.connect();

    await database[Symbol.asyncDispose]();

    await using other = await freshDatabase();
    const { rows } = await other.pool.query('select from pg_database where datname = $1', [name]);
    expect(rows).toEqual([]);
  });

  it('can be a copy of another one', async () => {
    await using template = await freshDatabase();
    await template.pool.query('create table kept as select 42 as answer');
    await template.pool.end();

    await using copy = await freshDatabase({ template: new URL(template.url).pathname.slice(1) });

    expect((await copy.pool.query('select answer from kept')).rows).toEqual([{ answer: 42 }]);
  });
});

describe('a fresh bucket', () => {
  it('takes objects through its client', async () => {
    await using bucket = await freshBucket();

    await bucket.client.putObject({ Bucket: bucket.name, Key: 'a/b.txt', Body: 'content' });

    const { Body } = await bucket.client.getObject({ Bucket: bucket.name, Key: 'a/b.txt' });
    expect(await Body?.transformToString()).toBe('content');
  });

  it('is gone at the end, with what is in it', async () => {
    await using other = await freshBucket();
    const bucket = await freshBucket();
    await bucket.client.putObject({ Bucket: bucket.name, Key: '../odd', Body: 'content' });

    await bucket[Symbol.asyncDispose]();

    await expect(other.client.headBucket({ Bucket: bucket.name })).rejects.toMatchObject({
      name: 'NotFound',
    });
  });
});
