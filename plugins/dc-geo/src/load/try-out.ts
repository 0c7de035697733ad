import { READ_PROGRESS } from '../sink/progress.sql.ts';
import { type ChangeStream, RdaClient } from '../source/rda-client.ts';
import { sourceError } from '../source/source-errors.ts';
import type { LoadOptions } from './rda-load.ts';
import { acceptedVersion } from './server-checks.ts';
import { TIMINGS, type Timings } from './timings.ts';

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
