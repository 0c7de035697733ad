import { sql } from '../database/sql.ts';

/** What runs now, with how far it is. */
export const RUNNING = sql`
  select l.job_name as job, l.run_id as "runId", l.attempt, l.claimed_at as since, h.machine, r.progress
    from bfd_host.lease l
    left join bfd_host.host h using (boot_id)
    left join bfd_host.run r on r.run_id = l.run_id and r.attempt = l.attempt and r.finished_at is null
   where l.expires_at > now() and l.run_id is not null`;

export const NEXT_FIRES = sql`
  select job_name as job, next_fire_at as at from bfd_host.schedule where next_fire_at is not null`;

/** Runs of the last seven days that were let come to an end. */
export const WEEK = sql`
  select job_name as job, sum(succeeded)::int as succeeded, sum(succeeded + failed)::int as ended
    from bfd_host.run_hour where hour > now() - interval '7 days' group by job_name`;
