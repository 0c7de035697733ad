// Which staged updates change anything. Rows that are stored just so are left alone: writing them again would cost half
// as much again as loading them anew, and tell readers of a change where there is none.

import type { FilePlan, RowPlan } from '../rif/file-plan.ts';
import { isStaged, stageOf } from './table-statements.ts';

export interface ChangedStatements {
  /** Makes the empty table of this connection that they are noted in, if it has none. */
  readonly create: string;
  readonly empty: string;
  /** Notes the keys of staged records that are not stored just so, with just those lines. */
  readonly find: string;
  /** Takes all others off the stage. */
  readonly keep: readonly string[];
}

/** @returns nothing for types whose updates do more than replace rows: beneficiaries, and their history */
export function changedStatements({
  layout,
  records,
  children,
  monthly,
}: FilePlan): ChangedStatements | undefined {
  const [key] = layout.primaryKey ?? [];
  if (!key || monthly) return undefined;
  const changed = `pg_temp.changed_${records.table.replace(/^ccw\./, '')}`;
  const unchanged = (rows: RowPlan) => `
    delete from ${stageOf(rows)} staged
     where not exists (select from ${changed} changed where changed.${key} = staged.${key})`;
  return {
    create: `
      create temporary table if not exists ${changed.replace('pg_temp.', '')} (${key} bigint not null)
        on commit delete rows`,
    empty: `truncate ${changed}`,
    find: `
      insert into ${changed}
      select staged.${key}
        from ${stageOf(records)} staged
        left join (select * from ${records.table} where ${isStaged(key, records)}) stored on stored.${key} = staged.${key}
       where ${differ(records)}
      ${children && layout.lines ? `union ${changedLines(key, layout.lines.lineNumber, records, children)}` : ''}`,
    keep: [records, ...(children ? [children] : [])].map(unchanged),
  };
}

/** Also lines that are stored and do not come again. */
function changedLines(key: string, number: string, records: RowPlan, children: RowPlan): string {
  return `
    select coalesce(staged.${key}, stored.${key})
      from ${stageOf(children)} staged
      full join (select ${key}, ${number}, line as whole from ${children.table} line
                  where ${isStaged(key, records)}) stored
        on stored.${key} = staged.${key} and stored.${number} = staged.${number}
     where stored.${key} is null or staged.${key} is null or stored.whole *<> staged`;
}

// Rows are compared as they are stored, byte by byte: value by value takes ten times as long. What is equal and stored
// otherwise counts as changed, which does no harm. Lines are compared as whole rows of their tables, at a quarter of the
// cost: the stage has the same columns. Records have one that no file brings, `last_updated`.
function differ({ columns }: RowPlan): string {
  const rowOf = (table: string) => `row(${columns.map((column) => `${table}.${column}`)})::record`;
  return `not (${rowOf('stored')} *= ${rowOf('staged')})`;
}
