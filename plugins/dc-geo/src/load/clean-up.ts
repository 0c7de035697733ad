/** Deletes what is too old to be wanted: claims, and faulty messages that are settled. */

import type { Load } from './rda-load.ts';

export async function cleanUp(
  load: Pick<Load, 'config' | 'counts' | 'ctx' | 'db' | 'deadLetters' | 'log' | 'sink'>,
): Promise<void> {
  await deleteOldClaims(load);
  await deleteExpiredLetters(load);
}

async function deleteOldClaims({
  config,
  counts,
  ctx,
  db,
  log,
  sink,
}: Pick<Load, 'config' | 'counts' | 'ctx' | 'db' | 'log' | 'sink'>): Promise<void> {
  const { cleanup } = config;
  if (!cleanup) return;
  const { hasOldClaims, deleteOldClaims } = sink.statements;
  // Asked first: a run that finds nothing must not look as if it had work.
  const { rows } = await db.query<{ hasOld: boolean }>(hasOldClaims);
  if (!rows[0]?.hasOld) return;
  const transactions = Math.floor(cleanup.runSize / cleanup.transactionSize);
  for (let done = 0; done < transactions; done++) {
    ctx.signal.throwIfAborted();
    const { rowCount } = await ctx.transaction((tx) =>
      tx.query(deleteOldClaims, [cleanup.transactionSize]),
    );
    if (!rowCount) break;
    counts.cleanedUp += rowCount;
  }
  log.info('old claims were deleted', { claims: counts.cleanedUp });
}

async function deleteExpiredLetters({
  config,
  counts,
  ctx,
  deadLetters,
  log,
}: Pick<Load, 'config' | 'counts' | 'ctx' | 'deadLetters' | 'log'>): Promise<void> {
  const { errorExpireDays: days } = config;
  if (days === undefined || !(await deadLetters.hasExpired(days))) return;
  counts.expired = await ctx.transaction((tx) => deadLetters.deleteExpired(tx, days));
  log.info('settled faulty messages were deleted', { messages: counts.expired });
}
