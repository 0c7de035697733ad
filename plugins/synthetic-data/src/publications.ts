/**
 * What this job remembers of the data sets it published, so that each is published once, under one
 * timestamp, and no two have an id in common.
 */

import { createHash } from 'node:crypto';
import { type RunContext, z } from '@bfd-host/sdk';
import type { SyntheticDataConfig } from './config.ts';
import { FIRST_NUMBERS, type Numbers } from './generator.ts';

const numbersSchema = z.strictObject({
  beneficiary: z.int(),
  claim: z.int(),
  claimGroup: z.int(),
  pde: z.int(),
  carrierControl: z.int(),
  fiscalControl: z.int(),
});

const publicationSchema = z.strictObject({
  timestamp: z.string(),
  start: numbersSchema,
  isPublished: z.boolean(),
});

/** A data set that was published, or is being so. */
export type Publication = z.infer<typeof publicationSchema>;

const NEXT_NUMBERS = 'next-numbers';

/** Says that a publication began, before anything of it is written. */
export async function noteStart(
  ctx: RunContext,
  config: SyntheticDataConfig,
  publication: Publication,
  next: Numbers,
): Promise<void> {
  await ctx.checkpoint(keyOf(config), publication);
  // A run that was interrupted here comes back, and may find that others have gone on meanwhile.
  const known = await nextNumbers(ctx);
  if (next.beneficiary < known.beneficiary) await ctx.checkpoint(NEXT_NUMBERS, { ...next });
}

export async function noteEnd(
  ctx: RunContext,
  config: SyntheticDataConfig,
  publication: Publication,
): Promise<void> {
  await ctx.checkpoint(keyOf(config), { ...publication, isPublished: true });
}

/** The publication of the data set that this configuration describes, if there was one. */
export async function findPublication(
  ctx: RunContext,
  config: SyntheticDataConfig,
): Promise<Publication | undefined> {
  const stored = await ctx.checkpoint(keyOf(config));
  return stored === undefined ? undefined : publicationSchema.parse(stored);
}

/** The numbers that no data set has had yet. */
export async function nextNumbers(ctx: RunContext): Promise<Numbers> {
  const stored = await ctx.checkpoint(NEXT_NUMBERS);
  return stored === undefined ? FIRST_NUMBERS : numbersSchema.parse(stored);
}

const DAY_MS = 86_400_000;
// The load ignores data sets older than 60 days; one that was begun long ago must not end as one of these.
const LONGEST_RESUME_MS = 30 * DAY_MS;

/**
 * The timestamp to publish under: that of an interrupted publication, so that its objects are written over,
 * else the present second. Never a moment ahead, since the load leaves future data sets alone.
 */
export function timestampFor(known: Publication | undefined, now: Date): string {
  const mayResume =
    known !== undefined &&
    !known.isPublished &&
    now.getTime() - Date.parse(known.timestamp) < LONGEST_RESUME_MS;
  return mayResume ? known.timestamp : now.toISOString().replace(/\.\d+Z$/, 'Z');
}

function keyOf(config: SyntheticDataConfig): string {
  const { bucket, seed, beneficiaries, year, claimsPerBeneficiary } = config;
  const identity = JSON.stringify([
    bucket,
    seed,
    beneficiaries,
    year,
    Object.entries(claimsPerBeneficiary).sort(([a], [b]) => (a < b ? -1 : 1)),
  ]);
  return `data-set-${createHash('sha256').update(identity).digest('hex').slice(0, 16)}`;
}
