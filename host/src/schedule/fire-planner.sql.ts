import { sql } from '../database/sql.ts';

// $1 is the present where a statement has it: null for the database's clock.

/** What this host has each job's schedule to be. */
export const REGISTER_SCHEDULES = sql`
  insert into bfd_host.host_schedule (boot_id, job_name, cron, timezone)
  select $1, job_name, cron, timezone
    from unnest($2::text[], $3::text[], $4::text[]) as mine (job_name, cron, timezone)
  on conflict (boot_id, job_name) do nothing`;

/**
 * Makes the schedule of each job that of the live host that started last. A new or changed one starts now, and there is
 * something to decide at once: when it fires first. Touches no row that is right already.
 */
export const SETTLE_SCHEDULES = sql`
  with present as (select coalesce($1::timestamptz, clock_timestamp()) as at),
  wanted as (
    select distinct on (hs.job_name) hs.job_name, hs.cron, hs.timezone, present.at
      from present, bfd_host.host_schedule hs join bfd_host.host h using (boot_id)
     where hs.job_name = any($3) and h.stopped_at is null
       and (h.boot_id = $2 or h.seen_at > present.at - interval '30 seconds')
     order by hs.job_name, h.started_at desc, h.boot_id)
  insert into bfd_host.schedule as s (job_name, cron, timezone, planned_until, next_fire_at)
  select w.job_name, w.cron, w.timezone, w.at, w.at
    from wanted w left join bfd_host.schedule old using (job_name)
   where (old.cron, old.timezone) is distinct from (w.cron, w.timezone)
   order by w.job_name
  on conflict (job_name) do update
     set cron = excluded.cron, timezone = excluded.timezone, planned_until = excluded.planned_until,
         next_fire_at = excluded.next_fire_at, open_missed_id = null
   where (s.cron, s.timezone) is distinct from (excluded.cron, excluded.timezone)`;

/** Forgets schedules that no live host has any more: fires of a disabled job are not missed. */
export const FORGET_SCHEDULES = sql`
  with present as (select coalesce($1::timestamptz, clock_timestamp()) as at)
  delete from bfd_host.schedule s using present
   where s.job_name = any($3) and not exists (
     select from bfd_host.host_schedule hs join bfd_host.host h using (boot_id)
      where hs.job_name = s.job_name and h.stopped_at is null and h.boot_id <> $2
        and h.seen_at > present.at - interval '30 seconds')`;

/** One row with the time and, each in a list of names: jobs due, and jobs with a fire that is owed. */
export const LOOK = sql`
  with present as (select coalesce($1::timestamptz, clock_timestamp()) as at)
  select present.at as now,
         array(select s.job_name from bfd_host.schedule s
                where s.job_name = any($2) and s.next_fire_at <= present.at) as due,
         array(select s.job_name from bfd_host.schedule s
                where s.job_name = any($2) and s.owed_fire_at is not null) as owing
    from present`;

export const OWED_FIRES = sql`
  select job_name, owed_fire_at from bfd_host.schedule
   where job_name = any($1) and owed_fire_at is not null order by owed_fire_at, job_name`;

export const SETTLE_OWED = sql`
  update bfd_host.schedule s set owed_fire_at = null
    from unnest($1::text[], $2::timestamptz[]) as asked (job_name, at)
   where s.job_name = asked.job_name and s.owed_fire_at = asked.at`;

/** Locks what is due and nobody else is deciding on. Only schedules that are as this host has them. */
export const LOCK_DUE = sql`
  with present as materialized (select coalesce($1::timestamptz, clock_timestamp()) as at)
  select s.job_name, s.planned_until, s.open_missed_id::text as open_missed_id, present.at as now
    from present, bfd_host.schedule s
    join unnest($2::text[], $3::text[], $4::text[]) as mine (job_name, cron, timezone)
      on mine.job_name = s.job_name and mine.cron = s.cron and mine.timezone = s.timezone
   where s.next_fire_at <= present.at and s.owed_fire_at is null
   order by s.job_name
     for update of s skip locked`;

export const WRITE_DECISIONS = sql`
  update bfd_host.schedule s
     set planned_until = d.planned_until, next_fire_at = d.next_fire_at, owed_fire_at = d.owed_fire_at,
         open_missed_id = d.open_missed_id
    from unnest($1::text[], $2::timestamptz[], $3::timestamptz[], $4::timestamptz[], $5::bigint[])
         as d (job_name, planned_until, next_fire_at, owed_fire_at, open_missed_id)
   where s.job_name = d.job_name`;

export const NOTE_COALESCED = sql`
  insert into bfd_host.fire (job_name, scheduled_at, coalesced)
  select job_name, scheduled_at, true from unnest($1::text[], $2::timestamptz[]) as f (job_name, scheduled_at)
  on conflict (job_name, scheduled_at) do nothing`;

/** Prolongs the stretch $1 if it has the same reason, or begins another. One row: the stretch. */
export const NOTE_MISSED = sql`
  with prolonged as (
    update bfd_host.missed set last_fire_at = $4, fires = fires + $5, down_to = $8
     where missed_id = $1 and reason = $6
    returning *),
  begun as (
    insert into bfd_host.missed (job_name, first_fire_at, last_fire_at, fires, reason, down_from, down_to, noted_by)
    select $2, $3, $4, $5, $6, $7, $8, $9 where not exists (select from prolonged)
    returning *)
  select missed_id::text as missed_id, first_fire_at, fires::float8 as fires
    from (select * from prolonged union all select * from begun) stretch`;

/** Who was there at a moment: any host, one with the job, this host; or when the last one was seen before. */
export const WHO_WAS_THERE = sql`
  select coalesce(bool_or(is_there), false) as host, coalesce(bool_or(is_there and $2 = any(jobs)), false) as job,
         coalesce(bool_or(is_there and boot_id = $1), false) as self,
         max(last_sign) filter (where last_sign < $3) as last_sign
    from (select boot_id, jobs, coalesce(stopped_at, seen_at) as last_sign,
                 started_at <= $3 and (boot_id = $1 or coalesce(stopped_at, seen_at) >= $3) as is_there
            from bfd_host.host) h`;
