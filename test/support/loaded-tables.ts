// What a load leaves in the tables of records, to be compared with what another one left.

import type { Project } from './project.ts';

/** For each table of records, how many rows it has and a sum over all that is in them but for times of loading. */
export async function tableDigests({ database }: Project): Promise<Record<string, string>> {
  const { rows: tables } = await database.pool.query<{ table: string; columns: string }>(
    `select table_name as table, string_agg(format('%I', column_name), ', ' order by column_name) as columns
       from information_schema.columns
      where table_schema = 'ccw' and column_name not in ('last_updated', 'bene_history_id', 'seq_id', 'operation_ts', 'source_manifest_id')
        and table_name in (select tablename from pg_tables where schemaname = 'ccw')
        and table_name ~ '^(beneficiar|partd_events|(carrier|dme|hha|hospice|inpatient|outpatient|snf)_claim)'
      group by table_name`,
  );
  const digests: Record<string, string> = {};
  for (const { table, columns } of tables) {
    const { rows } = await database.pool.query<{ digest: string }>(
      `select count(*) || ' ' || coalesce(sum(hashtextextended(row(${columns})::text, 0)::numeric), 0) as digest
         from ccw.${table}`,
    );
    digests[table] = rows[0]?.digest ?? '';
  }
  return digests;
}

/** Takes out everything that was loaded, and that it was. */
export async function emptyTables({ database }: Project): Promise<void> {
  const { rows } = await database.pool.query<{ table: string }>(
    `select format('ccw.%I', tablename) as table from pg_tables
      where schemaname = 'ccw' and tablename <> 'schema_migration'`,
  );
  await database.pool.query(`truncate ${rows.map(({ table }) => table)}`);
}
