/**
 * Lets readers go without a lock. A change is several steps on disk; a reader that met one in the
 * middle may have put the old metadata to the new content (size and time are no proof: two bodies of
 * one length can be written within one tick of the clock). So a reader asks afterwards whether it was
 * disturbed, and only then looks again in line with the changes.
 */
export interface Look extends Disposable {
  /** Whether a change of this name was under way at any time since the look began. */
  readonly isDisturbed: boolean;
}

export class ChangeWatch {
  readonly #changing = new Set<string>();
  readonly #looks = new Map<string, Set<{ isDisturbed: boolean }>>();

  /** Begins to watch over a name; ends when disposed of. */
  look(name: string): Look {
    const looks = this.#looks.get(name) ?? new Set();
    this.#looks.set(name, looks);
    const look = {
      isDisturbed: this.#changing.has(name),
      [Symbol.dispose]: () => {
        looks.delete(look);
        if (looks.size === 0 && this.#looks.get(name) === looks) this.#looks.delete(name);
      },
    };
    looks.add(look);
    return look;
  }

  /** Carries out a change; the caller sees to it that there is one at a time for a name. */
  async change<T>(name: string, work: () => Promise<T>): Promise<T> {
    this.#changing.add(name);
    for (const look of this.#looks.get(name) ?? []) look.isDisturbed = true;
    try {
      return await work();
    } finally {
      this.#changing.delete(name);
    }
  }
}
