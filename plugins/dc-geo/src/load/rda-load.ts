/** One run of a load: clean up, ask for faulty messages again, then stream until nothing more comes. */

import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Logger,
  nothingToDo,
  type Outcome,
  PermanentError,
  type Pool,
  type RunContext,
  safe,
  workDone,
} from '@bfd-host/sdk';
import type { RdaConfig } from '../config.ts';
import type { ClaimLayout } from '../layout/layout.ts';
import { ClaimSink } from '../sink/claim-sink.ts';
import { DeadLetters } from '../sink/dead-letters.ts';
import { MbiCache } from '../sink/mbi-cache.ts';
import { READ_PROGRESS, REWIND_PROGRESS } from '../sink/progress.sql.ts';
import { type ChangeStream, RdaClient } from '../source/rda-client.ts';
import { isConnectionLost, sourceError } from '../source/source-errors.ts';
import { tokenExpiry } from '../source/token.ts';
import { isInRange } from '../source/version.ts';
import { Transformer } from '../transform/transform.ts';
import { BatchWriter } from './batch-writer.ts';
import { cleanUp } from './clean-up.ts';
import { LoadCounts } from './counts.ts';
import { redrive } from './redrive.ts';
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

/**
 * Asks for up to three claims, so that what is set up wrongly is known before the first run.
 *
 * @throws what a run would
 */
export async function tryOut(
  options: Omit<LoadOptions, 'ctx'>,
  signal: AbortSignal,
): Promise<void> {
  const { config, layout, db, log, timings = TIMINGS } = options;
  using client = new RdaClient(config, layout);
  try {
    await db.query(READ_PROGRESS, [layout.type]);
    await acceptedVersion({ client, config, log, timings, ctx: { signal } });
    const messages = await countUpTo(SMOKE_TEST_MESSAGES, client.changes(0n), signal, timings);
    log.info('the RDA API can be loaded from', { messages });
  } catch (error) {
    signal.throwIfAborted();
    throw sourceError(error);
  }
}

const SMOKE_TEST_MESSAGES = 3;

/** Messages that come, up to `most`; fewer if the server has no more or says nothing for a while. */
async function countUpTo(
  most: number,
  stream: ChangeStream,
  signal: AbortSignal,
  { redriveWaitMs }: Timings,
): Promise<number> {
  const silence = AbortSignal.timeout(redriveWaitMs);
  const stop = AbortSignal.any([signal, silence]);
  stop.addEventListener('abort', () => stream.cancel(), { once: true });
  let messages = 0;
  try {
    for await (const changes of stream.changes()) {
      messages += changes.length;
      if (messages >= most) break;
    }
  } catch (error) {
    if (!silence.aborted || signal.aborted) throw error;
  }
  return Math.min(messages, most);
}

const DAY_MS = 86_400_000;

function warnOfTokenExpiry({ authToken }: RdaConfig, log: Logger): void {
  const end = authToken === undefined ? undefined : tokenExpiry(authToken);
  if (!end) return;
  const days = Math.floor((end.getTime() - Date.now()) / DAY_MS);
  if (days < 0) log.error('the token has expired', { days });
  else if (days < 14) log.error('the token expires soon', { days });
  else if (days < 31) log.warn('the token expires soon', { days });
}

const VERSION_TRIES = 3;
/** Size of the columns it is stored in. */
const API_SOURCE_LENGTH = 24;

/** The server's version text, if it is one this load accepts. */
async function acceptedVersion(
  load: Pick<Load, 'client' | 'config' | 'log' | 'timings'> & { ctx: Pick<RunContext, 'signal'> },
): Promise<string> {
  const version = await askVersion(load);
  const { rdaVersion } = load.config;
  if (isInRange(version, rdaVersion) && version.length <= API_SOURCE_LENGTH) return version;
  throw new PermanentError(
    'BFD_RDA_VERSION',
    'The RDA API has version {version}, this load accepts {accepted}. Update the load, or set rdaVersion if the versions are compatible.',
    {
      version: safe.name(`v${version.slice(version.lastIndexOf(':') + 1)}`),
      accepted: safe.name(named(rdaVersion)),
    },
  );
}

/** A range as a name: `same-major:0.14.1`. */
function named(range: string): string {
  const version = range.replace(/^[\^~]/, '');
  if (range.startsWith('^')) return `same-major-as:${version}`;
  return range.startsWith('~') ? `same-minor-as:${version}` : `v${version}`;
}

async function askVersion({
  client,
  ctx: { signal },
  log,
  timings,
}: Pick<Load, 'client' | 'log' | 'timings'> & {
  ctx: Pick<RunContext, 'signal'>;
}): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await client.version(signal);
    } catch (error) {
      if (attempt >= VERSION_TRIES || !isConnectionLost(error)) throw error;
      log.warn('the RDA API could not be reached, trying again', { attempt });
      await sleep(timings.versionRetryMs, undefined, { signal });
    }
  }
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
