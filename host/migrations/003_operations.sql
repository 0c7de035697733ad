-- What operators ask of jobs, what each host has, and what tells later why a run waited.

alter table bfd_host.job
  add column paused_at timestamptz,
  add column paused_by text,
  add column last_success_at timestamptz,
  -- Versions of its dependencies when its latest finished run began: {"database-schema": "42"}.
  add column ran_with  jsonb not null default '{}';

alter table bfd_host.host
  add column machine     text,
  add column pid         integer,
  add column concurrency integer not null default 1;

create table bfd_host.host_job (
  boot_id         uuid not null references bfd_host.host on delete cascade,
  job_name        text not null,
  job_version     text not null,
  plugin          text not null,
  plugin_version  text not null,
  priority        integer not null,
  -- It is asked to run when one of these did work …
  runs_after      text[] not null,
  -- … and when one of these has another version than it last ran with.
  reruns_after    text[] not null,
  primary key (boot_id, job_name)
);
comment on table bfd_host.host_job is
  'Which jobs each host can run, and after what: a host asks for runs of jobs that only others have.';
create index host_job_by_job on bfd_host.host_job (job_name);

alter table bfd_host.lease
  -- The pool whose place it takes while it is held.
  add column pool            text,
  -- Why its run began.
  add column trigger         text,
  add column trigger_detail  text,
  add column cancel_asked_at timestamptz;

alter table bfd_host.run
  -- Since when it could have started, and what it waited for last.
  add column due_at     timestamptz,
  add column waited_for text;

create table bfd_host.action (
  action_id  bigint generated always as identity primary key,
  at         timestamptz not null default clock_timestamp(),
  action     text not null check (action in ('run', 'cancel', 'pause', 'resume', 'release', 'retry')),
  job_name   text not null,
  run_id     uuid,
  asked_by   text not null,
  via        text not null check (via in ('command', 'page'))
);
comment on table bfd_host.action is 'What people asked of jobs, when, and who.';
create index action_by_job on bfd_host.action (job_name, at desc);

create view bfd_host.job_health as
select j.name as job_name, j.last_result, j.last_outcome, j.last_version, j.last_started_at, j.last_finished_at,
       j.last_finished_at - j.last_started_at as last_duration, j.last_error_code, j.last_error,
       j.last_work_at, j.last_success_at, j.last_checked_at, j.nothing_to_do_streak,
       coalesce(l.expires_at > now() and l.run_id is not null, false) as is_running,
       j.paused_at, j.crashes ? 'openedAt' as is_quarantined, j.blocked_since, j.blocked_reason
  from bfd_host.job j left join bfd_host.lease l on l.job_name = j.name;
comment on view bfd_host.job_health is
  'How each job stands: its latest finished run, also one that found nothing, and what keeps it from running.';

create view bfd_host.failed_runs as
select job_name, result, started_at, finished_at, finished_at - started_at as duration, error_code, error,
       run_id, attempt, trace_id
  from bfd_host.run
 where result <> 'succeeded';
comment on view bfd_host.failed_runs is 'Runs that did not succeed, each attempt a row.';
