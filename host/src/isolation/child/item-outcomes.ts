// What came of the items that this process was given, told as they end, those of one turn of the loop together.

import { MOST_OUTCOMES_TOLD } from '../fan-out-limits.ts';
import type { ChildMessage } from '../protocol.ts';
import { say } from './channel.ts';

type Told = Extract<ChildMessage, { type: 'item-outcomes' }>['outcomes'][number];

export class ItemOutcomes {
  readonly #runId: string;
  readonly #untold: Told[] = [];
  #timer: NodeJS.Immediate | undefined;

  constructor(runId: string) {
    this.#runId = runId;
  }

  add(outcome: Told): void {
    this.#untold.push(outcome);
    this.#timer ??= setImmediate(() => this.flush());
  }

  flush(): void {
    clearImmediate(this.#timer);
    this.#timer = undefined;
    while (this.#untold.length > 0) {
      const outcomes = this.#untold.splice(0, MOST_OUTCOMES_TOLD);
      say({ type: 'item-outcomes', runId: this.#runId, outcomes });
    }
  }
}
