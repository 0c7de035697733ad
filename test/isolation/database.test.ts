import { randomUUID } from 'node:crypto';
import type { FreshDatabase } from '@bfd-host/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { endSessionsOfJob } from '../../host/src/isolation/end-sessions.ts';
import type { DatabaseAccess } from '../../host/src/isolation/protocol.ts';
import { Bench, hostDatabase, type Ran, type RunOptions } from './support.ts';

let bench: Bench;
let database: FreshDatabase;
beforeAll(async () => {
  bench = await Bench.open();
  database = await hostDatabase('fault-db');
});
beforeEach(() => database.pool.query('truncate member'));
afterAll(async () => {
  await bench[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

function run(
  does: string,
  options: RunOptions = {},
  access: Partial<DatabaseAccess> = {},
): Promise<Ran> {
  const spec = bench.spec('fault-db', options);
  const { url } = database;
  return bench.run(
    {
      ...spec,
      database: { url, poolSize: 3, statementTimeoutMs: 0, isHostDatabase: true, ...access },
    },
    does,
    options,
  );
}

async function members(): Promise<number> {
  const { rows } = await database.pool.query('select count(*)::int as count from member');
  return rows[0].count;
}

async function jobSessions(): Promise<number> {
  const { rows } = await database.pool.query(
    "select count(*)::int as count from pg_stat_activity where application_name like 'bfd:%' and datname = current_database()",
  );
  return rows[0].count;
}

async function untilNoSessions(): Promise<void> {
  for (let tries = 0; tries < 200 && (await jobSessions()) > 0; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  expect(await jobSessions()).toBe(0);
}

async function untilAsleep(): Promise<void> {
  for (;;) {
    const { rows } = await database.pool.query(
      "select 1 from pg_stat_activity where application_name like 'bfd:%' and wait_event = 'PgSleep'",
    );
    if (rows.length > 0) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

describe('the pool of a job', () => {
  it('runs SQL', async () => {
    const { end } = await run('query');
    expect(end).toMatchObject({ kind: 'returned', outcome: { counts: { rows: 0 } } });
  });

  it('names its sessions by job and run', async () => {
    const { end } = await run('session name');
    expect(end).toMatchObject({ outcome: { counts: { named: 1 } } });
  });

  it('holds no connection between runs', async () => {
    await run('query');
    await untilNoSessions();
    expect(bench.processes.status()).toMatchObject([{ state: 'idle' }]);
  });

  it('is ended from outside for whoever claims the lease of a job that still runs', async () => {
    const running = run('sleep');
    await untilAsleep();
    await endSessionsOfJob(database.url, 'fault-db');
    expect((await running).end).toMatchObject({ error: { code: 'BFD_SQL_SESSION_ENDED' } });
  });

  it('gives up a statement when the run is told to stop, within a second', async () => {
    const stop = new AbortController();
    const running = run('sleep', { signal: stop.signal });
    await untilAsleep();
    const stoppedAt = performance.now();
    stop.abort('cancelled');
    const { end } = await running;
    expect(performance.now() - stoppedAt).toBeLessThan(1000);
    expect(end).toMatchObject({ kind: 'threw', error: { code: 'BFD_RUN_ABORTED' } });
    await untilNoSessions();
    expect(bench.processes.status()).toMatchObject([{ state: 'idle' }]);
  });

  it('ends a statement that takes longer than statements may', async () => {
    const { end } = await run('sleep', {}, { statementTimeoutMs: 100 });
    expect(end).toMatchObject({
      kind: 'threw',
      error: { code: 'BFD_SQL_STATEMENT_TIMEOUT', sqlState: '57014' },
    });
  });

  it('fails a run that lost its connection, and no more than that', async () => {
    const { end } = await run('lost connection');
    expect(end).toMatchObject({ kind: 'threw', error: { code: 'BFD_DB_CONNECTION_LOST' } });
  });

  it('ends the process when a query fails that nobody waits for', async () => {
    const { end } = await run('unheard query');
    expect(end).toMatchObject({ kind: 'died', reason: 'fatal', error: { sqlState: '22012' } });
  });

  it('says so when the database is not there', async () => {
    const url = 'postgresql://nobody@127.0.0.1:1/nothing';
    const { end } = await run('query', {}, { url });
    expect(end).toMatchObject({ kind: 'threw', error: { code: 'BFD_SYSTEM_ECONNREFUSED' } });
  });
});

describe('what a run leaves in the database', () => {
  it('is gone: an open transaction, and a lock of its session', async () => {
    const { end } = await run('leave transaction');
    expect(end.kind).toBe('returned');
    await untilNoSessions();
    expect(await members()).toBe(0);
    const { rows } = await database.pool.query('select pg_try_advisory_lock(4711) as free');
    await database.pool.query('select pg_advisory_unlock_all()');
    expect(rows[0].free).toBe(true);
  });

  it('is gone: a setting', async () => {
    await run('leave setting');
    const { end } = await run('leave setting');
    expect(end).toMatchObject({ outcome: { counts: { found: 0 } } });
  });

  it('is gone when its process died, before that is told', async () => {
    const { end } = await run('sleep and crash');
    expect(end).toMatchObject({ kind: 'died', reason: 'exit' });
    expect(await jobSessions()).toBe(0);
  });

  it('does not keep the next run from a pool, though this one ended it', async () => {
    expect((await run('end pool')).end.kind).toBe('returned');
    expect((await run('end pool')).end.kind).toBe('returned');
  });
});

describe('a fenced transaction', () => {
  it('commits with its checkpoint, and says that there is work', async () => {
    const { end, told } = await run('insert');
    expect(end.kind).toBe('returned');
    expect(told.workStarts).toBe(1);
    expect(await members()).toBe(1);
    const { rows } = await database.pool.query(
      "select value from bfd_host.checkpoint where key = 'last'",
    );
    expect(rows).toEqual([{ value: { mbi: 1 } }]);
  });

  it('writes nothing when another host has taken the job over', async () => {
    const { end } = await run('insert', { request: { epoch: 0 } });
    expect(end).toMatchObject({ kind: 'threw', error: { code: 'BFD_LEASE_LOST' } });
    expect(await members()).toBe(0);
  });

  it('writes nothing when its work throws', async () => {
    const { end } = await run('fail in transaction');
    expect(end.kind).toBe('threw');
    expect(await members()).toBe(0);
  });

  it.each([
    ['end the transaction', 'BFD_TRANSACTION_ENDED'],
    ['swallow an error', 'BFD_TRANSACTION_BROKEN'],
  ])('is refused when its work cannot be trusted: %s', async (does, code) => {
    const { end } = await run(does);
    expect(end).toMatchObject({ kind: 'threw', error: { code } });
  });

  it('is refused on a database that is not the host’s', async () => {
    const { end } = await run('insert', {}, { isHostDatabase: false });
    expect(end).toMatchObject({ kind: 'threw', error: { code: 'BFD_TRANSACTION_ELSEWHERE' } });
  });
});

describe('a checkpoint', () => {
  it('is found again until it is removed', async () => {
    const { end } = await run('checkpoint');
    expect(end).toMatchObject({ outcome: { counts: { before: 0, after: 1, removed: 1 } } });
  });

  it('is refused when it is large', async () => {
    const { end } = await run('large checkpoint');
    expect(end).toMatchObject({
      error: { code: 'BFD_CHECKPOINT_VALUE', message: expect.stringContaining('70002 bytes') },
    });
  });
});

describe('an error of the database', () => {
  it.each([
    ['unique violation', { code: 'BFD_SQL_UNIQUE', table: 'member', constraint: 'member_pkey' }],
    ['not null violation', { code: 'BFD_SQL_NOT_NULL', table: 'member', column: 'surname' }],
    ['bad date', { code: 'BFD_SQL_INVALID_DATE', sqlState: '22007' }],
  ])('names table, column and constraint, and no value: %s', async (does, error) => {
    const { end, everything } = await run(does);
    expect(end).toMatchObject({ kind: 'threw', error });
    expect(end).toMatchObject({ error: { places: [{ file: 'plugin.js' }] } });
    expect(everything).not.toMatch(/1EG4TE5MK73|SMITHERS|1947/);
  });
});

describe('the spans of a run', () => {
  it('hang below the host’s, name operation and table, and hold no value', async () => {
    const traceId = randomUUID().replaceAll('-', '');
    const { told, everything } = await run('insert', {
      request: { traceparent: `00-${traceId}-00f067aa0ba902b7-01` },
    });
    const byName = new Map(told.spans.map((span) => [span.name, span]));
    const work = byName.get('job.run');
    const transaction = byName.get('job.transaction');
    const insert = byName.get('INSERT member');
    expect(work).toMatchObject({ traceId, parentSpanId: '00f067aa0ba902b7', kind: 0 });
    expect(transaction?.parentSpanId).toBe(work?.spanId);
    expect(insert).toMatchObject({
      parentSpanId: transaction?.spanId,
      kind: 2,
      attributes: {
        'db.system.name': 'postgresql',
        'db.operation.name': 'INSERT',
        'db.collection.name': 'member',
        'db.query.text': 'insert into member (mbi, surname) values ($1, $2)',
      },
    });
    expect(everything).not.toMatch(/1EG4TE5MK73|SMITHERS/);
  });

  it('are not made when nobody asked for them', async () => {
    expect((await run('query')).told.spans).toEqual([]);
  });
});
