// The database's clock decides when something is due: hosts may disagree on the time, and a host's own clock may be
// moved. Between two looks at it, time is kept by a timer that nobody can move.

export interface Clock {
  /** The database's time as far as known, in milliseconds since 1970. */
  now(): number;
  /** Takes note of what the database's clock said, in answer to a question sent when {@link ticks} was `askedAt`. */
  heard(databaseTime: Date, askedAt: number): void;
  /** Milliseconds that only ever run forward. */
  ticks(): number;
  /** What statements take for the present; `null`: what the database's clock says. */
  readonly present: Date | null;
}

export class DatabaseClock implements Clock {
  readonly present = null;
  // Until the database has been asked, the host's own clock has to do.
  #ahead = Date.now() - performance.now();

  now(): number {
    return performance.now() + this.#ahead;
  }

  heard(databaseTime: Date, askedAt: number): void {
    // It was read somewhere between question and answer.
    this.#ahead = databaseTime.getTime() - (askedAt + this.ticks()) / 2;
  }

  ticks(): number {
    return performance.now();
  }
}
