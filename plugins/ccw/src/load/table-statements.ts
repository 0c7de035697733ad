// The statements that load one type of record. Tables and columns come from the layout, which is part of this
// program, never from a file; values only ever travel as COPY data.

import type { FilePlan, RowPlan } from '../rif/file-plan.ts';

/** The statements of a type with a key. */
export interface TableStatements {
  readonly copyRecords: string;
  readonly copyChildren: string | undefined;
  /** Makes the empty temporary tables of this connection, if it has none. */
  readonly stage: string;
  readonly unstage: string;
  readonly copyStagedRecords: string;
  readonly copyStagedChildren: string | undefined;
  /** How many of the keys $1 are there. */
  readonly countKnown: string;
  /** Deletes the records with the keys $1, what belongs to them first. */
  readonly deleteKeys: readonly string[];
  /** Stores staged records whose key is new, with their children; leaves the others alone. */
  readonly insertStaged: string;
  /** Stores staged records, replacing those with the same key and all of their children. */
  readonly replaceStaged: readonly string[];
}

export function tableStatements(plan: FilePlan): TableStatements {
  const { layout, records, children } = plan;
  const [key] = layout.primaryKey ?? [];
  const stagedRecords = stageOf(records);
  const stagedChildren = children && stageOf(children);
  return {
    copyRecords: copyStatement(records.table, records),
    copyChildren: children && copyStatement(children.table, children),
    stage: [records, ...(children ? [children] : [])].map(createStage).join(';\n'),
    unstage: `truncate ${[stagedRecords, ...(stagedChildren ? [stagedChildren] : [])].join(', ')}`,
    copyStagedRecords: copyStatement(stagedRecords, records),
    copyStagedChildren: children && copyStatement(stageOf(children), children),
    countKnown: `select count(*)::int as known from ${records.table} where ${key} = any($1::bigint[])`,
    deleteKeys: [...(children ? [children] : []), records].map(
      ({ table }) => `delete from ${table} where ${key} = any($1::bigint[])`,
    ),
    insertStaged: insertStaged(key, records, children),
    replaceStaged: layout.lines
      ? [upsertStaged(key, records), ...replaceLines(layout.lines.parentKey, records, children)]
      : [upsertStaged(key, records)],
  };
}

/** A `COPY` of rows as both readers write them. */
export function copyStatement(table: string, { columns, emptyTextColumns }: RowPlan): string {
  const notNull = emptyTextColumns.length > 0 ? `, force_not_null (${emptyTextColumns})` : '';
  return `copy ${table} (${columns}) from stdin with (format csv, delimiter '|', null ''${notNull})`;
}

/**
 * That a key is one of those on the stage. Looked up one by one in the index, however the planner guesses: about temporary
 * tables it knows little, and joins them with a whole table instead, which then grows with what is stored.
 */
export function isStaged(key: string, records: RowPlan): string {
  return `${key} = any(array(select ${key} from ${stageOf(records)}))`;
}

/** The temporary table that stands before a table. */
export function stageOf({ table }: RowPlan): string {
  return `pg_temp.staged_${table.replace(/^ccw\./, '')}`;
}

function createStage(rows: RowPlan): string {
  const name = stageOf(rows).replace('pg_temp.', '');
  return `create temporary table if not exists ${name} (like ${rows.table}) on commit delete rows`;
}

function insertStaged(
  key: string | undefined,
  records: RowPlan,
  children: RowPlan | undefined,
): string {
  const insert = `
    insert into ${records.table} (${records.columns}, last_updated)
    select ${records.columns}, now() from ${stageOf(records)}
    on conflict (${key}) do nothing`;
  if (!children) return insert;
  return `
    with stored as (${insert} returning ${key})
    insert into ${children.table} (${children.columns})
    select ${children.columns.map((column) => `child.${column}`)}
      from ${stageOf(children)} child join stored on stored.${key} = child.${key}`;
}

function upsertStaged(key: string | undefined, records: RowPlan): string {
  return `
    insert into ${records.table} as stored (${records.columns}, last_updated)
    select ${records.columns}, now() from ${stageOf(records)}
    on conflict (${key}) do update set ${records.columns.map(assignment)}, last_updated = now()`;
}

// An identifier that stays the same keeps its hash, which may have been made with an earlier pepper or
// is still to be made ('' and null).
const KEPT_HASHES: Readonly<Record<string, string>> = {
  bene_crnt_hic_num: `case when stored.bene_crnt_hic_num <> '' and stored.hicn_unhashed is not distinct from excluded.hicn_unhashed
      then stored.bene_crnt_hic_num else excluded.bene_crnt_hic_num end`,
  mbi_hash: `case when stored.mbi_hash is not null and stored.mbi_num is not distinct from excluded.mbi_num
      then stored.mbi_hash else excluded.mbi_hash end`,
};

function assignment(column: string): string {
  return `${column} = ${KEPT_HASHES[column] ?? `excluded.${column}`}`;
}

function replaceLines(
  parentKey: string,
  records: RowPlan,
  children: RowPlan | undefined,
): readonly string[] {
  if (!children) return [];
  return [
    `delete from ${children.table} where ${isStaged(parentKey, records)}`,
    `insert into ${children.table} (${children.columns}) select ${children.columns} from ${stageOf(children)}`,
  ];
}
