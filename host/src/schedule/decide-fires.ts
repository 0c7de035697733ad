// What becomes of the fires that have come due since a job was last planned. Nothing here waits, asks or writes:
// whoever decides for the same stretch decides the same.

import { hash } from 'node:crypto';
import type { HostJob } from '../catalog/host-job.ts';
import type { FirePlan } from './fire-plan.ts';

/** A job on a schedule, with its plan. */
export interface PlannedJob {
  readonly name: string;
  readonly priority: number;
  readonly schedule: NonNullable<HostJob['schedule']>;
  readonly plan: FirePlan;
}

export interface FireDecision {
  /** Up to here everything is decided. */
  readonly plannedUntil: Date;
  /** The fire that becomes a run. */
  readonly run?: Date;
  /** Fires that were due together with it: one run serves all. */
  readonly coalesced: readonly Date[];
  /** Fires that are too late. All lie before `run`. */
  readonly missed?: { readonly first: Date; readonly last: Date; readonly fires: number };
  /** When there is something to decide again; absent: never. */
  readonly nextDueAt?: Date;
}

/**
 * How late a fire still counts as on time. Long enough for a host to be restarted, or for the database to fail over,
 * without anything having been missed.
 */
export const ON_TIME_MS = 60_000;

/** Decides on the fires in (`plannedUntil`, `now`]; both by the database's clock. */
export function decideFires(job: PlannedJob, plannedUntil: Date, now: Date): FireDecision {
  const { plan, schedule } = job;
  const until = dueUntil(job, plannedUntil, now);
  const onTimeFrom = clamp(now.getTime() - ON_TIME_MS - schedule.jitterMs, plannedUntil, until);
  const onTime = Array.from(plan.between(onTimeFrom, until), ({ at }) => at);
  const lateToRun = schedule.missed === 'latest' ? plan.last(plannedUntil, onTimeFrom) : undefined;
  const run = onTime.pop() ?? lateToRun;
  const missedUntil = run !== undefined && run <= onTimeFrom ? before(run) : onTimeFrom;
  const missed = stretchOf(plan, plannedUntil, missedUntil);
  const nextDueAt = dueAfter(job, until);
  return {
    plannedUntil: until,
    ...(run ? { run } : {}),
    coalesced: onTime,
    ...(missed ? { missed } : {}),
    ...(nextDueAt ? { nextDueAt } : {}),
  };
}

/** When the first fire after `moment` is due; none if there is never one again. */
export function dueAfter(job: PlannedJob, moment: Date): Date | undefined {
  const next = job.plan.next(moment);
  return next && dueAt(job, next);
}

// A fire is put off by its jitter. It is made of job and moment, so that every host comes to the same.
function dueAt({ name, schedule }: PlannedJob, fire: Date): Date {
  if (schedule.jitterMs === 0) return fire;
  const digest = hash('sha256', `${name}/${fire.toISOString()}`, 'buffer');
  return new Date(fire.getTime() + (digest.readUInt32BE() / 2 ** 32) * schedule.jitterMs);
}

// Fires are decided on in their order, up to the first that is not due yet.
function dueUntil(job: PlannedJob, plannedUntil: Date, now: Date): Date {
  const surelyDue = clamp(now.getTime() - job.schedule.jitterMs, plannedUntil, now);
  const notDue = job.plan.between(surelyDue, now).find(({ at }) => dueAt(job, at) > now);
  return notDue ? before(notDue.at) : surelyDue > now ? surelyDue : now;
}

function stretchOf(plan: FirePlan, after: Date, until: Date): FireDecision['missed'] {
  const last = plan.last(after, until);
  const first = last && plan.next(after);
  return first && last && { first, last, fires: plan.count(after, until) };
}

function before(moment: Date): Date {
  return new Date(moment.getTime() - 1);
}

// Never before `least`, even where that is after `most`: what was decided stays decided.
function clamp(time: number, least: Date, most: Date): Date {
  return new Date(Math.max(least.getTime(), Math.min(time, most.getTime())));
}
