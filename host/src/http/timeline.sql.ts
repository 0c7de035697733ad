import { sql } from '../database/sql.ts';

/** Runs that began in a window $1 to $2, or so shortly before ($3) that they reach into it, or go on. At most $4. */
export const RUNS = sql`
  select run_id as "runId", attempt, job_name as job, coalesce(result, 'running') as result,
         started_at as "startedAt", finished_at as "finishedAt"
    from bfd_host.run
   where started_at >= $3 and started_at < $2 and finished_at >= $1
   union all
  select run_id, attempt, job_name, 'running', started_at, null
    from bfd_host.run
   where result is null and started_at < $2
   limit $4`;

/** How many runs began between $1 and $2, as far as $3. */
export const COUNT = sql`
  select count(*)::int as runs
    from (select from bfd_host.run where started_at >= $1 and started_at < $2 limit $3) began`;

/** How many runs began in each stretch of $3 milliseconds, a row for each job. Made JSON there: dates cost time here. */
export const BUCKETS = sql`
  select job_name as job, json_agg(json_build_array(place, runs, wrong)) as buckets
    from (select job_name, ((extract(epoch from started_at - $1) * 1000)::int8 / $3)::int as place, count(*) as runs,
                 count(*) filter (where result <> 'succeeded') as wrong
            from bfd_host.run where started_at >= $1 and started_at < $2
           group by 1, 2) began
   group by 1`;

/** The same from what was counted by the hour; $1 is a full hour and $3 so many of them. */
export const HOURS = sql`
  select job_name as job, json_agg(json_build_array(place, runs, wrong)) as buckets
    from (select job_name, (extract(epoch from hour - $1)::int8 * 1000 / $3)::int as place,
                 sum(succeeded + failed + other) as runs, sum(failed + other) as wrong
            from bfd_host.run_hour where hour >= $1 and hour < $2
           group by 1, 2) began
   where runs > 0
   group by 1`;
