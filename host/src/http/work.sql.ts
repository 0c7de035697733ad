import { sql } from '../database/sql.ts';

/** Which of schemas $1 have a view of what is in hand that this role may read. */
export const SCHEMAS = sql`
  select n.nspname as schema
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
   where c.relname = 'operator_work' and c.relkind = 'v' and n.nspname = any($1)
     and has_schema_privilege(n.oid, 'usage') and has_table_privilege(c.oid, 'select')
   order by n.nspname`;
