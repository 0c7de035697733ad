-- Wide tables keep statistics only of the columns that an index holds.
--
-- PostgreSQL looks a table over whenever a tenth of it has changed, up to once a minute while it is loaded or its hashes
-- are made: 30,000 rows, each read from its beginning once for every column. For 263 columns that is eight seconds of a
-- core, for the two that queries look rows up by 0.07. Why and what it costs: docs/adr/0003-statistics-of-indexed-columns.md.

do $$
declare
  wide record;
begin
  for wide in
    select t.oid::regclass as name,
           string_agg(format('alter column %I set statistics 0', c.attname), ', ')
             filter (where not exists (select from pg_catalog.pg_index i
                                        where i.indrelid = t.oid and c.attnum = any (i.indkey))) as changes
      from pg_catalog.pg_class t
      join pg_catalog.pg_attribute c on c.attrelid = t.oid and c.attnum > 0 and not c.attisdropped
     where t.relnamespace in ('ccw'::regnamespace, 'rda'::regnamespace) and t.relkind = 'r'
     group by t.oid
    having count(*) > 30
  loop
    execute format('alter table %s %s', wide.name, wide.changes);
  end loop;
end
$$;
