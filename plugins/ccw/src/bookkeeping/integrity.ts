// What foreign keys would have found, asked for what a data set has written. Keys at every row would make a load
// 1.6 times slower.

import { JobError, type Logger, type RunContext, safe } from '@bfd-host/sdk';
import type { LoadedFile } from '../load/load-file.ts';

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
  files: readonly LoadedFile[],
): Promise<void> {
  try {
    await ctx.transaction(async (tx) => {
      await tx.query(CHECK_TIMEOUT);
      for (const { childTable, keys } of files) {
        if (!childTable || !keys) continue;
        const child = childTable.replace(/^ccw\./, '');
        const range = [String(BigInt(keys.lowest)), String(BigInt(keys.highest))];
        const { rows } = await tx.query<{ orphans: number }>(COUNT_ORPHANS, [child, ...range]);
        const orphans = rows[0]?.orphans ?? 0;
        if (orphans === 0) continue;
        throw new JobError(
          'BFD_CCW_ORPHANS',
          'Table {table} has {orphans} rows without the record they belong to. Look at them in the view ccw.orphans, and whether anything else writes to these tables.',
          { table: safe.name(child), orphans },
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

const COUNT_ORPHANS = `
  select count(*)::int as orphans
    from (select from ccw.orphans where child = $1 and parent_id between $2::bigint and $3::bigint limit 1000) as orphan`;

const COUNT_MISSING_BENEFICIARIES = `
  select count(*)::int as missing
    from (select distinct unnest(string_to_array(batch.beneficiaries, ','))::bigint as bene_id
            from ccw.loaded_files file join ccw.loaded_batches batch using (loaded_file_id)
           where file.s3_manifest_id = $1) as concerned
   where not exists (select from ccw.beneficiaries known where known.bene_id = concerned.bene_id)`;
