import { sql } from '../database/sql.ts';

/** One row, with the new epoch and whom it was taken from, if the lease is ours now; none while it is held. */
export const CLAIM_LEASE = sql`
  with held as (
    select run_id, attempt, claimed_at from bfd_host.lease where job_name = $1 for update
  )
  insert into bfd_host.lease as lease (job_name, boot_id, epoch, expires_at)
  -- Counting makes the old row be read before it is overwritten. The clock is the database's: hosts may disagree.
  select $1, $2, 1, now() + make_interval(secs => $3) from (select count(*) from held) as read
  on conflict (job_name) do update
     set boot_id = excluded.boot_id, run_id = null, attempt = null,
         epoch = lease.epoch + 1, claimed_at = now(), expires_at = excluded.expires_at
   where lease.expires_at <= clock_timestamp()
  returning lease.epoch::int8 as epoch, now() as claimed_at,
            (select run_id from held) as abandoned_run, (select attempt from held) as abandoned_attempt,
            (select claimed_at from held) as abandoned_at`;

/** Notes the run the lease is for. */
export const ASSIGN_LEASE = sql`
  update bfd_host.lease set run_id = $3, attempt = $4 where job_name = $1 and epoch = $2`;

/** One row while the lease is still ours. */
export const RENEW_LEASE = sql`
  update bfd_host.lease set expires_at = clock_timestamp() + make_interval(secs => $3)
   where job_name = $1 and epoch = $2 and expires_at > clock_timestamp()
  returning epoch`;

/** Ends it now. The row stays, and with it the epoch. */
export const RELEASE_LEASE = sql`
  update bfd_host.lease set expires_at = clock_timestamp(), run_id = null, attempt = null
   where job_name = $1 and epoch = $2`;
