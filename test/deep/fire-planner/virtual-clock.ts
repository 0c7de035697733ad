// Time for tests of the scheduler: the database's is what the test says, and each host has its own idea of it.

import type { Clock } from '../../../host/src/schedule/clock.ts';

/** The time that the database is taken to have, shared by all hosts of a test. */
export class VirtualTime {
  #at: number;

  constructor(start: string) {
    this.#at = Date.parse(start);
  }

  get at(): Date {
    return new Date(this.#at);
  }

  set(moment: string): void {
    this.#at = Date.parse(moment);
  }

  advance(ms: number): void {
    this.#at += ms;
  }
}

/** A host's clock: right once it has heard the database, until somebody meddles with it. */
export class VirtualClock implements Clock {
  readonly #time: VirtualTime;
  #aheadMs: number;
  #ticksLost = 0;

  /** @param aheadMs - how far the host's clock is ahead of the database's before it has asked */
  constructor(time: VirtualTime, aheadMs = 0) {
    this.#time = time;
    this.#aheadMs = aheadMs;
  }

  get present(): Date {
    return this.#time.at;
  }

  now(): number {
    return this.ticks() + this.#ticksLost + this.#aheadMs;
  }

  ticks(): number {
    return this.#time.at.getTime() - this.#ticksLost;
  }

  heard(databaseTime: Date): void {
    this.#aheadMs = databaseTime.getTime() - this.#time.at.getTime();
  }

  /** The machine slept: its timer stood still. */
  sleep(ms: number): void {
    this.#ticksLost += ms;
    this.#aheadMs -= ms;
  }
}
