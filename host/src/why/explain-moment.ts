// What became of one moment of a job's schedule: it led to a run, joined another, was missed and why, or was none.

/// <reference lib="esnext.temporal" />

import type { HostJob } from '../catalog/host-job.ts';
import type { Database } from '../database/database.ts';
import { BfdError } from '../errors.ts';
import { type Fire, FirePlan } from '../schedule/fire-plan.ts';
import { resultText } from '../telemetry/words.ts';
import type { Cause, Explanation } from './cause.ts';
import { explain, missedCause } from './explain.ts';
import { instant, when } from './when.ts';
import { FIRE_AT, MISSED_AT, RUN_OF_MOMENT } from './why-facts.sql.ts';
import type { MissedFacts, RecordedRun, WhyFacts } from './why-facts.ts';

/** A text that is no moment. */
class MomentError extends BfdError {
  readonly code = 'BFD_MOMENT';
  constructor(text: string) {
    super(
      `"${text}" is no moment. Write it as 2026-03-08T02:30 (in the time zone of the job's schedule) or, exactly, ` +
        'as 2026-03-08T07:30Z.',
    );
  }
}

/** What somebody means by a moment: a minute, or a second if seconds are given, of the zone's wall clock or exactly. */
interface Meant {
  readonly from: Date;
  readonly until: Date;
  /** The wall clock never showed it: it was put forward over it to show this. */
  readonly skippedUntil?: Date;
}

/**
 * @param text - an ISO time, with an offset, or else on the wall clock of the job's time zone
 * @throws BFD_MOMENT when it is none
 */
export async function explainMoment(
  job: HostJob,
  text: string,
  facts: WhyFacts,
  database: Database,
): Promise<Explanation> {
  const timezone = job.schedule?.timezone ?? 'UTC';
  const meant = parseMoment(text, timezone);
  if (!job.schedule || job.state.kind !== 'ready') return explain(job.name, facts);
  const plan = new FirePlan(job.schedule.cron, timezone);
  const [verdict, ...because] = await momentCauses(job, plan, meant, facts, database);
  if (!verdict) throw new RangeError('a moment has at least one cause');
  return { job: job.name, verdict, because };
}

async function momentCauses(
  job: HostJob,
  plan: FirePlan,
  meant: Meant,
  facts: WhyFacts,
  database: Database,
): Promise<Cause[]> {
  const { name } = job;
  const { from, until, skippedUntil } = meant;
  const wanted = skippedUntil ?? from;
  const end = skippedUntil ?? new Date(until.getTime() - 1);
  const [fire] = plan.between(new Date(wanted.getTime() - 1), end).take(1);
  if (!fire) return [notScheduled(name, plan, wanted)];
  const became = await whatBecameOf(job, fire, facts, database);
  if (!skippedUntil) return became;
  const skipped: Cause = {
    kind: 'clock-skipped',
    job: name,
    text: `the clock never showed that time: it was put forward over it, and the schedule came once, at ${instant(skippedUntil)}`,
  };
  return [skipped, ...became];
}

function notScheduled(job: string, plan: FirePlan, at: Date): Cause {
  const after = plan.next(at);
  const before = plan.last(new Date(at.getTime() - LOOK_BACK_MS), at);
  const fires = [
    before && `it fired before at ${instant(before)}`,
    after && `${before ? 'and' : 'it fires'} next at ${instant(after)}`,
  ].filter((part) => part !== undefined);
  return {
    kind: 'not-scheduled',
    job,
    text: [`its schedule, ${plan.cron} in ${plan.timezone}, does not fire then`, fires.join(' ')]
      .filter((part) => part !== '')
      .join(': '),
  };
}

const LOOK_BACK_MS = 366 * 86_400_000;

