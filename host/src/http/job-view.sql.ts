import { sql } from '../database/sql.ts';

/** The last recorded runs of job $1 that came to an end, the oldest first. */
export const DURATIONS = sql`
  select run_id as "runId", started_at as "startedAt", result,
         (extract(epoch from finished_at - started_at) * 1000)::float8 as "durationMs"
    from (select run_id, started_at, finished_at, result from bfd_host.run
           where job_name = $1 and finished_at is not null
           order by started_at desc limit $2) latest
   order by started_at`;

export const MISSED = sql`
  select first_fire_at as first, last_fire_at as last, fires::float8 as fires, reason
    from bfd_host.missed where job_name = $1
   order by first_fire_at desc limit $2`;

/** The latest actions, of job $1 or all. */
export const ACTIONS = sql`
  select at, action, job_name as job, run_id as "runId", asked_by as "askedBy", via from bfd_host.action
   where $1::text is null or job_name = $1
   order by at desc, action_id desc limit $2`;
