import { freshDatabase } from '@bfd-host/testkit';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { openDatabase } from '../database/database.ts';
import { migrateHostSchema } from '../database/migrations.ts';
import { PluginRoles, withRole } from './plugin-roles.ts';

/** A database with the host's schema, and a way to act as a plugin. */
async function open() {
  await using opening = new AsyncDisposableStack();
  const fresh = opening.use(await freshDatabase());
  const database = opening.use(
    await openDatabase({ url: fresh.url, poolSize: 4, applicationName: 'test' }),
  );
  await migrateHostSchema(database);
  const roles = new PluginRoles(fresh.url);
  const opened = opening.move();
  return {
    ...fresh,
    roles,
    close: () => database[Symbol.asyncDispose](),
    as: async (plugin: string, schemas: readonly string[]): Promise<pg.Client> => {
      const made = await roles.of(plugin, schemas);
      if (made.role === undefined) throw new Error(made.because);
      const client = new pg.Client({ connectionString: withRole(fresh.url, made.role) });
      await client.connect();
      opened.defer(() => client.end());
      return client;
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

const DENIED = { code: '42501' };

describe('the role of a plugin', () => {
  it('makes tables in its schemas, which the host made for it, and in no other', async () => {
    await using database = await open();
    await database.pool.query('create schema other');
    const ccw = await database.as('ccw', ['ccw']);

    await ccw.query('create table ccw.claims (id int primary key)');

    await expect(ccw.query('create table other.claims (id int)')).rejects.toMatchObject(DENIED);
    await expect(ccw.query('create table public.claims (id int)')).rejects.toMatchObject(DENIED);
    await expect(ccw.query('create schema another')).rejects.toMatchObject(DENIED);
  });

  it('may not touch what the host keeps, but calls its functions', async () => {
    await using database = await open();
    const none = await database.as('none', []);

    await expect(none.query('delete from bfd_host.lease')).rejects.toMatchObject(DENIED);
    const { rows } = await none.query("select bfd_host.checkpoint_get('a-job', 'a-key') as value");
    expect(rows).toEqual([{ value: null }]);
    await expect(none.query("select bfd_host.fence('a-job', 1)")).rejects.toMatchObject({
      code: 'BF001',
    });
  });

  it('reads and writes what another plugin made in a schema of both', async () => {
    await using database = await open();
    const maker = await database.as('database-schema', ['ccw', 'rda']);
    const user = await database.as('ccw', ['ccw']);
    await maker.query('create table ccw.claims (id bigint generated always as identity, t text)');
    await maker.query('create table rda.claims (id int)');

    await user.query("insert into ccw.claims (t) values ('x')");

    await expect(user.query('select from rda.claims')).rejects.toMatchObject(DENIED);
  });

  it('changes what the host, or another plugin of its schema, had made before', async () => {
    await using database = await open();
    await database.pool.query(`
      create schema ccw; create table ccw.claims (id serial); create type ccw.kind as enum ('a');
      create function ccw.one() returns int language sql as 'select 1'`);
    const other = await database.as('other', ['ccw']);
    await other.query('create table ccw.lines (id int)');

    const ccw = await database.as('ccw', ['ccw']);
    await ccw.query('alter table ccw.claims add column more text');
    await ccw.query("alter type ccw.kind add value 'b'");
    await ccw.query('drop function ccw.one()');
    await new PluginRoles(database.url).of('ccw', ['ccw']); // as a host does at its start
    await ccw.query('alter table ccw.lines add column more text');
  });

  it('leaves to the host what it could do before', async () => {
    await using database = await open();
    const ccw = await database.as('ccw', ['ccw']);
    await ccw.query('create table ccw.claims (id int)');

    await database.pool.query('insert into ccw.claims values (1)');
    await database.pool.query('drop table ccw.claims');
  });

  it('may use a schema of somebody else as far as the host may pass that on', async () => {
    await using database = await open();
    await using admin = await openDatabase({
      url: database.adminUrl,
      poolSize: 1,
      applicationName: 'test',
    });
    await admin.pool.query(`
      create schema theirs; create table theirs.claims (id int);
      grant usage on schema theirs to bfd with grant option;
      grant select, insert on theirs.claims to bfd with grant option`);
    const ccw = await database.as('ccw', ['theirs']);

    await ccw.query('insert into theirs.claims values (1)');

    await expect(ccw.query('delete from theirs.claims')).rejects.toMatchObject(DENIED);
  });

  it('is not made where it would have less than the host has in a schema it names', async () => {
    await using database = await open();
    await using admin = await openDatabase({
      url: database.adminUrl,
      poolSize: 1,
      applicationName: 'test',
    });
    await admin.pool.query('create schema theirs; grant usage on schema theirs to bfd');

    expect(await database.roles.of('ccw', ['theirs'])).toEqual({
      role: undefined,
      because: expect.stringContaining('schema theirs'),
    });
  });

  it('is not made where the host may make no roles', async () => {
    await using database = await open();
    await using admin = await openDatabase({
      url: database.adminUrl,
      poolSize: 1,
      applicationName: 'test',
    });
    const poor = `poor_${Date.now()}`;
    await admin.pool.query(`create role ${poor} login password 'x'`);
    const url = new URL(database.url);
    url.username = poor;
    url.password = 'x';

    expect(await new PluginRoles(url.href).of('ccw', ['ccw'])).toEqual({
      role: undefined,
      because: expect.stringContaining('CREATEROLE'),
    });
    await admin.pool.query(`drop role ${poor}`);
  });

  it('is made once by hosts that start at once', async () => {
    await using database = await open();
    const hosts = Array.from({ length: 4 }, () => new PluginRoles(database.url));

    const made = await Promise.all(hosts.map((host) => host.of('ccw', ['ccw'])));

    expect(new Set(made.map(({ role }) => role)).size).toBe(1);
    expect(made[0]?.role).toContain('bfd_plugin:ccw@');
  });
});

describe('the role of a plugin in a copy of a database', () => {
  it('may change what was made before it was copied', async () => {
    await using original = await open();
    const before = await original.as('ccw', ['ccw']);
    await before.query('create table ccw.claims (id int)');
    await before.end();
    await original.pool.end();
    await original.close();
    const name = new URL(original.url).pathname.slice(1);
    await using copy = await freshDatabase({ template: name });

    const { role } = await new PluginRoles(copy.url).of('ccw', ['ccw']);
    const client = new pg.Client({ connectionString: withRole(copy.url, role ?? '') });
    await client.connect();
    await client.query('alter table ccw.claims add column more text');
    await client.end();
  });
});

describe("the role of a plugin's own URL", () => {
  it('is let use the functions of the host', async () => {
    await using database = await open();
    await using admin = await openDatabase({
      url: database.adminUrl,
      poolSize: 1,
      applicationName: 'test',
    });
    const own = `own_${Date.now()}`;
    await admin.pool.query(`create role ${own}`);

    await database.roles.letUseHost(own);

    const { rows } = await admin.pool.query(
      "select has_schema_privilege($1::name, 'bfd_host', 'usage') as may",
      [own],
    );
    expect(rows).toEqual([{ may: true }]);
    await admin.pool.query(`drop owned by ${own}; drop role ${own}`);
  });
});
