/** Times of a load, in milliseconds. Tests use shorter ones. */
export interface Timings {
  /** Between two questions for the server's version. */
  readonly versionRetryMs: number;
  /** Before the first try to connect again; doubled for each further one. */
  readonly reconnectMs: number;
  readonly reconnectMostMs: number;
  /** A batch that is not full is written when nothing has come for so long. */
  readonly flushIdleMs: number;
  /** How long to wait for a message that was asked for again. */
  readonly redriveWaitMs: number;
  /** Between two looks at the clock while a stream is open. */
  readonly watchMs: number;
  /** Between two questions for the server's range of sequence numbers. */
  readonly rangeMs: number;
}

export const TIMINGS: Timings = {
  versionRetryMs: 15_000,
  reconnectMs: 1_000,
  reconnectMostMs: 60_000,
  flushIdleMs: 2_500,
  redriveWaitMs: 10_000,
  watchMs: 250,
  rangeMs: 300_000,
};
