// One job: why it runs or not, when it will, how long it took, and what people asked of it.

import type { HostJob } from '../catalog/host-job.ts';
import { FirePlan } from '../schedule/fire-plan.ts';
import { duration } from '../telemetry/words.ts';
import { askWhy } from '../why/ask-why.ts';
import type { ActionLine, JobDetail } from './api.ts';
import * as statements from './job-view.sql.ts';
import type { PageSources } from './page-sources.ts';

const SHOWN_FIRES = 8;
const SHOWN_RUNS = 200;
const SHOWN_MISSED = 10;
const SHOWN_ACTIONS = 10;
const YEAR_MS = 366 * 86_400_000;

export async function jobDetail(job: HostJob, sources: PageSources): Promise<JobDetail> {
  const { database, queue, store, hosts, setup } = sources;
  const { pool } = database;
  const { jobs, config } = setup;
  const [why, durations, missed, actions] = await Promise.all([
    askWhy(job, { database, queue, store, hosts, jobs, pools: config.pools }),
    pool.query(statements.DURATIONS, [job.name, SHOWN_RUNS]),
    pool.query(statements.MISSED, [job.name, SHOWN_MISSED]),
    readActions(sources, job.name, SHOWN_ACTIONS),
  ]);
  const now = new Date();
  return {
    now: now.toISOString(),
    why,
    fires: firesOf(job, now),
    settings: settingsOf(job),
    durations: durations.rows,
    missed: missed.rows,
    actions,
    followers: jobs
      .filter(({ dependsOn }) => dependsOn.some((dependency) => dependency.job === job.name))
      .map(({ name }) => name),
  };
}

/** The latest first. */
export async function readActions(
  { database }: PageSources,
  job: string | null,
  limit: number,
): Promise<ActionLine[]> {
  const { rows } = await database.pool.query(statements.ACTIONS, [job, limit]);
  return rows;
}

function firesOf({ schedule, state }: HostJob, now: Date): JobDetail['fires'] {
  if (!schedule || state.kind !== 'ready') return [];
  const plan = new FirePlan(schedule.cron, schedule.timezone);
  if (plan.neverFires) return [];
  return plan
    .between(now, new Date(now.getTime() + YEAR_MS))
    .take(SHOWN_FIRES)
    .map(({ at, clockChange }) => ({ at: at.toISOString(), clockChange: clockChange ?? null }))
    .toArray();
}

// Not `config`: what a job is configured with may be secret.
function settingsOf(job: HostJob): JobDetail['settings'] {
  const { schedule, startup, runAfter, dependsOn, retries, timeout, pool, priority } = job;
  const after = dependsOn.map((dependency) => dependency.job).join(', ');
  const rows: [string, string | undefined][] = [
    ['schedule', schedule && `${schedule.cron} in ${schedule.timezone}`],
    ['missed fires', schedule && MISSED_WORDS[schedule.missed]],
    ['at start', startup ? 'runs when a host starts' : undefined],
    ['after', runAfter && after !== '' ? `runs when ${after} did work` : undefined],
    [
      'retries',
      retries.limit === 0 ? 'none' : `${retries.limit}, from ${duration(retries.delayMs)} apart`,
    ],
    [
      'time-out',
      timeout && `${duration(timeout.softMs)}, killed after ${duration(timeout.hardMs)}`,
    ],
    ['pool', pool],
    ['priority', priority === 0 ? undefined : String(priority)],
    ['late after', job.successWithinMs === undefined ? undefined : duration(job.successWithinMs)],
  ];
  return rows.flatMap(([name, value]) => (value === undefined ? [] : [{ name, value }]));
}

const MISSED_WORDS = { latest: 'the latest one is run', skip: 'are left out' } as const;
