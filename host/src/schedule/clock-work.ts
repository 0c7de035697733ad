// node-cron is the clock: a task per schedule asks for runs, and one of a second makes the host look around.

import { type ScheduledTask, schedule } from 'node-cron';
import type { HostJob } from '../catalog/host-job.ts';

export interface ClockWorkOptions {
  readonly jobs: readonly HostJob[];
  /** A moment of a job's schedule has come. */
  onFire(job: HostJob, scheduledAt: Date): void;
  /** A second has passed. */
  onSecond(): void;
}

export class ClockWork implements Disposable {
  readonly #tasks: ScheduledTask[] = [];

  constructor({ jobs, onFire, onSecond }: ClockWorkOptions) {
    for (const job of jobs) {
      if (!job.schedule) continue;
      const { cron, timezone, jitterMs } = job.schedule;
      this.#tasks.push(
        schedule(cron, ({ date }) => onFire(job, wholeSecond(date)), {
          timezone,
          name: job.name,
          suppressMissedWarning: true,
          ...(jitterMs > 0 ? { maxRandomDelay: jitterMs } : {}),
        }),
      );
    }
    this.#tasks.push(
      schedule('* * * * * *', () => onSecond(), { name: 'sweep', suppressMissedWarning: true }),
    );
  }

  [Symbol.dispose](): void {
    for (const task of this.#tasks) void task.destroy();
  }
}

// Hosts meet at the scheduled second, not at the millisecond at which each noticed it.
function wholeSecond(date: Date): Date {
  return new Date(Math.floor(date.getTime() / 1000) * 1000);
}
