/** Statements on `rda.rda_api_progress`: how far each type of claims is. */

/** $1 claim type. Decimal text; no row before the first claim. */
export const READ_PROGRESS = `
  select last_sequence_number::text as "lastSequence" from rda.rda_api_progress where claim_type = $1`;

/** $1 claim type, $2 sequence number. Never back, since transactions may end in another order than they began. */
export const ADVANCE_PROGRESS = `
  insert into rda.rda_api_progress as stored (claim_type, last_sequence_number)
  values ($1, $2)
  on conflict (claim_type) do update
     set last_sequence_number = greatest(stored.last_sequence_number, excluded.last_sequence_number),
         last_updated = now()`;

/** $1 claim type, $2 sequence number. Back to where a run was told to begin. */
export const REWIND_PROGRESS = `
  update rda.rda_api_progress set last_sequence_number = $2, last_updated = now()
   where claim_type = $1 and last_sequence_number > $2`;
