-- Claiming a run and recording its end, each as one statement: what a host asks of the database for each run is what limits
-- how many runs a second it sees through. Locks are taken in the order lease, job, run, ticket.

create function bfd_host.claim_lease(job text, boot uuid, ttl_seconds float8, pool_name text, pool_limit int)
returns table (epoch int8, claimed_at timestamptz,
               -- The run that the holder before left without recording its end.
               abandoned_run uuid, abandoned_attempt int, abandoned_at timestamptz, abandoned_boot uuid,
               abandoned_epoch int8, abandoned_trigger text, abandoned_detail text)
language plpgsql set lock_timeout = '5s' as $$
declare
  held bfd_host.lease;
begin
  if pool_name is not null then
    -- One after the other: two claims at once would both see the last place free.
    perform pg_advisory_xact_lock(hashtextextended('bfd_host.pool/' || pool_name, 0));
    if (select count(*) from bfd_host.lease l
         where l.pool = pool_name and l.job_name <> job and l.expires_at > clock_timestamp()) >= pool_limit then
      return;
    end if;
  end if;
  select * into held from bfd_host.lease l where l.job_name = job for update;
  -- The clock is the database's: hosts may disagree.
  return query
  insert into bfd_host.lease as l (job_name, boot_id, epoch, expires_at, pool)
  values (job, boot, 1, clock_timestamp() + make_interval(secs => ttl_seconds), pool_name)
  on conflict (job_name) do update
     -- The run it was for stays until somebody has recorded what became of it: the claimer may die first.
     set boot_id = excluded.boot_id, epoch = l.epoch + 1, claimed_at = clock_timestamp(),
         expires_at = clock_timestamp() + make_interval(secs => ttl_seconds), pool = excluded.pool,
         cancel_asked_at = null
   where l.expires_at <= clock_timestamp()
  returning l.epoch::int8, l.claimed_at, held.run_id, held.attempt, held.claimed_at, held.boot_id,
            held.epoch::int8, held.trigger, held.trigger_detail;
end $$;
comment on function bfd_host.claim_lease is
  'One row, with the new epoch and whom it was taken from, if the lease is the caller''s now; none while it is held, or its pool is full.';

create function bfd_host.is_known_run(queued jsonb, known_triggers text[]) returns boolean
language sql immutable as $$
  select coalesce(queued ->> 'runId' ~ '^[0-9a-f-]{36}$' and queued ->> 'attempt' ~ '^\d{1,9}$'
                  and queued -> 'trigger' ->> 'kind' = any(known_triggers), false)
$$;
comment on function bfd_host.is_known_run is 'Whether what a queue holds is a run as this version writes them.';

create function bfd_host.detail_of(trigger jsonb) returns text
language sql immutable as $$
  select coalesce(trigger ->> 'scheduledAt', trigger ->> 'upstream', trigger ->> 'requestedBy')
$$;
comment on function bfd_host.detail_of is 'What is told of a trigger beside its kind.';

create function bfd_host.claim_run(job text, boot uuid, ttl_seconds float8, pool_name text, pool_limit int,
                                   queue text, known_triggers text[])
returns table (epoch int8, claimed_at timestamptz, abandoned_run uuid, abandoned_attempt int, abandoned_at timestamptz,
               abandoned_boot uuid, abandoned_epoch int8, abandoned_trigger text, abandoned_detail text,
               ticket uuid, retry_count int, data jsonb, due_at timestamptz, is_unknown boolean)
language plpgsql set lock_timeout = '5s' as $$
#variable_conflict use_column
declare
  due record;
