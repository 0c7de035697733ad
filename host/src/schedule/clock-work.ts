// What makes a host look at its schedules. Nothing hangs on a timer being right: the planner finds what is due
// whenever it looks, so timers only see that it looks in time.
//
// node-cron's task of a job wakes it. node-cron goes by the host's wall clock: where that is put back, it sleeps as
// long; where it is put forward, it works through every moment in between and holds up the host. So the look of every
// second goes by a timer that cannot be moved, and sets node-cron right (docs/adr/0004).

import { parse, type ScheduledTask, schedule } from 'node-cron';
import { DatabaseClock } from './clock.ts';
import type { PlannedJob } from './decide-fires.ts';
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
    this.#tasks = this.#planner.jobs.filter(isForNodeCron).map(({ name, plan }) =>
      schedule(plan.cron, () => this.#look(), {
        timezone: plan.timezone,
        name,
        suppressMissedWarning: true,
      }),
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

// node-cron throws when it cannot find a next time. And what fires more than once a minute is seen to by looking
// every second anyway, while node-cron would take seconds to make up for a clock put forward by hours.
function isForNodeCron({ plan }: PlannedJob): boolean {
  return !plan.neverFires && parse(plan.cron).second.length === 1;
}

/** By how much the host's wall clock is ahead of time since it started. */
function wallAhead(): number {
  return Date.now() - performance.now();
}
