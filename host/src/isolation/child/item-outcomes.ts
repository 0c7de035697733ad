// What came of the items that this process was given, told as they end, those of one turn of the loop together.

import type { ChildMessage } from '../protocol.ts';
import { say } from './channel.ts';

type Told = Extract<ChildMessage, { type: 'item-outcomes' }>['outcomes'][number];

export class ItemOutcomes {
  readonly #runId: string;
  #untold: Told[] = [];
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
    const outcomes = this.#untold;
    this.#untold = [];
    if (outcomes.length > 0) say({ type: 'item-outcomes', runId: this.#runId, outcomes });
  }
}
