// The wall clock of a time zone: by how much it differs from UTC, and when that changes.

/// <reference lib="esnext.temporal" />

/** A stretch of time in which a zone's wall clock runs on undisturbed. Milliseconds throughout. */
export interface ClockStretch {
  /** First instant. */
  readonly from: number;
  /** First instant after it. */
  readonly to: number;
  /** What to add to an instant to get the wall time. */
  readonly offset: number;
  /** How far the clock was put forward when this began; below 0: back. */
  readonly change: number;
}

const NS_PER_MS = 1_000_000;

export class ZoneClock {
  readonly #zone: string;
  #latest: ClockStretch | undefined;

  /** @throws RangeError when there is no such zone */
  constructor(zone: string) {
    this.#zone = zone;
    this.stretchAt(0);
  }

  /** The stretch that an instant lies in. */
  stretchAt(instant: number): ClockStretch {
    const latest = this.#latest;
    if (latest && instant >= latest.from && instant < latest.to) return latest;
    const here = this.#at(instant);
    const next = here.getTimeZoneTransition('next');
    // The transition before is looked for from a moment later: it may be this very instant.
    const previous = this.#at(instant + 1).getTimeZoneTransition('previous');
    const offset = offsetOf(here);
    const stretch = {
      from: previous?.epochMilliseconds ?? Number.NEGATIVE_INFINITY,
      to: next?.epochMilliseconds ?? Number.POSITIVE_INFINITY,
      offset,
      change: previous ? offset - offsetOf(this.#at(previous.epochMilliseconds - 1)) : 0,
    };
    this.#latest = stretch;
    return stretch;
  }

  #at(instant: number): Temporal.ZonedDateTime {
    return Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(this.#zone);
  }
}

function offsetOf(time: Temporal.ZonedDateTime): number {
  return time.offsetNanoseconds / NS_PER_MS;
}
