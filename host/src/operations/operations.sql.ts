import { sql } from '../database/sql.ts';

export const NOTE_ACTION = sql`
  insert into bfd_host.action (action, job_name, run_id, asked_by, via) values ($1, $2, $3, $4, $5)`;

/** One row if it was not paused before. */
export const PAUSE = sql`
  update bfd_host.job set paused_at = now(), paused_by = $2 where name = $1 and paused_at is null returning name`;

/** One row if it was paused. */
export const RESUME = sql`
  update bfd_host.job set paused_at = null, paused_by = null
   where name = $1 and paused_at is not null returning name`;

/** One row if its process had died lately. */
export const RELEASE = sql`
  update bfd_host.job set crashes = null where name = $1 and crashes is not null returning name`;

/** The job of a run that is held now, or was recorded. */
export const JOB_OF_RUN = sql`
  select job_name from bfd_host.lease where run_id = $1
  union select job_name from bfd_host.run where run_id = $1`;

/** The latest attempt of the latest run of a job that was recorded, or of one run. */
export const LATEST_ATTEMPT = sql`
  select run_id, attempt, result from bfd_host.run
   where job_name = $1 and ($2::uuid is null or run_id = $2)
   order by started_at desc, attempt desc limit 1`;

/** What was asked, the latest first. */
export const LIST_ACTIONS = sql`
  select at, action, job_name, run_id, asked_by, via from bfd_host.action
   where $1::text is null or job_name = $1
   order by at desc, action_id desc limit $2`;
