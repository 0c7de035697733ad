import { setTimeout as delay } from 'node:timers/promises';
import {
  DB_POOL,
  inject,
  Job,
  nothingToDo,
  type Outcome,
  PermanentError,
  type Pool,
  type RunContext,
  type Runnable,
  workDone,
} from '@bfd-host/sdk';
import { asked } from './asked.ts';

type Act = (db: Pool, ctx: RunContext) => Outcome | Promise<Outcome>;

@Job({ name: 'fault-db', version: '1.0.0' })
export class DatabaseFault implements Runnable {
  constructor(@inject(DB_POOL) private readonly db: Pool) {}

  async run(ctx: RunContext): Promise<Outcome> {
    const act = ACTS[asked(ctx)];
    if (!act) throw new PermanentError('FAULT_UNKNOWN', 'There is no such fault.');
    return act(this.db, ctx);
  }
}

const ACTS: Readonly<Record<string, Act>> = {
  query: async (db) => {
    const { rows } = await db.query('select count(*)::int as rows from member');
    return workDone({ counts: { rows: rows[0].rows } });
  },
  insert: async (_, ctx) => {
    await ctx.transaction(async (tx) => {
      await tx.query('insert into member (mbi, surname) values ($1, $2)', [
        '1EG4TE5MK73',
        'SMITHERS',
      ]);
      await tx.checkpoint('last', { mbi: 1 });
    });
    return workDone({ counts: { rows: 1 } });
  },
  'fail in transaction': async (_, ctx) => {
    await ctx.transaction(async (tx) => {
      await tx.query('insert into member (mbi, surname) values ($1, $2)', ['A', 'B']);
      throw new Error('on purpose');
    });
    return nothingToDo();
  },
  'end the transaction': async (_, ctx) => {
    await ctx.transaction(async (tx) => {
      await tx.query('commit');
    });
    return nothingToDo();
  },
  'swallow an error': async (_, ctx) => {
    await ctx.transaction(async (tx) => {
      await tx.query('select 1 / 0').catch(() => {});
    });
    return nothingToDo();
  },
  'unique violation': async (db) => {
    for (let time = 0; time < 2; time++) {
      await db.query('insert into member (mbi, surname) values ($1, $2)', [
        '1EG4TE5MK73',
        'SMITHERS',
      ]);
    }
    return nothingToDo();
  },
  'not null violation': async (db) => {
    await db.query("insert into member (mbi, surname) values ('1EG4TE5MK73', null)");
    return nothingToDo();
  },
  'bad date': async (db) => {
    await db.query('select $1::date', ['19470231 SMITHERS']);
    return nothingToDo();
  },
  checkpoint: async (_, ctx) => {
    const before = await ctx.checkpoint('seen');
    await ctx.checkpoint('seen', { files: ['a', 'b'] });
    const after = await ctx.checkpoint('seen');
    await ctx.checkpoint('seen', null);
    const removed = await ctx.checkpoint('seen');
    return workDone({
      counts: {
        before: before === undefined ? 0 : 1,
        after: JSON.stringify(after) === '{"files":["a","b"]}' ? 1 : 0,
        removed: removed === undefined ? 1 : 0,
      },
    });
  },
  'large checkpoint': async (_, ctx) => {
    await ctx.checkpoint('large', 'x'.repeat(70_000));
    return nothingToDo();
  },
  sleep: async (db) => {
    await db.query('select pg_sleep(60)');
    return nothingToDo();
  },
  'sleep and crash': async (db) => {
    void db.query('select pg_advisory_lock(4711), pg_sleep(60)').catch(() => {});
    await delay(300);
    process.exit(1);
  },
  'leave transaction': async (db) => {
    const client = await db.connect();
    await client.query('begin');
    await client.query('select pg_advisory_lock(4711)');
    await client.query("insert into member (mbi, surname) values ('left', 'open')");
    return workDone();
  },
  'leave setting': async (db) => {
    const { rows } = await db.query("select current_setting('search_path') as path");
    await db.query('set search_path to pg_catalog');
    return workDone({ counts: { found: rows[0].path === 'pg_catalog' ? 1 : 0 } });
  },
  'end pool': async (db) => {
    await db.query('select 1');
    await db.end();
    return workDone();
  },
  'session name': async (db) => {
    const { rows } = await db.query("select current_setting('application_name') as name");
    const [prefix, job, rest] = String(rows[0].name).split(':');
    return workDone({
      counts: {
        named:
          prefix === 'bfd' && job === 'fault-db' && /^[0-9a-f]{8}\.[0-9a-f]{4}$/.test(rest ?? '')
            ? 1
            : 0,
      },
    });
  },
  'lost connection': async (db) => {
    const client = await db.connect();
    await client.query('select pg_terminate_backend(pg_backend_pid())').catch(() => {});
    await delay(50);
    await client.query('select 1');
    return nothingToDo();
  },
  'unheard query': async (db) => {
    void db.query('select 1 / 0');
    await delay(5000);
    return nothingToDo();
  },
};
