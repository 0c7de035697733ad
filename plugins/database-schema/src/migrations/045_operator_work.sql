-- What a load has in hand, for the operator's page of the host: data sets, and the files that are part of each. Names,
-- states and numbers only; the form is that of host/docs/page.md.

create view ccw.operator_work (kind, name, part_of, state, done, total, unit, changed_at) as
select 'data set', m.s3_key, null, m.status,
       (select count(*) from ccw.s3_data_files f where f.manifest_id = m.manifest_id and f.status = 'COMPLETED'),
       (select count(*) from ccw.s3_data_files f where f.manifest_id = m.manifest_id),
       'files',
       coalesce(m.status_timestamp, m.discovery_timestamp)
  from ccw.s3_manifest_files m
union all
select 'file', f.file_name, m.s3_key, f.status, f.last_record_number, null, 'records',
       coalesce(f.status_timestamp, f.discovery_timestamp)
  from ccw.s3_data_files f join ccw.s3_manifest_files m using (manifest_id);
