import { sql } from '../database/sql.ts';

/** A run that has work, seen while it goes on; or the end of one that was never seen. */
export const INSERT_RUN = sql`
  insert into bfd_host.run (run_id, attempt, job_name, job_version, plugin, plugin_version,
                            trigger, trigger_detail, boot_id, epoch, started_at, trace_id, due_at, waited_for)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
  -- An attempt that was interrupted goes on: under a higher epoch, and a record that it ended is no longer true.
  on conflict (run_id, attempt) do update
     set job_version = excluded.job_version, plugin_version = excluded.plugin_version, boot_id = excluded.boot_id,
         epoch = excluded.epoch, started_at = excluded.started_at, trace_id = excluded.trace_id,
         finished_at = null, result = null, error_code = null, error = null, error_detail = null
   where run.epoch < excluded.epoch and run.result = 'interrupted'`;

export const UPDATE_PROGRESS = sql`
  update bfd_host.run set progress = $3
   where run_id = $1 and attempt = $2 and epoch = $4 and finished_at is null`;

/**
 * Gives the lease back and records the end of its run; if $2, only when nothing else has to be written with it, and for
 * boot $3 the lease is kept for the next run of the job, if nothing keeps it from starting.
 */
export const END_RUN = sql`select * from bfd_host.end_run($1::jsonb, $2, $3, $4, $5)`;

/** A row if this host did record the end of its run, although it never heard that the transaction was committed. */
export const HAS_FINISHED = sql`
  select from bfd_host.lease where job_name = $1 and epoch = $2 and run_id is null
   union all
  select from bfd_host.job where name = $1 and last_run_id = $3 and last_started_at = $5
   union all
  select from bfd_host.run
   where run_id = $3 and attempt = $4 and epoch = $2 and finished_at is not null and result <> 'lost'`;

/** A run whose host died: recorded by the one that takes its job over. One row if that is news. */
export const MARK_LOST = sql`
  insert into bfd_host.run (run_id, attempt, job_name, job_version, plugin, plugin_version, trigger, trigger_detail,
                            boot_id, epoch, started_at, finished_at, result, error_code, error)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, date_trunc('milliseconds', clock_timestamp()), 'lost', $12, $13)
  on conflict (run_id, attempt) do update
     set finished_at = excluded.finished_at, result = 'lost', error_code = excluded.error_code, error = excluded.error
   where run.finished_at is null
  returning trigger, (extract(epoch from finished_at - started_at) * 1000)::float8 as duration_ms`;

/** The latest try of a run that was recorded. One that ends without finding work is not; the job's row shows it. */
export const LATEST_TRY = sql`
  select attempt, result, error_code, coalesce((error_detail ->> 'isPermanent')::boolean, false) as is_permanent,
         exists (select from bfd_host.action where run_id = $1 and action = 'cancel') as is_cancel_asked
    from bfd_host.run where run_id = $1 order by attempt desc limit 1`;

export const NOTE_BLOCKED = sql`
  update bfd_host.job
     set blocked_since = case when blocked_reason is distinct from $2 then now() else blocked_since end,
         blocked_reason = $2
   where name = $1 and blocked_reason is distinct from $2
  returning name`;

/** What the configured retention lets go: ended runs, missed fires and hosts that stopped, older than so many days. */
export const PRUNE = sql`
  with runs as (
    delete from bfd_host.run
     where ctid = any(array(select ctid from bfd_host.run
                             where finished_at < now() - make_interval(days => $1) limit $2))
    returning 1
  ), missed as (
    delete from bfd_host.missed where down_to < now() - make_interval(days => $1) returning 1
  ), hours as (
    delete from bfd_host.run_hour where hour < now() - make_interval(days => $1) returning 1
  ), hosts as (
    delete from bfd_host.host where seen_at < now() - make_interval(days => $1) returning 1
  )
  select (select count(*) from runs)::int as runs`;

export const NOTE_CRASHES = sql`update bfd_host.job set crashes = $2 where name = $1`;

/** How jobs stand; if $1, how the names of queues begin, is given, also whether a run is due in theirs. */
export const JOB_STATES = sql`
  select j.name, j.last_run_id, j.last_result, j.last_outcome, j.last_version, j.last_started_at, j.last_finished_at,
         j.last_error_code, j.last_error, j.last_work_at, j.last_success_at, j.last_checked_at,
         j.nothing_to_do_streak::int as nothing_to_do_streak, j.failure_streak::int as failure_streak,
         j.blocked_since, j.blocked_reason, j.crashes,
         j.paused_at, j.paused_by, l.pool, l.expires_at > now() as is_running,
         l.run_id is not null and l.expires_at <= now() as is_abandoned, now() as as_of,
         case when $1::text is not null then bfd_host.is_due($1 || j.name) end as is_due
    from bfd_host.job j left join bfd_host.lease l on l.job_name = j.name`;

/** Lines $3 of an attempt, of which then the newest $4 stay. `agoMs`: how long before now each was logged. */
export const INSERT_LOG = sql`
  with added as (
    insert into bfd_host.run_log (run_id, attempt, at, level, message, fields)
    select $1, $2, clock_timestamp() - make_interval(secs => (line ->> 'agoMs')::float8 / 1000), line ->> 'level',
           line ->> 'message', line -> 'fields'
      from json_array_elements($3::json) with ordinality as given (line, place)
     order by place
    returning 1
  )
  delete from bfd_host.run_log
   where run_id = $1 and attempt = $2
     and line_id <= (select line_id from bfd_host.run_log where run_id = $1 and attempt = $2
                      order by line_id desc
                      offset greatest(0, $4::int - (select count(*)::int from added)) limit 1)`;