async function whatBecameOf(
  job: HostJob,
  { at }: Fire,
  facts: WhyFacts,
  { pool }: Database,
): Promise<Cause[]> {
  const { name } = job;
  if (at > facts.now) {
    return [{ kind: 'still-to-come', job: name, text: `it fires at ${when(at, facts.now)}` }];
  }
  const missed = await pool.query<MissedFacts>(MISSED_AT, [name, at]);
  const [stretch] = missed.rows;
  if (stretch) return [missedCause(name, stretch, facts.now)];
  const fires = await pool.query<{ runId: string | null; isCoalesced: boolean }>(FIRE_AT, [
    name,
    at,
  ]);
  const [fire] = fires.rows;
  if (!fire) return [undecided(name, at, facts)];
  const waiting = facts.waiting.some(
    ({ runId, job: owner }) => owner === name && runId === fire.runId,
  );
  if (waiting) {
    const { verdict, because } = explain(name, facts);
    return [verdict, ...because];
  }
  const runs = await pool.query<RecordedRun>(RUN_OF_MOMENT, [name, fire.runId, at]);
  return [fire.isCoalesced ? overlapped(name, runs.rows[0]) : ledToRun(name, runs.rows[0])];
}

function undecided(job: string, at: Date, { schedules, now }: WhyFacts): Cause {
  const plannedUntil = schedules.get(job)?.plannedUntil;
  if (plannedUntil && at > plannedUntil) {
    return {
      kind: 'not-decided',
      job,
      text: `no host has looked at the schedule since ${when(plannedUntil, now)}; the next one that starts decides`,
      remedy: '`bfd-host start`',
    };
  }
  return {
    kind: 'no-record',
    job,
    text: 'nothing is recorded of that moment: the job was not on this schedule then, or it is more than two days ago and its run found nothing to do',
  };
}

function overlapped(job: string, run: RecordedRun | undefined): Cause {
  const which = run ? `, run ${run.runId}, which began at ${instant(run.startedAt)}` : '';
  return {
    kind: 'overlapped',
    job,
    text: `a run was asked for already and serves this fire as well${which}: a job never overlaps itself`,
  };
}

function ledToRun(job: string, run: RecordedRun | undefined): Cause {
  if (!run) {
    return {
      kind: 'led-to-run',
      job,
      text: 'it led to a run that found nothing to do, of which no record is kept',
    };
  }
  const { runId, startedAt, dueAt, waitedFor, result, errorCode } = run;
  const lateMs = dueAt ? startedAt.getTime() - dueAt.getTime() : 0;
  const late = lateMs >= LATE_MS ? ` after waiting (${waitedFor ?? 'for its turn'})` : '';
  const ended = result === null ? 'which is going on' : `which ${resultText(result)}`;
  const error = errorCode === null ? '' : ` (${errorCode})`;
  return {
    kind: 'led-to-run',
    job,
    text: `it led to run ${runId}, begun at ${instant(startedAt)}${late}, ${ended}${error}`,
  };
}

const LATE_MS = 5000;

function parseMoment(text: string, timezone: string): Meant {
  const exact = /(Z|[+-]\d\d:?\d\d)$/i.test(text);
  const lengthMs = /T\d\d:\d\d(Z|[+-]|$)/i.test(text) ? 60_000 : 1000;
  try {
    if (exact) {
      const from = new Date(Temporal.Instant.from(text).epochMilliseconds);
      return { from, until: new Date(from.getTime() + lengthMs) };
    }
    const wall = Temporal.PlainDateTime.from(text);
    const zoned = wall.toZonedDateTime(timezone, { disambiguation: 'earlier' });
    const from = new Date(zoned.epochMilliseconds);
    if (zoned.toPlainDateTime().equals(wall)) {
      return { from, until: new Date(from.getTime() + lengthMs) };
    }
    // Skipped: "earlier" then lies before the change, by as much as the clock was put forward.
    const change = zoned.getTimeZoneTransition('next');
    if (!change) throw new RangeError('a gap without a change of the clock');
    return { from, until: from, skippedUntil: new Date(change.epochMilliseconds) };
  } catch {
    throw new MomentError(text);
  }
}
