-- A transaction that has stored a checkpoint holds the lease's row until it ends. So weakly that the lease can be renewed and
-- its run be cancelled meanwhile, and strongly enough that nobody else can claim it, who locks the row for update.

create or replace function bfd_host.fence(job text, epoch bigint) returns void
language plpgsql security definer set search_path = pg_catalog, bfd_host as $$
begin
  perform 1 from bfd_host.lease l
   where l.job_name = fence.job and l.epoch = fence.epoch and l.expires_at > clock_timestamp()
     for key share;
  if not found then
    raise exception 'the lease of this run is lost' using errcode = 'BF001';
  end if;
end $$;
