/** Chance that can be had again: the same seed gives the same numbers, on any machine. */
export class Random {
  #state: number;

  /** One of its own for each `index`, so that the thousandth message needs none of the ones before. */
  constructor(seed: number, index = 0) {
    this.#state = mix(mix(seed | 0) ^ Math.imul(index, 0x9e3779b1)) | 1;
  }

  /** From 0 to below `end`. */
  below(end: number): number {
    // xorshift32: the bits are good enough for made-up claims, and it costs nothing.
    let state = this.#state;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    this.#state = state;
    return (state >>> 0) % end;
  }

  isTrue(probability: number): boolean {
    return this.below(1000) < probability * 1000;
  }

  /** @throws RangeError when there is nothing to choose from */
  of<T>(choices: readonly T[]): T {
    const chosen = choices[this.below(choices.length)];
    if (chosen === undefined) throw new RangeError('there is nothing to choose from');
    return chosen;
  }

  text(alphabet: string, length: number): string {
    let text = '';
    for (let at = 0; at < length; at++) text += alphabet[this.below(alphabet.length)];
    return text;
  }
}

/** Spreads the bits of a number over all of them (the finalizer of MurmurHash3). */
function mix(value: number): number {
  let mixed = value;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
