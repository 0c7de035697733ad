// What schedules will do in some days: how often each job fires, what clock changes have to do with it, and which jobs
// fire at the same moment.

import type { HostJob } from '../catalog/host-job.ts';
import { type ClockChangeFires, FirePlan } from './fire-plan.ts';

export interface JobAhead {
  readonly job: string;
  readonly cron: string;
  readonly timezone: string;
  /** How often in all. */
  readonly fires: number;
  readonly neverFires: boolean;
  /** The first few. */
  readonly next: readonly Date[];
  readonly clockChanges: readonly ClockChangeFires[];
}

/** Jobs that fire at the same moments. */
export interface Collision {
  readonly jobs: readonly string[];
  readonly times: number;
  readonly first: Date;
}

export interface PlanAhead {
  readonly from: Date;
  readonly until: Date;
  readonly jobs: readonly JobAhead[];
  readonly collisions: readonly Collision[];
}

type ScheduledJob = Pick<HostJob, 'name' | 'schedule' | 'state'>;

const SHOWN = 3;
/** A job that fires more often than this a day, every quarter of an hour, meets all others; that is no news. */
const OFTEN_PER_DAY = 96;
const DAY_MS = 86_400_000;

/** What enabled jobs on a schedule do after `from` up to and including `until`. */
export function planAhead(jobs: readonly ScheduledJob[], from: Date, until: Date): PlanAhead {
  const planned = jobs.flatMap(({ name, schedule, state }) =>
    schedule && state.kind === 'ready'
      ? [{ name, plan: new FirePlan(schedule.cron, schedule.timezone) }]
      : [],
  );
  return {
    from,
    until,
    jobs: planned.map(({ name, plan }) => jobAhead(name, plan, from, until)),
    collisions: collisionsOf(planned, from, until),
  };
}

function jobAhead(job: string, plan: FirePlan, from: Date, until: Date): JobAhead {
  const { cron, timezone, neverFires } = plan;
  return {
    job,
    cron,
    timezone,
    neverFires,
    fires: neverFires ? 0 : plan.count(from, until),
    next: neverFires
      ? []
      : plan
          .between(from, until)
          .take(SHOWN)
          .map(({ at }) => at)
          .toArray(),
    clockChanges: neverFires ? [] : plan.clockChanges(from, until).toArray(),
  };
}

function collisionsOf(
  planned: readonly { name: string; plan: FirePlan }[],
  from: Date,
  until: Date,
): Collision[] {
  const days = Math.max(1, (until.getTime() - from.getTime()) / DAY_MS);
  const seldom = planned.filter(
    ({ plan }) => !plan.neverFires && plan.count(from, until) / days <= OFTEN_PER_DAY,
  );
  const atMoment = new Map<number, string[]>();
  for (const { name, plan } of seldom) {
    for (const { at } of plan.between(from, until)) {
      const names = atMoment.get(at.getTime());
      if (names) names.push(name);
      else atMoment.set(at.getTime(), [name]);
    }
  }
  const collisions = new Map<string, { jobs: string[]; times: number; first: Date }>();
  for (const [moment, names] of [...atMoment].sort(([a], [b]) => a - b)) {
    if (names.length < 2) continue;
    const key = names.join(' ');
    const known = collisions.get(key);
    if (known) known.times++;
    else collisions.set(key, { jobs: names, times: 1, first: new Date(moment) });
  }
  return [...collisions.values()].sort((a, b) => b.times - a.times);
}
