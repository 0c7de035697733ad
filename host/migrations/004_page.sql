-- What the page and the command line show beyond what a run needs.

alter table bfd_host.job
  -- Runs in a row that failed, crashed or took too long, up to now.
  add column failure_streak  bigint not null default 0;

alter table bfd_host.host
  -- Memory, job processes, address of its page, what it refused: as it said itself when it was last seen.
  add column status jsonb;

create table bfd_host.run_log (
  line_id  bigint generated always as identity,
  run_id   uuid not null,
  attempt  integer not null,
  at       timestamptz not null,
  level    text not null check (level in ('info', 'warn', 'error')),
  message  text not null,
  fields   json not null default '{}', -- json and not jsonb: it keeps their order
  primary key (run_id, attempt, line_id),
  foreign key (run_id, attempt) references bfd_host.run on delete cascade
);
comment on table bfd_host.run_log is
  'The last lines that each attempt of a run logged, of constants and checked values only. They go with the run.';

-- Lists of what did not succeed, among a million runs that did.
create index run_not_succeeded on bfd_host.run (started_at desc) where result <> 'succeeded';
create index run_not_succeeded_by_job on bfd_host.run (job_name, started_at desc) where result <> 'succeeded';
create index run_under_way on bfd_host.run (started_at desc) where result is null;

-- How many runs began in each hour and what came of them: a week of many jobs is read from some thousand rows.
create table bfd_host.run_hour (
  hour       timestamptz not null,
  job_name   text not null,
  succeeded  integer not null default 0,
  -- Failed, crashed or timed out.
  failed     integer not null default 0,
  -- Cancelled, interrupted or lost.
  other      integer not null default 0,
  primary key (hour, job_name)
);
comment on table bfd_host.run_hour is 'Recorded runs that came to an end, counted by the hour in which they began.';

create function bfd_host.count_run(job text, began timestamptz, ended_as text, by integer) returns void
language sql as $$
  insert into bfd_host.run_hour as h (hour, job_name, succeeded, failed, other)
  values (date_bin('1 hour', began, timestamptz '2000-01-01 00:00:00Z'), job,
          case when ended_as = 'succeeded' then by else 0 end,
          case when ended_as in ('failed', 'crashed', 'timed-out') then by else 0 end,
          case when ended_as in ('cancelled', 'interrupted', 'lost') then by else 0 end)
  on conflict (hour, job_name) do update
     set succeeded = h.succeeded + excluded.succeeded, failed = h.failed + excluded.failed, other = h.other + excluded.other;
$$;

-- An attempt that was interrupted goes on and ends once more: it is counted as it ended last.
create function bfd_host.count_runs() returns trigger
language plpgsql as $$
begin
  if tg_op = 'UPDATE' and old.result is not null then
    perform bfd_host.count_run(old.job_name, old.started_at, old.result, -1);
  end if;
  if new.result is not null then
    perform bfd_host.count_run(new.job_name, new.started_at, new.result, 1);
  end if;
  return null;
end $$;

create trigger count_runs after insert or update of result on bfd_host.run
  for each row execute function bfd_host.count_runs();

insert into bfd_host.run_hour
select date_bin('1 hour', started_at, timestamptz '2000-01-01 00:00:00Z'), job_name,
       count(*) filter (where result = 'succeeded'),
       count(*) filter (where result in ('failed', 'crashed', 'timed-out')),
       count(*) filter (where result in ('cancelled', 'interrupted', 'lost'))
  from bfd_host.run where result is not null
 group by 1, 2;
