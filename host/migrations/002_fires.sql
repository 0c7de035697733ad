-- Schedules: up to when each was planned, and the fires that led to no run.

create table bfd_host.schedule (
  job_name        text primary key,
  cron            text not null,
  timezone        text not null,
  -- Every fire up to here was decided on: it became a run, was coalesced into one, or is part of a missed stretch.
  planned_until   timestamptz not null,
  -- When there is something to decide again; null: never.
  next_fire_at    timestamptz,
  -- A fire that is to become a run and was not asked for yet: the host that decided it may be gone.
  owed_fire_at    timestamptz,
  -- The missed stretch that goes on if the next fire is missed, too.
  open_missed_id  bigint
);
comment on table bfd_host.schedule is 'One row per job on a schedule: when it fires next.';

create table bfd_host.host_schedule (
  boot_id   uuid not null references bfd_host.host on delete cascade,
  job_name  text not null,
  cron      text not null,
  timezone  text not null,
  primary key (boot_id, job_name)
);
comment on table bfd_host.host_schedule is
  'What each host has a job''s schedule to be. Where they differ, the live host that started last decides.';
create index host_schedule_by_job on bfd_host.host_schedule (job_name);

create table bfd_host.missed (
  missed_id      bigint generated always as identity primary key,
  job_name       text not null,
  first_fire_at  timestamptz not null,
  last_fire_at   timestamptz not null,
  fires          bigint not null check (fires > 0),
  reason         text not null
                 check (reason in ('host-down', 'host-stalled', 'database-unreachable', 'job-not-loaded')),
  -- From when to when nobody looked, as far as known.
  down_from      timestamptz,
  down_to        timestamptz not null,
  noted_by       uuid not null
);
comment on table bfd_host.missed is 'Unbroken stretches of fires that led to no run.';
create index missed_by_job on bfd_host.missed (job_name, first_fire_at desc);
