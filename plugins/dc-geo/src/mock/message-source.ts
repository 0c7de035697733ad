import type { ClaimType } from '../layout/layout.ts';
import { LAYOUTS } from '../layout/layouts.ts';
import type { ClaimChange, SequenceRange } from '../protocol/protocol.ts';
import { RandomClaims, type RandomClaimsOptions } from './random-claims.ts';

/** Where the mock server has its messages from. */
export interface MessageSource {
  readonly range: SequenceRange;
  /** Messages whose sequence number is `from` or greater, in order. */
  messages(type: ClaimType, from: bigint): AsyncIterable<ClaimChange> | Iterable<ClaimChange>;
}

/**
 * Messages made up as they are asked for, numbered from 1.
 *
 * @param messages - how many there are of each type
 */
export function randomSource(
  options: RandomClaimsOptions & { readonly messages: number },
): MessageSource {
  const makers = {
    FISS: new RandomClaims(LAYOUTS.FISS, options),
    MCS: new RandomClaims(LAYOUTS.MCS, options),
  };
  return {
    range: { lower: '0', upper: String(options.messages) },
    *messages(type, from) {
      const maker = makers[type];
      for (let at = Math.max(1, Number(from)); at <= options.messages; at++)
        yield maker.message(at);
    },
  };
}
