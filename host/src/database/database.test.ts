import { freshDatabase } from '@bfd-host/testkit';
import { describe, expect, it } from 'vitest';
import { type Database, openDatabase } from './database.ts';
import { codeOf, isDatabaseTrouble, isPassing } from './database-error.ts';

async function open() {
  await using opening = new AsyncDisposableStack();
  const fresh = opening.use(await freshDatabase());
  const database: Database = opening.use(
    await openDatabase({ url: fresh.url, poolSize: 3, applicationName: 'test' }),
  );
  const opened = opening.move();
  return { database, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

describe('a transaction', () => {
  it('whose session is ended in the middle fails and leaves the process alive', async () => {
    await using opened = await open();
    const { database } = opened;

    const broken = database.transaction(async (client) => {
      const { rows } = await client.query('select pg_backend_pid() as pid');
      // Told to the client while it asks nothing, as when a server restarts.
      const told = new Promise((resolve) => client.once('end', resolve));
      await database.pool.query('select pg_terminate_backend($1)', [rows[0].pid]);
      await told;
      await client.query('select 1');
    });

    const error = await broken.catch((caught: unknown) => caught);
    expect(isPassing(error)).toBe(true);
    expect(await database.transaction(async () => 'as before')).toBe('as before');
  });

  it('undoes what threw', async () => {
    await using opened = await open();
    const { database } = opened;
    const failing = database.transaction(async (client) => {
      await client.query('create table never (id int)');
      throw new Error('no');
    });

    await expect(failing).rejects.toThrow('no');
    const { rows } = await database.pool.query("select to_regclass('never') as found");
    expect(rows[0].found).toBeNull();
  });
});

describe('letting go of the database', () => {
  it('does not wait for a statement that never ends', async () => {
    await using opened = await open();
    const endless = opened.database.pool.query('select pg_sleep(20)').catch(() => {});
    const began = performance.now();

    await opened.database[Symbol.asyncDispose]();

    expect(performance.now() - began).toBeLessThan(10_000);
    void endless;
  });
});

describe('an error of the database', () => {
  const error = (code: string, message = 'x') => Object.assign(new Error(message), { code });

  it.each(['08006', '57P01', '53300', '40P01', '25006', 'ECONNREFUSED', 'EHOSTUNREACH'])(
    '%s may pass',
    (code) => expect(isPassing(error(code))).toBe(true),
  );

  it('without a code may pass when it is about the connection', () => {
    expect(isPassing(new Error('Connection terminated unexpectedly'))).toBe(true);
  });

  it.each(['22P02', '23505', '42501', 'ERR_INVALID_ARG_TYPE'])('%s does not pass', (code) =>
    expect(isPassing(error(code))).toBe(false),
  );

  it('is told from one of the host', () => {
    expect(isDatabaseTrouble(error('42501'))).toBe(true);
    expect(isDatabaseTrouble(new TypeError('x is not a function'))).toBe(false);
  });

  it('has no code that could be text', () => {
    expect(codeOf(error('Key (mbi)=(1S00)'))).toBe('');
  });
});
