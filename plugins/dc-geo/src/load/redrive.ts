/** Asks the API once more for messages that could not be stored, one by one. */

import type { ClaimChange } from '../protocol/protocol.ts';
import { isServiceError } from '../source/source-errors.ts';
import { isDelete, isPlaceholder } from './claim-rules.ts';
import type { Load } from './rda-load.ts';

/**
 * What was faulty and is not any more is stored. What the API has no more is marked obsolete. The rest stays as
 * it is, with what is wrong with it now.
 */
export async function redrive(load: Load): Promise<void> {
  const { ctx, counts, deadLetters, log } = load;
  const sequences = await deadLetters.unresolved();
  if (sequences.length === 0) return;
  log.info('asking for faulty messages again', { messages: sequences.length });
  for (const sequence of sequences) {
    ctx.signal.throwIfAborted();
    const change = await firstAfter(load, sequence - 1n);
    if (!change) continue;
    if (BigInt(change.seq ?? '0') === sequence && isStorable(load, change)) {
      await load.writer.writeAgain(change, transform(load, change));
    } else {
      counts.obsolete += await ctx.transaction((tx) =>
        deadLetters.settle(tx, [sequence], 'OBSOLETE'),
      );
    }
  }
  log.info('faulty messages were looked after', {
    resolved: counts.resolved,
    obsolete: counts.obsolete,
  });
}

function isStorable({ config, layout }: Load, change: ClaimChange): boolean {
  if (isDelete(change)) return config.honourDeletes;
  return !isPlaceholder(layout.type, change);
}

function transform({ transformer }: Load, change: ClaimChange) {
  return isDelete(change) ? transformer.transformDelete(change) : transformer.transform(change);
}

/** The first message after `since`; `undefined` if none comes. */
async function firstAfter(
  { client, ctx, log, timings }: Load,
  since: bigint,
): Promise<ClaimChange | undefined> {
  const stream = client.changes(since);
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    stream.cancel();
  }, timings.redriveWaitMs);
  const stop = () => stream.cancel();
  ctx.signal.addEventListener('abort', stop, { once: true });
  try {
    for await (const [first] of stream.changes()) return first;
    return undefined;
  } catch (error) {
    ctx.signal.throwIfAborted();
    if (!isServiceError(error)) throw error;
    // One message that cannot be had must not keep the load from all that came after it.
    if (!isLate) log.warn('a faulty message could not be asked for again', { status: error.code });
    return undefined;
  } finally {
    clearTimeout(timer);
    ctx.signal.removeEventListener('abort', stop);
  }
}
