import { sql } from '../database/sql.ts';

/**
 * Runs of job $1 (all if null), that ended as $2 says (any way if null) or have not ended ($3), that come after the
 * place $4, $5, $6 in the list (the first if null), and did not end before $8 (whenever if null). Times as text, where a Date would lose the microseconds.
 */
export const LIST_RUNS = sql`
  select run_id, attempt, job_name, job_version, plugin, plugin_version, trigger, trigger_detail,
         started_at, finished_at,
         (extract(epoch from coalesce(finished_at, now()) - started_at) * 1000)::int8 as duration_ms,
         coalesce(result, 'running') as result, outcome, version, counts, progress, error_code, error,
         error_detail, trace_id,
         to_char(started_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as place_at
    from bfd_host.run
   where ($1::text is null or job_name = $1)
     and ($2::text[] is null or result = any($2))
     and (not $3 or result is null)
     and ($8::timestamptz is null or coalesce(finished_at, now()) >= $8)
     and ($4::timestamptz is null or (started_at, run_id, attempt) < ($4, $5::uuid, $6::int))
   order by started_at desc, run_id desc, attempt desc
   limit $7`;

export const ATTEMPTS = sql`
  select r.run_id, r.attempt, r.job_name, r.job_version, r.plugin, r.plugin_version, r.trigger, r.trigger_detail,
         r.started_at, r.finished_at,
         (extract(epoch from coalesce(r.finished_at, now()) - r.started_at) * 1000)::int8 as duration_ms,
         coalesce(r.result, 'running') as result, r.outcome, r.version, r.counts, r.progress, r.error_code, r.error,
         r.error_detail, r.trace_id, r.boot_id, h.machine, r.due_at, r.waited_for
    from bfd_host.run r left join bfd_host.host h using (boot_id)
   where r.run_id = $1
   order by r.attempt`;

export const LOG = sql`
  select at, level, message, fields from bfd_host.run_log
   where run_id = $1 and attempt = $2 order by line_id`;
