// What makes a host look at its schedules. Nothing hangs on a timer being right: the planner finds what is due
// whenever it looks, so timers only see that it looks in time.
//
// node-cron's task of each job wakes it. node-cron goes by the host's wall clock, and where that is moved it sleeps for
// as long as the clock went back, or works through every moment the clock skipped; so the look of every second goes by
// a timer that cannot be moved, and sets node-cron right (docs/adr/0004).

import { type ScheduledTask, schedule } from 'node-cron';
import { DatabaseClock } from './clock.ts';
import { FirePlanner, type FirePlannerOptions } from './fire-planner.ts';

export interface ClockWorkOptions extends Omit<FirePlannerOptions, 'clock'> {
  /** A second has passed. */
  onSecond(): void;
}

const SECOND_MS = 1000;
/** How far the wall clock may go another way than time does before it counts as moved. */
const MOVED_MS = 1000;

export class ClockWork implements AsyncDisposable {
  readonly #planner: FirePlanner;
  readonly #tasks: readonly ScheduledTask[];
  readonly #sweep: NodeJS.Timeout;
  readonly #onSecond: () => void;
  #soon: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;
  #looksAgain = false;
  #isStopped = false;
  #wallAhead = wallAhead();

  constructor({ onSecond, ...options }: ClockWorkOptions) {
    this.#onSecond = onSecond;
    this.#planner = new FirePlanner({ ...options, clock: new DatabaseClock() });
    // node-cron throws when it cannot find a next time.
    this.#tasks = this.#planner.jobs
      .filter(({ plan }) => !plan.neverFires)
      .map(({ name, plan: { cron, timezone } }) =>
        schedule(cron, () => this.#look(), { timezone, name, suppressMissedWarning: true }),
      );
    this.#sweep = setInterval(() => this.#tick(), SECOND_MS);
    this.#look();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isStopped = true;
    clearInterval(this.#sweep);
    clearTimeout(this.#soon);
    for (const task of this.#tasks) await task.destroy();
    await this.#looking;
  }

  #tick(): void {
    const ahead = wallAhead();
    if (Math.abs(ahead - this.#wallAhead) > MOVED_MS) {
      for (const task of this.#tasks) {
        void task.stop();
        void task.start();
      }
      this.#planner.mistrustClock();
    }
    this.#wallAhead = ahead;
    this.#look();
    this.#onSecond();
  }

  #look(): void {
    this.#looksAgain = true;
    this.#looking ??= this.#lookUntilDone().finally(() => {
      this.#looking = undefined;
    });
  }

  async #lookUntilDone(): Promise<void> {
    while (this.#looksAgain && !this.#isStopped) {
      this.#looksAgain = false;
      await this.#planner.look();
    }
    this.#lookWhenDue();
  }

  // On time to the millisecond, and not when the next second of this host begins.
  #lookWhenDue(): void {
    clearTimeout(this.#soon);
    const { msToNext } = this.#planner;
    if (this.#isStopped || msToNext <= 0 || msToNext > SECOND_MS) return;
    this.#soon = setTimeout(() => this.#look(), Math.ceil(msToNext));
  }
}

/** By how much the host's wall clock is ahead of time since it started. */
function wallAhead(): number {
  return Date.now() - performance.now();
}
