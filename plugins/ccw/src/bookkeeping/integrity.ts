// What foreign keys would have found, asked for what a data set has merged into rows that were there. Keys at every row
// would make a load 1.6 times slower. What was all new needs no question: a claim and its lines were stored together, in
// a transaction that found none of their keys.

import { RIF_LAYOUTS, type RifType } from '@bfd-host/rif';
import { JobError, type Logger, type RunContext, safe } from '@bfd-host/sdk';
import type { LoadedType } from '../load/load-type.ts';
import { childTableOf } from '../rif/file-plan.ts';

/** A range of keys can span far more rows than were loaded. The check then gives up and says so. */
const CHECK_TIMEOUT = "set local statement_timeout = '120s'";
const QUERY_CANCELED = '57014';

/**
 * @throws JobError `BFD_CCW_ORPHANS` when lines have no claim or months no beneficiary, which no correct load leaves
 */
export async function checkIntegrity(
  ctx: RunContext,
  log: Logger,
  manifestId: string,
  loaded: readonly LoadedType[],
): Promise<void> {
  try {
    await ctx.transaction(async (tx) => {
      await tx.query(CHECK_TIMEOUT);
      const ranges = loaded.flatMap(({ type, merged }) =>
        merged.map((keys) => ({ type, ...keys })),
      );
      for (const { type, lowest, highest } of ranges) {
        const { childTable, query } = countOrphans(type);
        const range = [String(BigInt(lowest)), String(BigInt(highest))];
        const { rows } = await tx.query<{ orphans: number }>(query, range);
        const orphans = rows[0]?.orphans ?? 0;
        if (orphans === 0) continue;
        throw new JobError(
          'BFD_CCW_ORPHANS',
          'Table {table} has {orphans} rows without the record they belong to. Look at them in the view ccw.orphans, and whether anything else writes to these tables.',
          { table: safe.name(childTable), orphans },
        );
      }
      const { rows } = await tx.query<{ missing: number }>(COUNT_MISSING_BENEFICIARIES, [
        manifestId,
      ]);
      const missing = rows[0]?.missing ?? 0;
      if (missing > 0)
        log.warn('records refer to beneficiaries that are not stored', { beneficiaries: missing });
    });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === QUERY_CANCELED)) throw error;
    ctx.signal.throwIfAborted();
    log.warn('integrity not checked: it would take too long', {});
  }
}

// Both tables by their range, so that neither is read as a whole. The names come from the layout.
function countOrphans(type: RifType): { childTable: string; query: string } {
  const layout = RIF_LAYOUTS[type];
  const { table, primaryKey: [key] = [] } = layout;
  const childTable = childTableOf(layout) ?? table;
  const query = `
  select count(*)::int as orphans
    from (select from ${childTable} child
           where ${key} between $1::bigint and $2::bigint
             and not exists (select from ${table} parent
                              where parent.${key} = child.${key}
                                and parent.${key} between $1::bigint and $2::bigint)
           limit 1000) as orphan`;
  return { childTable, query };
}

const COUNT_MISSING_BENEFICIARIES = `
  select count(*)::int as missing
    from (select distinct unnest(string_to_array(batch.beneficiaries, ','))::bigint as bene_id
            from ccw.loaded_files file join ccw.loaded_batches batch using (loaded_file_id)
           where file.s3_manifest_id = $1 and file.rif_type <> 'BENEFICIARY') as concerned
   where not exists (select from ccw.beneficiaries known where known.bene_id = concerned.bene_id)`;
