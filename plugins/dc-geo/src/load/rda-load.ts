/** One run of a load: clean up, ask for faulty messages again, then stream until nothing more comes. */

import {
  type Logger,
  nothingToDo,
  type Outcome,
  type Pool,
  type RunContext,
  workDone,
} from '@bfd-host/sdk';
import type { RdaConfig } from '../config.ts';
import type { ClaimLayout } from '../layout/layout.ts';
import { ClaimSink } from '../sink/claim-sink.ts';
import { DeadLetters } from '../sink/dead-letters.ts';
import { MbiCache } from '../sink/mbi-cache.ts';
import { READ_PROGRESS, REWIND_PROGRESS } from '../sink/progress.sql.ts';
import { RdaClient } from '../source/rda-client.ts';
import { sourceError } from '../source/source-errors.ts';
import { Transformer } from '../transform/transform.ts';
import { BatchWriter } from './batch-writer.ts';
import { cleanUp } from './clean-up.ts';
import { LoadCounts } from './counts.ts';
import { redrive } from './redrive.ts';
import { acceptedVersion, warnOfTokenExpiry } from './server-checks.ts';
import { streamChanges } from './stream-changes.ts';
import { TIMINGS, type Timings } from './timings.ts';

export interface LoadOptions {
  readonly layout: ClaimLayout;
  readonly config: RdaConfig;
  readonly db: Pool;
  readonly log: Logger;
  readonly ctx: RunContext;
  readonly timings?: Timings;
}

/** What all parts of a run share. */
export interface Load extends Required<LoadOptions> {
  readonly client: RdaClient;
  readonly transformer: Transformer;
  readonly sink: ClaimSink;
  readonly deadLetters: DeadLetters;
  readonly writer: BatchWriter;
  readonly counts: LoadCounts;
}

/**
 * Runs a load to the end of its stream.
 *
 * @throws PermanentError `BFD_RDA_VERSION` when the server's version is not in the configured range
 * @throws PermanentError `BFD_RDA_ERROR_LIMIT` when more faulty messages lie in the table than are allowed
 * @throws JobError `BFD_RDA_…`, see `source-errors.ts`
 */
export async function runLoad(options: LoadOptions): Promise<Outcome> {
  const { config, ctx, layout, log, db } = options;
  warnOfTokenExpiry(config, log);
  using client = new RdaClient(config, layout);
  const counts = new LoadCounts();
  const deadLetters = new DeadLetters(db, layout.type);
  const sink = new ClaimSink(layout);
  const timings = options.timings ?? TIMINGS;
  const mbis = new MbiCache(db, ctx, config);
  const writer = new BatchWriter({ layout, config, ctx, sink, deadLetters, mbis, counts, log });
  const transformer = new Transformer(layout);
  const load: Load = {
    ...options,
    timings,
    client,
    transformer,
    sink,
    deadLetters,
    writer,
    counts,
  };
  try {
    await cleanUp(load);
    const apiSource = await acceptedVersion(load);
    writer.speaksFor(apiSource);
    if (config.processDlq) await redrive(load);
    await writer.checkErrorLimit();
    await streamChanges(load, await startOf(load));
  } catch (error) {
    ctx.signal.throwIfAborted();
    throw sourceError(error);
  }
  ctx.signal.throwIfAborted();
  return counts.hasWork ? workDone({ counts: { ...counts } }) : nothingToDo();
}

/** The sequence number after which to begin. */
async function startOf({ config, ctx, db, layout }: Load): Promise<bigint> {
  if (config.startingSequence !== undefined) {
    const since = BigInt(Math.max(0, config.startingSequence - 1));
    const stored = await storedProgress(db, layout);
    if (stored !== undefined && stored > since) {
      await ctx.transaction((tx) => tx.query(REWIND_PROGRESS, [layout.type, String(since)]));
    }
    return since;
  }
  return (await storedProgress(db, layout)) ?? 0n;
}

async function storedProgress(db: Pool, { type }: ClaimLayout): Promise<bigint | undefined> {
  const { rows } = await db.query<{ lastSequence: string }>(READ_PROGRESS, [type]);
  return rows[0] === undefined ? undefined : BigInt(rows[0].lastSequence);
}
