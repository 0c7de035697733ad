// What is recorded of a run's end, whatever happens to database and lease.

import { describe, expect, it } from 'vitest';
import { type Database } from '../database/database.ts';
import {
  AFTER,
  EXPIRE,
  FAILED,
  JOB,
  NEVER,
  NOTHING,
  openHost,
  type Says,
  WORK,
} from './execute-run.testkit.ts';
import { executeRun } from './execute-run.ts';
import { settleAbandoned } from './settle-abandoned.ts';

/** A database whose next transactions fail as said, after or instead of being committed. */
function breaking(database: Database, times: number, when: 'before' | 'after'): Database {
  let left = times;
  return {
    ...database,
    transaction: async (work) => {
      const isBroken = left-- > 0;
      if (isBroken && when === 'before') throw connectionError();
      const result = await database.transaction(work);
      if (isBroken) throw connectionError();
      return result;
    },
  };
}

/** A database whose first answer to a statement outside transactions gets lost. */
function unheard(database: Database): Database {
  const pool = Object.create(database.pool, {
    query: {
      value: async (text: string, values: unknown[]) => {
        const answer = await database.pool.query(text, values);
        if (isFirst) {
          isFirst = false;
          throw connectionError();
        }
        return answer;
      },
    },
  });
  let isFirst = true;
  return { ...database, pool };
}

const connectionError = () => Object.assign(new Error('x'), { code: 'ECONNRESET' });

