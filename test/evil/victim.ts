// The well-behaved job that runs beside the faults, every second, and what became of its fires.

import type pg from 'pg';
import { jobSource } from '../support/project.ts';

export const VICTIM = 'victim';

export const VICTIM_SOURCE = jobSource({
  name: VICTIM,
  declared: "schedule: { cron: '* * * * * *' }",
  body: 'ctx.workStarts(); return workDone({ counts: { ticks: 1 } });',
});

/** A stretch of time by the database's clock. */
export interface Stretch {
  readonly from: Date;
  readonly to: Date;
}

export interface VictimFires {
  readonly fires: number;
  /** Seconds of which nobody knows, or which led to no run. */
  readonly missed: number;
  /** Fires that became a run that is not recorded, or did not succeed. */
  readonly unrecorded: number;
  /** How long after its second each run began; of a fire that joined a later run, that one. In milliseconds. */
  readonly delaysMs: readonly number[];
}

// A second counts if it begins in the stretch. A fire that came while its predecessor ran joins the run after it.
const FIRES = `
  select second, f.job_name is null as is_missed,
         f.job_name is not null and not f.coalesced and r.result is distinct from 'succeeded' as is_unrecorded,
         extract(epoch from coalesce(r.started_at, later.started_at) - second) * 1000 as delay_ms
    from generate_series(date_trunc('second', $2::timestamptz) + interval '1 second', $3, interval '1 second') second
         left join bfd_host.fire f on f.job_name = $1 and f.scheduled_at = second
         left join bfd_host.run r on r.run_id = f.run_id
         left join lateral (select started_at from bfd_host.run
                             where job_name = $1 and started_at >= second
                             order by started_at limit 1) later on true`;

const MISSED = `
  select coalesce(sum(fires), 0)::int as count from bfd_host.missed
   where job_name = $1 and first_fire_at <= $3 and last_fire_at >= $2`;

/** Look only when the victim has run once more after the stretch. */
export async function victimFires(pool: pg.Pool, { from, to }: Stretch): Promise<VictimFires> {
  const { rows } = await pool.query(FIRES, [VICTIM, from, to]);
  const told = await pool.query(MISSED, [VICTIM, from, to]);
  return {
    fires: rows.length,
    missed: Math.max(told.rows[0].count, rows.filter((row) => row.is_missed).length),
    unrecorded: rows.filter((row) => row.is_unrecorded).length,
    delaysMs: rows.flatMap((row) => (row.delay_ms === null ? [] : [Number(row.delay_ms)])),
  };
}
