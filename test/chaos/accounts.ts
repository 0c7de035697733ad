// What must hold whatever happened: every fire is accounted for once, every effect is there once, dependants ran after what
// they depend on, nothing hangs. Read from the database past hosts and gates, of all that was due up to a moment.

import type pg from 'pg';
import { STEPS } from './workload/src/counts.ts';

/** Of all fires and runs due up to a moment. */
export interface Account {
  readonly fires: number;
  /** Runs that succeeded. */
  readonly runs: number;
  /** Undecided, waiting, running, or to be tried again: what must become none by itself. */
  readonly pending: number;
  /** Fires that became neither run, part of another's run, nor missed, and effects that are not there. */
  readonly lost: number;
  /** Fires accounted for more than once, and effects that are there again. */
  readonly doubled: number;
  /** Fires told as missed, with a reason. */
  readonly missed: number;
  /** Runs of a job that overlapped, and runs of a follower that began while what it follows was running. */
  readonly misordered: number;
}

// A job's runs by schedule, every so many seconds, and what each must have left.
const SCHEDULED = `(values ('ticking', 1), ('archive', 2), ('steps', 6)) as scheduled (job, seconds)`;
const EFFECTS = `
  effect (job, run_id, part) as (
    select 'ticking', run_id, 0 from chaos.tick union all
    select 'archive', run_id, 0 from chaos.archived where content = run_id::text union all
    select 'follower', run_id, 0 from chaos.followed union all
    select 'steps', run_id, step from chaos.step)`;

// A run with its attempts as one; `is_open`: some attempt of it is still to come to its end.
const RUNS = `
  ended as (
    select run_id, job_name as job, min(started_at) as began_at, max(finished_at) as ended_at,
           count(*) filter (where result = 'succeeded') as successes
      from bfd_host.run group by 1, 2),
  open as (
    select distinct data ->> 'runId' as run_id from pgboss.job where state <= 'active'),
  runs as (
    select ended.*, open.run_id is not null or ended_at is null as is_open
      from ended left join open on open.run_id = ended.run_id::text)`;

const FIRES = `
  with ${RUNS},
  due as (
    select job, at
      from ${SCHEDULED},
           lateral (select min(scheduled_at) as first from bfd_host.fire where job_name = job) as known,
           lateral generate_series(first, $1::timestamptz, make_interval(secs => seconds)) as at),
  told as (
    select due.job, due.at, fire.run_id, coalesce(fire.coalesced, false) as is_coalesced,
           (select count(*) from bfd_host.missed m
             where m.job_name = due.job and due.at between m.first_fire_at and m.last_fire_at) as missed,
           coalesce(runs.successes, 0) as successes,
           coalesce(schedule.planned_until < due.at, false) or coalesce(schedule.owed_fire_at = due.at, false)
             or coalesce(runs.is_open and runs.successes = 0, false) or open.run_id is not null as is_pending
      from due
      left join bfd_host.schedule on schedule.job_name = due.job
      left join bfd_host.fire on fire.job_name = due.job and fire.scheduled_at = due.at
      left join runs on runs.run_id = fire.run_id
      left join open on open.run_id = fire.run_id::text),
  counted as (select *, successes + is_coalesced::int + missed as ways from told)
  select count(*)::int as fires, coalesce(sum(missed), 0)::int as missed,
         count(*) filter (where is_pending)::int as pending,
         count(*) filter (where ways = 0 and not is_pending)::int as lost,
         count(*) filter (where ways > 1)::int as doubled
    from counted`;

const EFFECTS_OF_RUNS = `
  with ${RUNS}, ${EFFECTS},
  done as (
    select job, run_id, count(*) as effects, count(distinct part) as parts from effect group by 1, 2),
  compared as (
    select coalesce(runs.began_at <= $1, true) as is_due, coalesce(successes, 0) as successes,
           coalesce(is_open and successes = 0, open.run_id is not null) as is_pending,
           coalesce(effects, 0) as effects, coalesce(parts, 0) as parts,
           case when coalesce(runs.job, done.job) = 'steps' then $2::int else 1 end as due_parts
      from runs full join done using (run_id) left join open on open.run_id = coalesce(runs.run_id, done.run_id)::text)
  select count(*) filter (where successes > 0)::int as runs,
         count(*) filter (where is_pending)::int as pending,
         -- What a run did that ended otherwise, or is not recorded, is lost sight of.
         coalesce(sum(case when successes > 0 then due_parts - parts else 1 end) filter (where not is_pending), 0)::int as lost,
         coalesce(sum(effects - parts) + sum(greatest(successes - 1, 0)), 0)::int as doubled
    from compared where is_due`;

