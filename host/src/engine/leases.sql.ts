import { sql } from '../database/sql.ts';

/** One row, with the new epoch and whom it was taken from, if the lease is ours now; none while it is held, or its pool is full. */
export const CLAIM_LEASE = sql`select * from bfd_host.claim_lease($1, $2, $3, $4, $5)`;

/** The same with the first due run of a queue; no row if there is none either. */
export const CLAIM_RUN = sql`select * from bfd_host.claim_run($1, $2, $3, $4, $5, $6, $7)`;

/** The run that is under way and goes on, and in which epoch. */
export const HELD_FOR = sql`
  select run_id, epoch::int8 as epoch from bfd_host.lease
   where job_name = $1 and run_id is not null and cancel_asked_at is null and expires_at > clock_timestamp()`;

/** Notes the run the lease is for; one row while the lease is ours. */
export const ASSIGN_LEASE = sql`
  update bfd_host.lease set run_id = $3, attempt = $4, trigger = $5, trigger_detail = $6
   where job_name = $1 and epoch = $2 and expires_at > clock_timestamp()`;

/** What became of the run of the holder before is known. One row while the lease is ours. */
export const FORGET_ABANDONED = sql`
  update bfd_host.lease set run_id = null, attempt = null
   where job_name = $1 and epoch = $2 and expires_at > clock_timestamp()`;

/** One row while the lease is still ours, which also says whether somebody wants its run to stop. */
export const RENEW_LEASE = sql`
  update bfd_host.lease set expires_at = clock_timestamp() + make_interval(secs => $3)
   where job_name = $1 and epoch = $2 and expires_at > clock_timestamp()
  returning cancel_asked_at is not null as is_cancel_asked`;

/** Asks for the run of a lease to stop, whoever holds it. One row while there is such a run. */
export const ASK_CANCEL = sql`
  update bfd_host.lease set cancel_asked_at = coalesce(cancel_asked_at, clock_timestamp())
   where job_name = $1 and run_id = coalesce($2, run_id) and expires_at > clock_timestamp()
  returning run_id`;

/** Ends it now. A run that it was for was not recorded, and stays for the next holder to see. */
export const RELEASE_LEASE = sql`
  update bfd_host.lease set expires_at = clock_timestamp()
   where job_name = $1 and epoch = $2 and expires_at > clock_timestamp()`;
