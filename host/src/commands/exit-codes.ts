import type { JobRetries } from '../catalog/host-job.ts';
import { type HowItEnded, isWorthRetrying } from '../engine/retry-policy.ts';

/** Exit codes of every command, as `--help` and host/docs/cli.md tell them. */
export const EXIT = {
  ok: 0,
  failed: 1,
  badUse: 2,
  blocked: 3,
  lostLease: 4,
  timedOut: 5,
  cancelled: 6,
  /** Failed, crashed or timed out, and the job's policy says that trying again is useless. */
  failedForGood: 7,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** The exit code of `run`: all that an orchestrator learns, so it must tell whether to try again. */
export function exitCodeOf(ending: HowItEnded, retries: Pick<JobRetries, 'codes'>): ExitCode {
  switch (ending.result) {
    case 'succeeded':
      return EXIT.ok;
    case 'failed':
    case 'crashed':
      return isWorthRetrying(ending, retries) ? EXIT.failed : EXIT.failedForGood;
    case 'timed-out':
      return isWorthRetrying(ending, retries) ? EXIT.timedOut : EXIT.failedForGood;
    case 'cancelled':
    case 'interrupted':
      return EXIT.cancelled;
    case 'lost':
      return EXIT.lostLease;
  }
}
