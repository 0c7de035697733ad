import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  postmasterPid,
  type TemporaryHome,
  temporaryHome,
  until,
} from '../../../../test/support/stack-users.ts';
import { joinLocalStack, type LocalStack } from '../local-stack.ts';

// One home for the tests of this file that do not need a first start of their own.
let home: TemporaryHome;
beforeAll(async () => {
  home = temporaryHome();
  const stack = await joinPostgres();
  await stack.leave();
});
afterAll(() => home[Symbol.asyncDispose]());

const joinPostgres = (): Promise<LocalStack> =>
  joinLocalStack({ home: home.path, postgres: true, s3: false });

describe('the embedded PostgreSQL', () => {
  it('gives the application a role without superuser that may create roles and own the database', async () => {
    await using stack = await joinPostgres();
    await using client = await connected(stack.postgres?.url);

    const { rows } = await client.query(
      `select rolsuper, rolcreaterole, rolcreatedb, pg_get_userbyid(datdba) as owner
         from pg_roles, pg_database where rolname = current_user and datname = current_database()`,
    );

    expect(rows).toEqual([
      { rolsuper: false, rolcreaterole: true, rolcreatedb: false, owner: 'bfd' },
    ]);
  });

  it('keeps what it acknowledged when the postmaster is killed, also while a session is busy', async () => {
    await using stack = await joinPostgres();
    const first = postmasterPid(home.path);
    await using busy = await connected(stack.postgres?.url);
    const endless = busy.query('do $$ begin loop end loop; end $$').catch(() => undefined);
    let acknowledged = 0;
    await using writer = await connected(stack.postgres?.url);
    await writer.query('create table kept (n integer)');
    const writing = (async () => {
      for (let n = 1; ; n++) {
        await writer.query('insert into kept values ($1)', [n]);
        acknowledged = n;
      }
    })().catch(() => undefined);
    await until(() => acknowledged > 100);

    process.kill(first, 'SIGKILL');
    await writing;
    await using next = await joinPostgres();

    await endless;
    expect(postmasterPid(home.path)).not.toBe(first);
    await using reader = await connected(next.postgres?.url);
    const { rows } = await reader.query('select count(*)::integer as n from kept');
    expect(rows[0].n).toBeGreaterThanOrEqual(acknowledged);
  });

  it('starts although the number in postmaster.pid is a stranger’s now', async () => {
    const pidFile = join(home.path, 'pg18/postmaster.pid');
    writeFileSync(
      pidFile,
      `${process.pid}\n${join(home.path, 'pg18')}\n1\n5432\n\n127.0.0.1\n\nready\n`,
    );

    await using stack = await joinPostgres();

    expect(postmasterPid(home.path)).not.toBe(process.pid);
    await using client = await connected(stack.postgres?.url);
    expect((await client.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  });

  it('takes another port when a stranger has taken the remembered one', async () => {
    const before = await joinPostgres();
    await before.leave();
    const port = Number(new URL(before.postgres?.url ?? '').port);
    const stranger = createServer().listen(port, '127.0.0.1');

    await using after = await joinPostgres();

    expect(after.postgres?.url).not.toBe(before.postgres?.url);
    stranger.close();
  });

  it('refuses the data of another major version', async () => {
    const version = join(home.path, 'pg18/PG_VERSION');
    writeFileSync(version, '17\n');

    const joining = joinPostgres();

    await expect(joining).rejects.toMatchObject({
      code: 'BFD_LOCAL_POSTGRES_VERSION',
      message: expect.stringContaining('holds data of PostgreSQL 17'),
    });
    writeFileSync(version, '18\n');
  });

  it('says what is wrong, and where its log is, when it cannot start', async () => {
    const settings = join(home.path, 'pg18/postgresql.auto.conf');
    const before = readFileSync(settings);
    writeFileSync(settings, "shared_buffers = 'plenty'\n");

    const joining = joinPostgres();

    await expect(joining).rejects.toMatchObject({
      code: 'BFD_LOCAL_POSTGRES_START',
      message: expect.stringMatching(/configuration file .* contains errors.*postgres\.log/s),
    });
    writeFileSync(settings, before);
  });

  it('refuses data whose passwords are lost', async () => {
    await using lost = temporaryHome();
    mkdirSync(join(lost.path, 'pg18'), { recursive: true });

    const joining = joinLocalStack({ home: lost.path, postgres: true, s3: false });

    await expect(joining).rejects.toMatchObject({ code: 'BFD_LOCAL_STACK_STATE' });
  });

  it('writes no value of a row into its log', async () => {
    const secret = 'S3CR3T-1S4';
    await using stack = await joinPostgres();
    await using client = await connected(stack.postgres?.url);
    await client.query('create table person (mbi text primary key, age integer check (age > 0))');
    await client.query('insert into person values ($1, 1)', [secret]);
    const failures: [string, unknown[]?][] = [
      ['insert into person values ($1, 1)', [secret]],
      [`insert into person values ('${secret}', 1)`],
      [`insert into person values ('${secret}-2', -1)`],
      [`select '${secret}'::integer`],
      ['select $1::text::integer', [secret]],
      [`select '${secret}' from no_such_table`],
      [`do $$ begin raise exception '${secret}'; end $$`],
      [`do $$ begin raise log '${secret}'; raise warning '${secret}'; end $$`],
      ['set statement_timeout = 10'],
      [`select pg_sleep(1), '${secret}'`],
    ];
    for (const [statement, values] of failures) {
      await client.query(statement, values).catch(() => undefined);
    }
    await using admin = await connected(stack.postgres?.adminUrl);
    const rowsFile = join(home.path, 'rows.txt');
    writeFileSync(rowsFile, `${secret}\n`);
    await admin.query('create table number (n integer)');
    await admin.query(`copy number from '${rowsFile}'`).catch(() => undefined);
    await using killed = await connected(stack.postgres?.url);
    const { rows } = await killed.query('select pg_backend_pid() as pid');
    const dying = killed.query(`select pg_sleep(60), '${secret}'`).catch(() => undefined);
    const isBusy = async () =>
      (
        await admin.query(
          `select from pg_stat_activity where pid = $1 and wait_event = 'PgSleep'`,
          [rows[0].pid],
        )
      ).rowCount === 1;
    await until(isBusy);
    process.kill(rows[0].pid, 'SIGKILL'); // the postmaster would name what this one was doing
    await dying;
    await stack.leave();

    const written = everythingBelow(home.path, (name) => name.endsWith('.log'));
    expect(written).toContain('FATAL'); // the log is at work
    expect(written).not.toContain(secret);
  });
});

async function connected(url: string | undefined): Promise<pg.Client & AsyncDisposable> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined); // some of these sessions are killed on purpose
  await client.connect();
  return Object.assign(client, {
    [Symbol.asyncDispose]: () => client.end().catch(() => undefined),
  });
}

function everythingBelow(folder: string, isWanted: (name: string) => boolean): string {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => isWanted(name) && existsSync(join(folder, name)))
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .join('\n');
}
