import type { RunEnding } from '../runs/run-store.ts';

/** Exit codes of every command, as `--help` and host/docs/cli.md tell them. */
export const EXIT = {
  ok: 0,
  failed: 1,
  badUse: 2,
  blocked: 3,
  lostLease: 4,
  timedOut: 5,
  cancelled: 6,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export function exitCodeOf({ result }: Pick<RunEnding, 'result'>): ExitCode {
  switch (result) {
    case 'succeeded':
      return EXIT.ok;
    case 'failed':
    case 'crashed':
      return EXIT.failed;
    case 'timed-out':
      return EXIT.timedOut;
    case 'cancelled':
    case 'interrupted':
      return EXIT.cancelled;
    case 'lost':
      return EXIT.lostLease;
  }
}
