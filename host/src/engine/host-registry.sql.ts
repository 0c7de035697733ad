import { sql } from '../database/sql.ts';

export const REGISTER_HOST = sql`
  insert into bfd_host.host (boot_id, version, jobs, machine, pid, concurrency) values ($1, $2, $3, $4, $5, $6)`;

export const REGISTER_HOST_JOBS = sql`
  insert into bfd_host.host_job (boot_id, job_name, job_version, plugin, plugin_version, priority, runs_after, reruns_after)
  select $1, job ->> 'name', job ->> 'version', job ->> 'plugin', job ->> 'pluginVersion', (job ->> 'priority')::int,
         array(select jsonb_array_elements_text(job -> 'runsAfter')),
         array(select jsonb_array_elements_text(job -> 'rerunsAfter'))
    from jsonb_array_elements($2::jsonb) as job`;

export const REGISTER_JOBS = sql`
  insert into bfd_host.job (name) select unnest($1::text[]) on conflict (name) do nothing`;

export const SEE_HOST = sql`update bfd_host.host set seen_at = now(), status = coalesce($2, status) where boot_id = $1`;

export const STOP_HOST = sql`
  update bfd_host.host set seen_at = now(), stopped_at = now() where boot_id = $1`;

/** Jobs of hosts that live, which the end of a run of job $1 gives a reason to run: $2, it did work. */
export const FOLLOWERS = sql`
  select hj.job_name, max(hj.priority) as priority
    from bfd_host.host_job hj
    join bfd_host.host h using (boot_id)
    join bfd_host.job upstream on upstream.name = $1
    join bfd_host.job follower on follower.name = hj.job_name
   where h.stopped_at is null and h.seen_at > now() - interval '30 seconds'
     and ($2 and $1 = any(hj.runs_after)
          or $1 = any(hj.reruns_after) and follower.ran_with ->> $1 <> upstream.last_version)
   group by hj.job_name order by hj.job_name`;

/** The jobs among these of this host whose reason to run came while no host that lived had them. */
export const OWED_FOLLOWERS = sql`
  select distinct on (hj.job_name) hj.job_name, hj.priority, upstream.name as upstream
    from bfd_host.host_job hj
    join bfd_host.job follower on follower.name = hj.job_name
    join bfd_host.job upstream on upstream.name = any(hj.runs_after || hj.reruns_after)
   where hj.boot_id = $1
     and (upstream.name = any(hj.runs_after)
            and upstream.last_work_at > coalesce(follower.last_started_at, '-infinity')
          or upstream.name = any(hj.reruns_after)
            and follower.ran_with ->> upstream.name <> upstream.last_version)
   order by hj.job_name, upstream.last_work_at desc nulls last`;

export const LIST_HOSTS = sql`
  select h.boot_id, h.version, h.machine, h.pid, h.concurrency, h.jobs, h.started_at, h.seen_at, h.stopped_at, h.status,
         h.stopped_at is null and h.seen_at > now() - interval '30 seconds' as is_alive,
         array(select l.job_name from bfd_host.lease l
                where l.boot_id = h.boot_id and l.expires_at > now() order by l.job_name) as running,
         coalesce((select jsonb_object_agg(plugin, plugin_version) from bfd_host.host_job hj
                    where hj.boot_id = h.boot_id), '{}') as plugins
    from bfd_host.host h
   where $1 or h.stopped_at is null and h.seen_at > now() - interval '30 seconds'
   order by h.started_at desc
   limit $2`;
