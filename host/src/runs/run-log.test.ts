// What a run logs, on its way to the database and there.

import { randomUUID } from 'node:crypto';
import { freshDatabase } from '@bfd-host/testkit';
import { describe, expect, it } from 'vitest';
import { openDatabase } from '../database/database.ts';
import { migrateHostSchema } from '../database/migrations.ts';
import { RunLog } from './run-log.ts';
import { RunNews } from './run-news.ts';
import { logOf } from './run-records.ts';
import { KEPT_LOG_LINES, type RunIdentity, RunStore } from './run-store.ts';

const line = (message: string, level: 'debug' | 'info' | 'warn' = 'info') => ({
  level,
  message,
  fields: { place: 1 },
});

async function open() {
  await using opening = new AsyncDisposableStack();
  const fresh = opening.use(await freshDatabase());
  const database = opening.use(
    await openDatabase({ url: fresh.url, poolSize: 2, applicationName: 'test' }),
  );
  await migrateHostSchema(database);
  const store = new RunStore(database, randomUUID());
  const run: RunIdentity = {
    runId: randomUUID(),
    attempt: 1,
    job: 'a-job',
    jobVersion: '1.0.0',
    plugin: 'a-plugin',
    pluginVersion: '1.0.0',
    trigger: { kind: 'startup' },
    epoch: 1,
    startedAt: new Date(),
    ranWith: {},
  };
  // A span takes nothing here.
  const span = { add: () => {}, jobBegins: () => {}, show: () => {} };
  const news = new RunNews(run, span, { store, events: { emit: () => {} } });
  const opened = opening.move();
  return {
    store,
    run,
    news,
    hooks: news.hooks(),
    messages: async () => (await logOf(database.pool, run)).map(({ message }) => message),
    database,
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

describe('lines that wait', () => {
  it('are as many as are kept, the newest', () => {
    const log = new RunLog();
    for (let number = 0; number < 5000; number++) log.add(line(String(number)));

    const taken = log.take();

    expect(taken).toHaveLength(KEPT_LOG_LINES);
    expect(taken.at(-1)?.message).toBe('4999');
    expect(log.isEmpty).toBe(true);
  });

  it('that could not be written wait again, before those that came meanwhile', () => {
    const log = new RunLog();
    log.add(line('first'));
    const taken = log.take();
    log.add(line('second'));
    log.putBack(taken);

    expect(log.take().map(({ message }) => message)).toEqual(['first', 'second']);
  });
});

describe('the log of a run', () => {
  it('is kept with its moments, in order, and without what is for looking closely', async () => {
    await using host = await open();
    host.hooks.workStarts();
    for (const message of ['one', 'two']) host.hooks.log(line(message));
    host.hooks.log(line('closely', 'debug'));
    host.hooks.log(line('three', 'warn'));
    await host.news.settled();

    const log = await logOf(host.database.pool, host.run);

    expect(log).toMatchObject([
      { message: 'one', level: 'info', fields: { place: 1 } },
      { message: 'two' },
      { message: 'three', level: 'warn' },
    ]);
    expect(Math.abs(Date.now() - (log[0]?.at.getTime() ?? 0))).toBeLessThan(60_000);
  });

  it('keeps its last lines, however many come in however many writes', async () => {
    await using host = await open();
    host.hooks.workStarts();
    for (let number = 1; number <= 450; number++) {
      host.hooks.log(line(String(number)));
      if (number % 50 === 0) await host.news.settled();
    }

    const messages = await host.messages();

    expect(messages).toHaveLength(KEPT_LOG_LINES);
    expect([messages[0], messages.at(-1)]).toEqual(['151', '450']);
  });

  it('of a run that nobody saw is not kept, and goes when the run does', async () => {
    await using host = await open();
    host.hooks.log(line('quiet'));
    await host.news.settled();
    expect(await host.messages()).toEqual([]);

    host.hooks.workStarts();
    await host.news.settled();
    expect(await host.messages()).toEqual(['quiet']);
    await host.database.pool.query('delete from bfd_host.run');
    expect(await host.messages()).toEqual([]);
  });

  it('that cannot be written fails nothing, and is written when it can be', async () => {
    await using host = await open();
    host.hooks.workStarts();
    await host.news.settled();
    await host.database.pool.query('alter table bfd_host.run_log rename to away');
    host.hooks.log(line('meanwhile'));
    await host.news.settled();
    await host.database.pool.query('alter table bfd_host.away rename to run_log');
    await host.news.settled();

    expect(await host.messages()).toEqual(['meanwhile']);
  });
});
