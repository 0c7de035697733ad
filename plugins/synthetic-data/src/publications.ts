/**
 * What this job remembers of the data sets it published, so that each is published once, under one
 * timestamp, and no two have an id in common.
 */

import { createHash } from 'node:crypto';
import { type RunContext, z } from '@bfd-host/sdk';
import type { SyntheticDataConfig } from './config.ts';
import { type EndState, endStateOf, FIRST_NUMBERS, type Numbers, numbersOf } from './generator.ts';

const endStateSchema = z.strictObject({
  clm_grp_id_start: z.int(),
  pde_id_start: z.int(),
  carr_clm_cntl_num_start: z.int(),
  fi_doc_cntl_num_start: z.int(),
  hicn_start: z.string(),
  bene_id_start: z.int(),
  clm_id_start: z.int(),
  mbi_start: z.string(),
}) satisfies z.ZodType<EndState>;

const publicationSchema = z.strictObject({
  timestamp: z.string(),
  isPublished: z.boolean(),
  /** Of a data set of new people: where its numbers begin. Updates have none of their own. */
  start: endStateSchema.nullable(),
});

/** A data set that was published, or is being so. */
export type Publication = z.infer<typeof publicationSchema>;

/** Next free numbers, in Synthea's words; the data set after the last one goes on from here. */
const END_STATE = 'end-state';
const LAST_TIMESTAMP = 'last-timestamp';

/** A data set as this job knows it. */
export interface DataSetKey {
  readonly config: SyntheticDataConfig;
  /** 0 for the people, from 1 for updates to them. */
  readonly revision: number;
}

/** Says that a publication began, before anything of it is written. */
export async function noteStart(
  ctx: RunContext,
  key: DataSetKey,
  publication: Publication,
  next: Numbers,
): Promise<void> {
  await ctx.checkpoint(nameOf(key), publication);
  await ctx.checkpoint(LAST_TIMESTAMP, publication.timestamp);
  // A run that was interrupted here comes back, and may find that others have gone on meanwhile.
  const known = await nextNumbers(ctx);
  if (next.beneficiary < known.beneficiary) {
    await ctx.checkpoint(END_STATE, { ...endStateOf(next) });
  }
}

export async function noteEnd(
  ctx: RunContext,
  key: DataSetKey,
  publication: Publication,
): Promise<void> {
  await ctx.checkpoint(nameOf(key), { ...publication, isPublished: true });
}

/** The publication of a data set, if there was one. */
export async function findPublication(
  ctx: RunContext,
  key: DataSetKey,
): Promise<Publication | undefined> {
  const stored = await ctx.checkpoint(nameOf(key));
  return stored === undefined ? undefined : publicationSchema.parse(stored);
}

/** The numbers that no data set has had yet. */
export async function nextNumbers(ctx: RunContext): Promise<Numbers> {
  const stored = await ctx.checkpoint(END_STATE);
  return stored === undefined ? FIRST_NUMBERS : numbersOf(endStateSchema.parse(stored));
}

/** The timestamp that was given last. */
export async function lastTimestamp(ctx: RunContext): Promise<string | undefined> {
  const stored = await ctx.checkpoint(LAST_TIMESTAMP);
  return stored === undefined ? undefined : z.string().parse(stored);
}

const SECOND_MS = 1000;
const LONGEST_RESUME_MS = 30 * 86_400_000;

/**
 * Whether a publication may be finished under the timestamp it was begun with. The load ignores data sets older than
 * 60 days; one that was begun long ago must not end as one of these.
 */
export function mayResume(timestamp: string, now: Date): boolean {
  return now.getTime() - Date.parse(timestamp) < LONGEST_RESUME_MS;
}

/**
 * The timestamp to publish under: that of an interrupted publication, so that its objects are written over, else
 * the present second less one for each data set that still follows. So none of them lies ahead, where the load
 * would leave it alone, and each is later than those before it.
 *
 * @param last - the timestamp given last
 */
export function timestampFor(
  known: Publication | undefined,
  options: { readonly now: Date; readonly following: number; readonly last: string | undefined },
): string {
  const now = options.now.getTime();
  if (known && !known.isPublished && mayResume(known.timestamp, options.now))
    return known.timestamp;
  const earliest = options.last === undefined ? 0 : Date.parse(options.last) + SECOND_MS;
  const moment = new Date(Math.max(now - options.following * SECOND_MS, earliest));
  return moment.toISOString().replace(/\.\d+Z$/, 'Z');
}

function nameOf({ config, revision }: DataSetKey): string {
  const { bucket, seed, beneficiaries, year, years, claimsPerBeneficiary } = config;
  const identity = JSON.stringify([
    bucket,
    seed,
    beneficiaries,
    year,
    years,
    Object.entries(claimsPerBeneficiary).sort(([a], [b]) => (a < b ? -1 : 1)),
  ]);
  const hash = createHash('sha256').update(identity).digest('hex').slice(0, 16);
  return revision === 0 ? `data-set-${hash}` : `data-set-${hash}-updates-${revision}`;
}
