import { sql } from '../database/sql.ts';

/** The run each job is doing now. */
export const HELD = sql`
  select job_name as job, boot_id as "bootId", run_id as "runId", attempt, claimed_at as since
    from bfd_host.lease where expires_at > now()`;

/** Up to when each schedule was planned. */
export const SCHEDULES = sql`
  select job_name as job, cron, timezone, planned_until as "plannedUntil" from bfd_host.schedule`;

/** The last missed stretch of each of these jobs. */
export const LAST_MISSED = sql`
  select distinct on (job_name) job_name as job, first_fire_at as first, last_fire_at as last, fires::float8 as fires,
         reason, down_from as "downFrom", down_to as "downTo"
    from bfd_host.missed where job_name = any($1)
   order by job_name, last_fire_at desc`;

/** The last recorded run of each of these jobs, whatever became of it. */
export const LAST_RUNS = sql`
  select j.name as job, r.run_id as "runId", r.attempt, r.result, r.error_code as "errorCode", r.error,
         r.started_at as "startedAt", r.finished_at as "finishedAt", r.due_at as "dueAt", r.waited_for as "waitedFor"
    from unnest($1::text[]) as j (name)
    cross join lateral (select * from bfd_host.run where job_name = j.name
                         order by started_at desc, attempt desc limit 1) r`;

/** When any host was last seen. */
export const LAST_SEEN = sql`
  select max(coalesce(stopped_at, seen_at)) as "lastSeen", now() as now from bfd_host.host`;

/** The missed stretch of a job that a moment lies in. */
export const MISSED_AT = sql`
  select first_fire_at as first, last_fire_at as last, fires::float8 as fires, reason, down_from as "downFrom",
         down_to as "downTo"
    from bfd_host.missed where job_name = $1 and first_fire_at <= $2 and last_fire_at >= $2
   order by missed_id limit 1`;

/** What a fire of a job led to. */
export const FIRE_AT = sql`
  select run_id as "runId", coalesced as "isCoalesced" from bfd_host.fire where job_name = $1 and scheduled_at = $2`;

/** The first attempt of run $2; or, of job $1, the recorded run that was under way at $3 or came next. */
export const RUN_OF_MOMENT = sql`
  select run_id as "runId", attempt, result, error_code as "errorCode", error, started_at as "startedAt",
         finished_at as "finishedAt", due_at as "dueAt", waited_for as "waitedFor"
    from bfd_host.run
   where job_name = $1 and (run_id = $2 or $2::uuid is null and coalesce(finished_at, 'infinity') >= $3)
   order by started_at, attempt limit 1`;
