// Where failed items are wrong, on the way to the run, whose own error may name it.

import type { Place } from '@bfd-host/sdk';
import { type SafeKind, safe } from '@bfd-host/sdk/runtime';
import { MOST_PLACES_OF_ITEMS } from '../fan-out-limits.ts';
import type { ErrorFacts, ErrorPlace } from '../protocol.ts';

type ToldPlace = Extract<ErrorFacts, { source: 'job' }>['places'][number];

/** Places of an error in this process. */
export function placesOfFacts(facts: ErrorFacts): Place[] {
  return facts.source === 'job' ? facts.places.map(asPlace) : [];
}

/** Places that came by way of the host. */
export function placesFromHost(places: readonly ErrorPlace[]): Place[] {
  return places.map(({ file, column, ...place }) =>
    asPlace({
      ...place,
      file: file === undefined ? undefined : { kind: 'file', value: file },
      column: column === undefined ? undefined : { kind: 'name', value: column },
    }),
  );
}

/** Of all items of a call together, so many as an error keeps. */
export class KeptPlaces {
  #left = MOST_PLACES_OF_ITEMS;

  /** What an item that failed has beside its code. */
  of(places: readonly Place[]): { places?: readonly Place[] } {
    const kept = places.slice(0, this.#left);
    this.#left -= kept.length;
    return kept.length > 0 ? { places: kept } : {};
  }
}

function asPlace({ code, file, line, column }: ToldPlace): Place {
  return {
    code,
    ...(file && { file: safeText(file) }),
    ...(line !== undefined && { line }),
    ...(column && { column: safeText(column) }),
  };
}

function safeText({ kind, value }: { readonly kind: SafeKind; readonly value: string }) {
  return safe[kind](value);
}
