// What a job does to the world outside, step by step: each statement and each S3 request. Gates stand in the way of its
// process and count; at one step of one trial a fault strikes.

/** One thing a job's process does to database or S3. */
export interface Step {
  /** From 0, over all runs of a trial. */
  readonly index: number;
  readonly service: 'database' | 's3';
  /** Such as `commit`, `insert into acme.person …`, `GET people.csv`. */
  readonly what: string;
}

/** Where a fault strikes. */
export interface Strike {
  readonly index: number;
  /** Before the step gets through, or when it is done and the job does not know yet. */
  readonly when: 'before' | 'after';
  /**
   * Does the harm.
   *
   * @returns whether the step goes on, or is cut off from its answer
   */
  readonly act: (step: Step) => Promise<Verdict>;
}

/** `pass`: it goes on. `cut`: its connection breaks. `refuse`: S3 answers that it is unwell. `tear`: half an answer. */
export type Verdict = 'pass' | 'cut' | 'refuse' | 'tear';

export class Steps {
  readonly #taken: Step[] = [];
  #strike: Strike | undefined;

  /** @param strike - absent: nothing disturbs */
  constructor(strike?: Strike) {
    this.#strike = strike;
  }

  /** All steps so far. */
  get taken(): readonly Step[] {
    return this.#taken;
  }

  /** Notes a step that is about to get through. */
  begin(service: Step['service'], what: string): Step {
    const step = { index: this.#taken.length, service, what };
    this.#taken.push(step);
    return step;
  }

  /** Whether a fault waits for the end of this step, whose answer is then held back. */
  isAwaited(step: Step): boolean {
    return this.#strike?.index === step.index && this.#strike.when === 'after';
  }

  /** To be called before the step gets through and, if it is awaited, when it is done. A fault strikes once. */
  async at(step: Step, when: Strike['when']): Promise<Verdict> {
    const strike = this.#strike;
    if (strike?.index !== step.index || strike.when !== when) return 'pass';
    this.#strike = undefined;
    return strike.act(step);
  }

  /** Whether the fault has struck, or there was none. */
  get isOver(): boolean {
    return this.#strike === undefined;
  }
}
