// Whether the main thread of a job's process still answers. Only it can: an answer from another thread would say
// nothing about the one the job runs on.

const EVERY_MS = 250;

export interface HeartbeatOptions {
  readonly warnMs: number;
  readonly killMs: number;
  readonly ping: (number: number) => void;
  /** Once for each time it stops answering. */
  readonly onBlocked: (blockedMs: number) => void;
  readonly onDead: (blockedMs: number) => void;
}

export class Heartbeat {
  readonly #options: HeartbeatOptions;
  #timer: NodeJS.Timeout | undefined;
  #isOn = false;
  #sent = 0;
  #sentBefore = 0;
  #answered = 0;
  #answeredAt = 0;
  #tickedAt = 0;
  #isWarned = false;

  constructor(options: HeartbeatOptions) {
    this.#options = options;
  }

  start(): void {
    this.#isOn = true;
    this.#answered = this.#sentBefore = this.#sent;
    this.#answeredAt = this.#tickedAt = performance.now();
    this.#isWarned = false;
    this.#timer ??= setInterval(() => this.#tick(), EVERY_MS);
  }

  stop(): void {
    this.#isOn = false;
  }

  /** Since it was started. */
  get hasAnswered(): boolean {
    return this.#answered > this.#sentBefore;
  }

  answered(number: number): void {
    this.#answered = Math.max(this.#answered, number);
    this.#answeredAt = performance.now();
    this.#isWarned = false;
  }

  #tick(): void {
    if (!this.#isOn) {
      // Not when it was stopped: a timer would be made and thrown away in each of many short runs.
      clearInterval(this.#timer);
      this.#timer = undefined;
      return;
    }
    const { warnMs, killMs, ping, onBlocked, onDead } = this.#options;
    const now = performance.now();
    // The host itself stood still, or was suspended: answers may lie unread, and the time is not the job's.
    const ownDelayMs = Math.max(0, now - this.#tickedAt - 2 * EVERY_MS);
    this.#tickedAt = now;
    this.#answeredAt += ownDelayMs;
    if (this.#answered === this.#sent) this.#answeredAt = now;
    const blockedMs = Math.round(now - this.#answeredAt);
    if (blockedMs >= killMs) {
      this.stop();
      onDead(blockedMs);
      return;
    }
    if (blockedMs >= warnMs && !this.#isWarned) {
      this.#isWarned = true;
      onBlocked(blockedMs);
    }
    ping(++this.#sent);
  }
}