const ORDER = `
  with ${RUNS},
  attempt as (
    select run_id, attempt, job_name as job, started_at, coalesce(finished_at, 'infinity') as finished_at from bfd_host.run),
  overlapping as (
    select count(*) as n from attempt one join attempt other using (job)
     where (one.run_id, one.attempt) < (other.run_id, other.attempt)
       and one.started_at < other.finished_at and other.started_at < one.finished_at),
  early as (
    select count(*) as n from attempt follower join runs upstream on upstream.job = 'steps'
     where follower.job = 'follower' and follower.started_at > upstream.began_at
       and (upstream.ended_at is null or follower.started_at < upstream.ended_at)),
  unfollowed as (
    select count(*) as n from runs upstream
     where upstream.job = 'steps' and successes > 0 and ended_at <= $1
       and not exists (select from runs follower
                        where follower.job = 'follower' and follower.successes > 0 and follower.began_at >= upstream.ended_at))
  select (overlapping.n + early.n)::int as misordered, unfollowed.n::int as unfollowed
    from overlapping, early, unfollowed`;

type Executor = Pick<pg.ClientBase, 'query'>;

export async function account(pool: Executor, until: Date): Promise<Account> {
  const [fires, effects, order] = [
    await one(pool, FIRES, [until]),
    await one(pool, EFFECTS_OF_RUNS, [until, STEPS]),
    await one(pool, ORDER, [until]),
  ];
  const of = (row: Row, name: string) => row[name] ?? 0;
  return {
    fires: of(fires, 'fires'),
    runs: of(effects, 'runs'),
    pending: of(fires, 'pending') + of(effects, 'pending') + of(order, 'unfollowed'),
    lost: of(fires, 'lost') + of(effects, 'lost'),
    doubled: of(fires, 'doubled') + of(effects, 'doubled'),
    missed: of(fires, 'missed'),
    misordered: of(order, 'misordered'),
  };
}

// How many of the fires of so many seconds led to a run of their own that has succeeded.
const RUNS_OF_FIRES = `
  select count(*)::int as runs
    from bfd_host.fire
   where scheduled_at >= $1 and scheduled_at < $1::timestamptz + make_interval(secs => $2)
     and exists (select from bfd_host.run where run.run_id = fire.run_id and result = 'succeeded')`;

/** What the schedules got done of a stretch of time: runs. */
export async function throughput(pool: Executor, from: Date, seconds: number): Promise<number> {
  return (await one(pool, RUNS_OF_FIRES, [from, seconds]))['runs'] ?? 0;
}

const HANGING = `
  select 'lease of ' || job_name || ' is abandoned and nobody settles it' as what from bfd_host.lease
   where run_id is not null and expires_at < now() - interval '20 seconds'
   union all
  select 'lease of ' || job_name || ' is held although no host runs' from bfd_host.lease where $1 and expires_at > now()
   union all
  select 'run of ' || substr(name, 5) || ' is active although no host runs' from pgboss.job where $1 and state = 'active'
   union all
  select 'transaction of "' || application_name || '" is open since ' || xact_start from pg_stat_activity
   where datname = current_database() and pid <> pg_backend_pid() and xact_start < now() - make_interval(secs => case when $1 then 0 else 20 end)
   union all
  select 'session of "' || application_name || '" is left' from pg_stat_activity
   where $1 and datname = current_database() and (application_name ~ '^bfd:' or application_name ~ '^bfd-host' and state <> 'idle')
   union all
  select 'somebody has waited for a lock since ' || l.waitstart
    from pg_locks l join pg_stat_activity using (pid)
   where datname = current_database() and l.waitstart < now() - interval '20 seconds'`;

/** What stays as it is although it should not. @param areHostsStopped - then nothing at all may be left */
export async function hanging(pool: Executor, areHostsStopped: boolean): Promise<string[]> {
  const { rows } = await pool.query<{ what: string }>(HANGING, [areHostsStopped]);
  return rows.map(({ what }) => what);
}

/** The tables in which the workload leaves its effects. No keys: what is done twice is there twice. */
export const TABLES = `
  create schema chaos;
  create table chaos.tick (run_id uuid, attempt int, filler text storage plain);
  create table chaos.step (run_id uuid, attempt int, step int);
  create table chaos.followed (run_id uuid, attempt int);
  create table chaos.archived (run_id uuid, attempt int, content text);`;

type Row = Readonly<Record<string, number>>;

async function one(pool: Executor, statement: string, values: readonly unknown[]): Promise<Row> {
  const { rows } = await pool.query<Row>(statement, [...values]);
  return rows[0] ?? {};
}