describe('the end of a run', () => {
  it('that did work is recorded, asks dependants to run and leaves the queue', async () => {
    await using host = await openHost();
    const run = await host.begin();

    const { ending } = await executeRun(
      run,
      host.deps(() => WORK),
      NEVER,
      1000,
    );

    expect(ending).toMatchObject({ result: 'succeeded', counts: { rows: 3 } });
    expect(await host.state()).toMatchObject({ lastResult: 'succeeded', isRunning: false });
    expect(await host.depth(JOB.name)).toBeUndefined();
    expect(await host.depth(AFTER.name)).toEqual({ waiting: 1, active: 0 });
    expect(await host.store.runs({ limit: 9 })).toMatchObject([
      { runId: run.runId, result: 'succeeded', counts: { rows: 3 } },
    ]);
  });

  it('that found nothing leaves no record and asks nobody', async () => {
    await using host = await openHost();
    const run = await host.begin();

    await executeRun(
      run,
      host.deps(() => NOTHING),
      NEVER,
      1000,
    );

    expect(await host.state()).toMatchObject({ lastResult: 'succeeded', nothingToDoStreak: 1 });
    expect(await host.depth(AFTER.name)).toBeUndefined();
    expect(await host.store.runs({ limit: 9 })).toEqual([]);
  });

  it('that found nothing after it was seen is recorded', async () => {
    await using host = await openHost();
    const run = await host.begin();
    const says: Says = (hooks) => {
      hooks.progress({ done: 1, unit: 'files' });
      return NOTHING;
    };

    await executeRun(run, host.deps(says), NEVER, 1000);

    expect(await host.store.runs({ limit: 9 })).toMatchObject([
      { result: 'succeeded', outcome: 'nothing-to-do', progress: { done: 1 } },
    ]);
    expect(host.events.map(({ event }) => event)).toEqual([
      'run.started',
      'run.progress',
      'run.finished',
    ]);
  });

  it('that failed queues the next try, and not before its time', async () => {
    await using host = await openHost();
    const run = await host.begin();

    await executeRun(
      run,
      host.deps(() => FAILED),
      NEVER,
      1000,
    );

    expect(await host.depth(JOB.name)).toEqual({ waiting: 1, active: 0 });
    expect(await host.queue.waiting([JOB.name])).toMatchObject([{ attempt: 2, isLater: true }]);
    expect(host.events.at(-1)).toMatchObject({ result: 'failed', retryInMs: expect.any(Number) });
  });

  it('is not written by a host whose job was taken over, and changes nothing there', async () => {
    await using host = await openHost();
    const run = await host.begin();
    const says: Says = async (hooks) => {
      hooks.workStarts();
      // As for a host that was frozen: it hears of nothing until it is back.
      await host.database.pool.query(EXPIRE);
      const lease = await host.leases.claim(JOB.name);
      if (!lease) throw new Error('not claimed');
      await settleAbandoned(
        JOB,
        lease,
        host.deps(() => WORK),
      );
      await lease.assign({ ...run, attempt: 2 });
      return WORK;
    };

    const { ending } = await executeRun(run, host.deps(says), NEVER, 1000);

    expect(ending.result).toBe('lost');
    expect(await host.store.runs({ limit: 9 })).toMatchObject([{ attempt: 1, result: 'lost' }]);
    expect(await host.state()).toMatchObject({ lastResult: null, isRunning: true });
    expect(await host.depth(AFTER.name)).toBeUndefined();
    expect(await host.depth(JOB.name)).toEqual({ waiting: 0, active: 1 });
  });

  it('is written once when the connection breaks between the commit and the word of it', async () => {
    await using host = await openHost();
    const run = await host.begin();
    const deps = { ...host.deps(() => NOTHING), database: breaking(host.database, 1, 'after') };

    const { ending } = await executeRun(run, deps, NEVER, 1000);

    expect(ending.result).toBe('succeeded');
    expect(await host.state()).toMatchObject({ nothingToDoStreak: 1, isRunning: false });
  });

  it('of a job that nobody follows is written once when the connection breaks before the word of it', async () => {
    await using host = await openHost();
    await host.database.pool.query('delete from bfd_host.host_job');
    const run = await host.begin();
    const deps = { ...host.deps(() => WORK), database: unheard(host.database) };

    const { ending } = await executeRun(run, deps, NEVER, 1000);

    expect(ending.result).toBe('succeeded');
    expect(await host.store.runs({ limit: 9 })).toMatchObject([{ result: 'succeeded' }]);
    expect(await host.depth(JOB.name)).toBeUndefined();
  });

  it('is written when the database is back', async () => {
    await using host = await openHost();
    const run = await host.begin();
    const deps = { ...host.deps(() => WORK), database: breaking(host.database, 2, 'before') };

    expect((await executeRun(run, deps, NEVER, 1000)).ending.result).toBe('succeeded');
    expect(await host.depth(AFTER.name)).toEqual({ waiting: 1, active: 0 });
  });

  it('is given up when the host is stopping and the database stays away', async () => {
    await using host = await openHost();
    const run = await host.begin();
    const deps = { ...host.deps(() => WORK), database: breaking(host.database, 1e9, 'before') };

    const { ending } = await executeRun(run, deps, AbortSignal.abort('stopping'), 50);

    expect(ending).toMatchObject({ result: 'lost', error: { code: 'BFD_RUN_NOT_RECORDED' } });
    await run.lease[Symbol.asyncDispose]();
    await using next = await host.leases.claim(JOB.name);
    expect(next?.abandoned).toMatchObject({ runId: run.runId });
  });

  it('that the database refuses is a failure, and does not start the run again', async () => {
    await using host = await openHost();
    const run = await host.begin();
    await host.database.pool.query(
      "alter table bfd_host.run add check (counts::text = '{}')", // stands for what nobody foresaw
    );

    const { ending } = await executeRun(
      run,
      host.deps(() => WORK),
      NEVER,
      1000,
    );

    expect(ending).toMatchObject({ result: 'failed', error: { code: 'BFD_RUN_NOT_RECORDED' } });
    expect(await host.state()).toMatchObject({ lastResult: 'failed', isRunning: false });
    expect(await host.depth(JOB.name)).toBeUndefined();
  });

  it('leaves the queue also when it was queued again while this host was too busy to show that it lives', async () => {
    await using host = await openHost();
    const run = await host.begin();
    const says: Says = async () => {
      await host.database.pool.query(
        "update pgboss.job set state = 'retry', retry_count = retry_count + 1 where id = $1",
        [run.taken.ticket.id],
      );
      return NOTHING;
    };

    await executeRun(run, host.deps(says), NEVER, 1000);

    expect(await host.depth(JOB.name)).toBeUndefined();
  });
});
