// `run --after-work`: an orchestrator knows that a job comes after another one, and not whether that one did work. The
// database does, by the same facts from which a host that was away knows what it owes.

import { followed } from '../catalog/followed.ts';
import type { HostJob } from '../catalog/host-job.ts';
import type { Database } from '../database/database.ts';
import { sql } from '../database/sql.ts';

/** One row: whether there is work to follow, whether an earlier try of this run failed, and who has looked since. */
const WORK_TO_FOLLOW = sql`
  select clock_timestamp() as as_of,
         coalesce(bool_or(upstream.name = any($2)
                            and upstream.last_work_at > coalesce(follower.last_started_at, '-infinity')
                          or upstream.name = any($3)
                            and follower.ran_with ->> upstream.name <> upstream.last_version), false) as has_work,
         coalesce(bool_or(follower.last_run_id = $4 and follower.last_result <> 'succeeded'), false) as is_retry,
         count(upstream.name) filter (where upstream.last_checked_at >= $5) as looked
    from bfd_host.job follower
    left join bfd_host.job upstream on upstream.name = any($2::text[] || $3::text[])
   where follower.name = $1`;

export class WorkToFollow {
  readonly #database: Database;
  readonly #job: HostJob;
  readonly #runId: string;
  #since: Date | undefined;

  /** @param runId - of the run that would follow: a failed try of it still has its work to do */
  constructor(database: Database, job: HostJob, runId: string) {
    this.#database = database;
    this.#job = job;
    this.#runId = runId;
  }

  /**
   * `there`: a job that this one follows did work since this one last began. `none`: all of them have looked since the
   * first call, and found none. `not-yet`: one may still.
   */
  async look(): Promise<'there' | 'none' | 'not-yet'> {
    const { name } = this.#job;
    const { runsAfter, rerunsAfter } = followed(this.#job);
    const { rows } = await this.#database.pool.query<{
      as_of: Date;
      has_work: boolean;
      is_retry: boolean;
      looked: string;
    }>(WORK_TO_FOLLOW, [name, runsAfter, rerunsAfter, this.#runId, this.#since ?? null]);
    const [row] = rows;
    this.#since ??= row?.as_of;
    if (row?.has_work || row?.is_retry) return 'there';
    const upstreams = new Set([...runsAfter, ...rerunsAfter]).size;
    return Number(row?.looked ?? 0) >= upstreams ? 'none' : 'not-yet';
  }
}
