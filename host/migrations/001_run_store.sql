-- What the host knows of its jobs and tells of their runs. Read by operators: see the views at the end.

create table bfd_host.host (
  boot_id     uuid primary key,
  version     text not null,
  jobs        text[] not null default '{}',
  started_at  timestamptz not null default now(),
  seen_at     timestamptz not null default now(),
  stopped_at  timestamptz
);
comment on table bfd_host.host is 'One row per start of a host.';

create table bfd_host.job (
  name                text primary key,
  -- The latest finished run. Gates read these, never the run table, whose rows are pruned.
  last_run_id         uuid,
  last_result         text,
  last_outcome        text,
  last_version        text,
  last_started_at     timestamptz,
  last_finished_at    timestamptz,
  last_error_code     text,
  last_error          text,
  last_work_at        timestamptz,
  -- Liveness of a job that mostly finds nothing.
  last_checked_at     timestamptz,
  nothing_to_do_streak bigint not null default 0,
  -- Why a run that is queued has not started.
  blocked_since       timestamptz,
  blocked_reason      text,
  -- When its process died lately, and since when it is quarantined for that. Null: it did not.
  crashes             jsonb
);
comment on table bfd_host.job is 'One row per job ever seen: how its latest run ended, and when it last looked for work.';

create table bfd_host.run (
  run_id           uuid not null,
  attempt          integer not null check (attempt >= 1),
  job_name         text not null,
  job_version      text not null,
  plugin           text not null,
  plugin_version   text not null,
  trigger          text not null,
  trigger_detail   text,
  boot_id          uuid not null,
  epoch            bigint not null,
  started_at       timestamptz not null,
  finished_at      timestamptz,
  result           text check (result in ('succeeded', 'failed', 'crashed', 'timed-out', 'cancelled', 'interrupted', 'lost')),
  outcome          text check (outcome in ('work-done', 'nothing-to-do')),
  version          text,
  counts           json not null default '{}', -- json and not jsonb: it keeps the order in which the job told them
  progress         jsonb,
  error_code       text,
  error            text,
  error_detail     jsonb,
  trace_id         text,
  primary key (run_id, attempt)
);
comment on table bfd_host.run is 'Runs that had work, and all that did not succeed. A run that found nothing leaves no row.';
create index run_by_job on bfd_host.run (job_name, started_at desc);
create index run_by_time on bfd_host.run (started_at desc);

create table bfd_host.fire (
  job_name      text not null,
  scheduled_at  timestamptz not null,
  run_id        uuid,
  coalesced     boolean not null default false,
  primary key (job_name, scheduled_at)
);
comment on table bfd_host.fire is 'The key that makes one run of one scheduled moment, however many hosts saw it.';

create table bfd_host.lease (
  job_name    text primary key,
  epoch       bigint not null,
  boot_id     uuid not null,
  run_id      uuid,
  attempt     integer,
  claimed_at  timestamptz not null default now(),
  expires_at  timestamptz not null
);
comment on table bfd_host.lease is 'Who may run a job now. The epoch rises at every claim: writes of an older one do not commit.';

create table bfd_host.checkpoint (
  job_name    text not null,
  key         text not null check (length(key) <= 200),
  value       jsonb not null,
  updated_at  timestamptz not null default now(),
  primary key (job_name, key)
);

-- The three functions below are all that a plugin's own role needs of this schema. They run as their owner.

create function bfd_host.fence(job text, epoch bigint) returns void
language plpgsql security definer set search_path = pg_catalog, bfd_host as $$
begin
  perform 1 from bfd_host.lease l
   where l.job_name = fence.job and l.epoch = fence.epoch and l.expires_at > clock_timestamp()
     for share;
  if not found then
    raise exception 'the lease of this run is lost' using errcode = 'BF001';
  end if;
end $$;

create function bfd_host.checkpoint_put(job text, epoch bigint, key text, value jsonb) returns void
language plpgsql security definer set search_path = pg_catalog, bfd_host as $$
begin
  perform bfd_host.fence(job, epoch);
  if value is null or value = 'null'::jsonb then
    delete from bfd_host.checkpoint c where c.job_name = job and c.key = checkpoint_put.key;
  else
    insert into bfd_host.checkpoint as c (job_name, key, value) values (job, checkpoint_put.key, checkpoint_put.value)
    on conflict on constraint checkpoint_pkey do update set value = excluded.value, updated_at = now();
  end if;
end $$;

create function bfd_host.checkpoint_get(job text, key text) returns jsonb
language sql stable security definer set search_path = pg_catalog, bfd_host as $$
  select c.value from bfd_host.checkpoint c where c.job_name = job and c.key = checkpoint_get.key;
$$;

create view bfd_host.last_runs as
select distinct on (job_name)
       job_name, result, outcome, started_at, finished_at, finished_at - started_at as duration,
       counts, error_code, error, run_id, attempt
  from bfd_host.run
 order by job_name, started_at desc, attempt desc;
comment on view bfd_host.last_runs is 'When did each job last run, how long did it take, and how did it end?';
