-- Former hashes of identifiers, kept while pepper or iterations are being changed: readers that still hash with the
-- former settings find people by these. The fix-up jobs of plugin ccw fill and empty them; otherwise they are null, and
-- their indexes have no entry. `rda.mbi_cache.old_hash` is the same for the RDA loads.

alter table ccw.beneficiaries
  add column hicn_hash_old varchar(64),
  add column mbi_hash_old  varchar(64);
alter table ccw.beneficiaries_history
  add column hicn_hash_old varchar(64),
  add column mbi_hash_old  varchar(64);

create index if not exists beneficiaries_hicn_hash_old_idx
  on ccw.beneficiaries (hicn_hash_old) where hicn_hash_old is not null;
create index if not exists beneficiaries_mbi_hash_old_idx
  on ccw.beneficiaries (mbi_hash_old) where mbi_hash_old is not null;
create index if not exists beneficiaries_history_hicn_hash_old_idx
  on ccw.beneficiaries_history (hicn_hash_old) where hicn_hash_old is not null;
create index if not exists beneficiaries_history_mbi_hash_old_idx
  on ccw.beneficiaries_history (mbi_hash_old) where mbi_hash_old is not null;

-- A former hash belongs to the identifier it was made of. Whoever replaces the identifier, knowing of these columns or
-- not, leaves no hash by which the wrong person would be found.
create function ccw.forget_old_hashes() returns trigger language plpgsql as $$
begin
  if new.hicn_unhashed is distinct from old.hicn_unhashed then
    new.hicn_hash_old := null;
  end if;
  if new.mbi_num is distinct from old.mbi_num then
    new.mbi_hash_old := null;
  end if;
  return new;
end
$$;

-- The condition is checked without a call: a load pays nothing while there are no former hashes.
create trigger beneficiaries_forget_old_hashes
  before update of hicn_unhashed, mbi_num on ccw.beneficiaries
  for each row when (coalesce(old.hicn_hash_old, old.mbi_hash_old) is not null)
  execute function ccw.forget_old_hashes();

create trigger beneficiaries_history_forget_old_hashes
  before update of hicn_unhashed, mbi_num on ccw.beneficiaries_history
  for each row when (coalesce(old.hicn_hash_old, old.mbi_hash_old) is not null)
  execute function ccw.forget_old_hashes();
