/** What a mock server does wrong, to order. */
export interface Faults {
  /** Ends a stream with an error status after so many messages. */
  readonly failAfter?: number;
  /** Status of that error, such as `INTERNAL`; `UNKNOWN` if absent. */
  readonly failStatus?: string;
  /** Cuts the connection after so many messages. */
  readonly dropAfter?: number;
  /** Says nothing more after so many messages, and keeps the stream open. */
  readonly silentAfter?: number;
  /** Waits so long before each message, in milliseconds. */
  readonly delayMs?: number;
  /** Sequence numbers of messages whose first text is longer than any column. */
  readonly badSequences?: readonly number[];
  /** Sends bytes that are no message of the protocol after so many messages. */
  readonly garbageAfter?: number;
  /** How many streams fail, drop, fall silent or send garbage; all if absent. */
  readonly times?: number;
}

/** What has to happen before the next message, if anything. */
export type FaultNow = 'fail' | 'drop' | 'silence' | 'garbage' | undefined;

/** Deals out the faults, stream by stream. */
export class FaultPlan {
  readonly #faults: Faults;
  #streams = 0;

  constructor(faults: Faults) {
    this.#faults = faults;
  }

  get faults(): Faults {
    return this.#faults;
  }

  /** The faults of a new stream: what happens when so many messages were sent. */
  next(): (sent: number) => FaultNow {
    const { failAfter, dropAfter, silentAfter, garbageAfter, times } = this.#faults;
    if (times !== undefined && this.#streams++ >= times) return () => undefined;
    return (sent) => {
      if (sent === garbageAfter) return 'garbage';
      if (sent === failAfter) return 'fail';
      if (sent === dropAfter) return 'drop';
      return sent === silentAfter ? 'silence' : undefined;
    };
  }

  isBad(sequence: string): boolean {
    return this.#faults.badSequences?.includes(Number(sequence)) ?? false;
  }
}