begin
  select * into epoch, claimed_at, abandoned_run, abandoned_attempt, abandoned_at, abandoned_boot, abandoned_epoch,
                abandoned_trigger, abandoned_detail
    from bfd_host.claim_lease(job, boot, ttl_seconds, pool_name, pool_limit);
  if not found then return; end if;
  -- The run of a holder that has just died comes first; what waits is looked at again after it.
  if abandoned_run is not null then return next; return; end if;

  -- As pg-boss fetches a job.
  select j.id, j.data as told into due from pgboss.job j
   where j.name = queue and j.state < 'active' and not j.blocked and j.start_after <= now()
   order by j.priority desc, j.created_on limit 1 for update skip locked;
  is_unknown := found and not bfd_host.is_known_run(due.told, known_triggers);
  if not found or is_unknown then
    -- Left as it is: a newer host may know the form.
    update bfd_host.lease l set expires_at = clock_timestamp() where l.job_name = job;
    if is_unknown then return next; end if;
    return;
  end if;
  update pgboss.job j
     set state = 'active', started_on = now(), heartbeat_on = now(),
         retry_count = case when j.started_on is not null then j.retry_count + 1 else j.retry_count end
   where j.name = queue and j.id = due.id
  returning j.id, j.retry_count, j.data, j.start_after into ticket, retry_count, data, due_at;
  update bfd_host.lease l
     -- What pg-boss retried by itself were runs of hosts that died: each was an attempt, too.
     set run_id = (data ->> 'runId')::uuid, attempt = (data ->> 'attempt')::int + retry_count,
         trigger = data -> 'trigger' ->> 'kind', trigger_detail = bfd_host.detail_of(data -> 'trigger')
   where l.job_name = job;
  return next;
end $$;
comment on function bfd_host.claim_run is
  'Claims a job''s lease and a place in its pool, takes its first due run out of the queue and notes which it is.';

create function bfd_host.is_due(queue text) returns boolean
language plpgsql stable as $$
begin
  return exists (select from pgboss.job j
                  where j.name = queue and j.state < 'active' and j.start_after <= now() and not j.blocked);
end $$;
comment on function bfd_host.is_due is 'Whether a run of the queue could be taken now.';

create function bfd_host.end_run(told jsonb, is_alone boolean, boot uuid, ttl_seconds float8, known_triggers text[])
returns table (is_written boolean, crashes jsonb, as_of timestamptz,
               -- The run that was claimed with it.
               epoch int8, claimed_at timestamptz, ticket uuid, retry_count int, data jsonb, due_at timestamptz)
language plpgsql set lock_timeout = '5s' as $$
#variable_conflict use_column
declare
  job text := told ->> 'job';
  id uuid := told ->> 'runId';
  try int := told ->> 'attempt';
  in_epoch int8 := told ->> 'epoch';
  result text := told ->> 'result';
  outcome text := told ->> 'outcome';
  queue text := told ->> 'queue';
  done uuid := told ->> 'ticket';
  is_paused boolean;
  is_taken boolean;
  ended timestamptz;
