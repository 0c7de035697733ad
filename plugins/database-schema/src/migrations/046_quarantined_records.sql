-- Ours, not the original's: records of RIF files that were left out because they are wrong (`"onRowError":
-- "quarantine"` of ccw-rif-load). Counted here rather than in a log: `raw` is row data, and only filled when the job's
-- `keepRaw` says so. Rows stay until somebody deletes them, or a corrected object is loaded under the same key.
create table ccw.quarantined_records (
  manifest_id    bigint not null references ccw.s3_manifest_files (manifest_id) on delete cascade,
  file_index     smallint not null,                     -- as s3_data_files.index
  object_etag    varchar(256) not null,                 -- of the object the record is in
  first_byte     bigint not null,                       -- offset in it, from 0
  last_byte      bigint not null,                       -- last one, included
  line           bigint not null,                       -- of the first problem, from 1
  column_name    varchar(64),                           -- as in the header; null if the whole row is concerned
  code           varchar(64) not null,                  -- what is wrong, for example BFD_RIF_DATE
  raw            bytea,                                 -- the bytes, up to 1 MiB of them
  quarantined_at timestamptz not null default now(),
  primary key (manifest_id, file_index, object_etag, first_byte)
);