begin
  if is_alone then
    select j.paused_at is not null,
           j.crashes is null
             and not exists (select from bfd_host.host_job h where job = any(h.runs_after || h.reruns_after))
      into is_paused, is_written from bfd_host.job j where j.name = job;
    if not is_written then return next; return; end if;
    if boot is not null and not is_paused then
      select j.id, j.data, j.start_after, j.retry_count + (j.started_on is not null)::int
        into ticket, data, due_at, retry_count from pgboss.job j
       where j.name = queue and j.state < 'active' and not j.blocked and j.start_after <= now()
       order by j.priority desc, j.created_on limit 1;
      -- Left as it is: a newer host may know the form.
      if not bfd_host.is_known_run(data, known_triggers) then ticket := null; end if;
    end if;
  end if;

  -- In milliseconds, as a host tells when a run began: the next may begin in the same one, and not before the end of this.
  ended := date_trunc('milliseconds', clock_timestamp());
  if ticket is null then
    update bfd_host.lease l set expires_at = clock_timestamp(), run_id = null, attempt = null
     where l.job_name = job and l.epoch = in_epoch and l.expires_at > clock_timestamp();
  else
    update bfd_host.lease l
       set boot_id = boot, epoch = l.epoch + 1, claimed_at = clock_timestamp(), cancel_asked_at = null,
           expires_at = clock_timestamp() + make_interval(secs => ttl_seconds),
           run_id = (data ->> 'runId')::uuid, attempt = (data ->> 'attempt')::int + retry_count,
           trigger = data -> 'trigger' ->> 'kind', trigger_detail = bfd_host.detail_of(data -> 'trigger')
     where l.job_name = job and l.epoch = in_epoch and l.expires_at > clock_timestamp()
    returning l.epoch, l.claimed_at into epoch, claimed_at;
  end if;
  if not found then
    raise exception 'the lease of this run is lost' using errcode = 'BF001';
  end if;

  -- What gates read. Cancelled, interrupted and lost runs leave what the run before them left.
  if (told ->> 'isFinal')::boolean then
    update bfd_host.job j
       set last_run_id = id, last_result = result, last_outcome = outcome,
           last_version = coalesce(told ->> 'version', j.last_version),
           last_started_at = (told ->> 'startedAt')::timestamptz, last_finished_at = ended,
           last_error_code = told ->> 'errorCode', last_error = told ->> 'error',
           ran_with = told -> 'ranWith',
           last_success_at = case when result = 'succeeded' then ended else j.last_success_at end,
           last_work_at = case when outcome = 'work-done' then ended else j.last_work_at end,
           last_checked_at = ended,
           nothing_to_do_streak = case when outcome = 'nothing-to-do' then j.nothing_to_do_streak + 1 else 0 end,
           failure_streak = case when result = 'succeeded' then 0 else j.failure_streak + 1 end,
           blocked_since = null, blocked_reason = null
     where j.name = job
    returning j.crashes, now() into crashes, as_of;
  end if;

  if (told ->> 'isRecorded')::boolean then
    insert into bfd_host.run as r
           (run_id, attempt, job_name, job_version, plugin, plugin_version, trigger, trigger_detail, boot_id, epoch,
            started_at, trace_id, due_at, waited_for, finished_at, result, outcome, version, counts, error_code, error,
            error_detail, progress)
    values (id, try, job, told ->> 'jobVersion', told ->> 'plugin', told ->> 'pluginVersion', told ->> 'trigger',
            told ->> 'triggerDetail', (told ->> 'bootId')::uuid, in_epoch, (told ->> 'startedAt')::timestamptz,
            told ->> 'traceId', (told ->> 'dueAt')::timestamptz, told ->> 'waitedFor', ended, result,
            outcome, told ->> 'version', (told ->> 'counts')::json, told ->> 'errorCode', told ->> 'error',
            told -> 'errorDetail', told -> 'progress')
    on conflict (run_id, attempt) do update
       set finished_at = excluded.finished_at, result = excluded.result, outcome = excluded.outcome,
           version = excluded.version, counts = excluded.counts, error_code = excluded.error_code,
           error = excluded.error, error_detail = excluded.error_detail,
           progress = coalesce(excluded.progress, r.progress),
           -- An attempt that was interrupted went on here, and was not seen until now.
           job_version = excluded.job_version, plugin_version = excluded.plugin_version, boot_id = excluded.boot_id,
           epoch = excluded.epoch, started_at = excluded.started_at, trace_id = excluded.trace_id
     where r.epoch = excluded.epoch or r.epoch < excluded.epoch and r.result = 'interrupted';
  end if;

  -- As pg-boss completes a job, and as it fetches one. Completed is also one that it queued again meanwhile, because its host
  -- was too busy to touch it: who takes a run has the job's lease, so nobody else has taken it, and it must not run twice.
  if ticket is not null then
    with moved as (
      update pgboss.job j
         set state = case when j.id = ticket then 'active' else 'completed' end::pgboss.job_state,
             retry_count = case when j.id = ticket then end_run.retry_count else j.retry_count end,
             started_on = case when j.id = ticket then now() else j.started_on end,
             heartbeat_on = case when j.id = ticket then now() else j.heartbeat_on end,
             completed_on = case when j.id = ticket then j.completed_on else now() end,
             blocked = false, pending_dependencies = 0
       where j.name = queue and j.id = any(array[done, ticket])
         and case when j.id = ticket then j.state < 'active' and not j.blocked else j.state < 'completed' end
      returning j.id = ticket as is_next
    )
    select coalesce(bool_or(moved.is_next), false) into is_taken from moved;
    if not is_taken then
      -- Somebody cancelled it since it was found.
      update bfd_host.lease l set expires_at = clock_timestamp(), run_id = null, attempt = null where l.job_name = job;
      epoch := null;
    end if;
  elsif done is not null then
    update pgboss.job j set state = 'completed', completed_on = now(), blocked = false, pending_dependencies = 0
     where j.name = queue and j.id = done and j.state < 'completed';
  end if;
  is_written := true;
  return next;
end $$;
comment on function bfd_host.end_run is
  'Gives a lease back, and records how its run ended. With `is_alone`, writes nothing if more has to be written with it, and, for a job that waits for no other and shares no pool, `boot` keeps the lease for the next run of the job, if one is due: `epoch` tells.';
