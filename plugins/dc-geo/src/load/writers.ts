/**
 * Gathers messages into batches and has them written, several at a time. All messages about one claim go to one
 * writer, which writes one batch after the other, so they stay in order.
 */

export interface Claimed {
  /** What the message is about; messages with one key stay in order. */
  readonly key: string;
}

export interface WritersOptions<Item extends Claimed> {
  /** How many batches are written at a time. */
  readonly count: number;
  /** Claims in a batch. */
  readonly batchSize: number;
  readonly write: (batch: readonly Item[]) => Promise<void>;
  /** Called once, when a batch could not be written. Nothing is written after that. */
  readonly onFailure: () => void;
}

/** Messages in a batch, for each claim it may have: a claim that changes all the time must not fill memory. */
const MESSAGES_PER_CLAIM = 10;

interface Writer<Item> {
  batch: Item[];
  keys: Set<string>;
  /** The batch being written; settled if none is. */
  writing: Promise<void>;
}

export class Writers<Item extends Claimed> {
  readonly #options: WritersOptions<Item>;
  readonly #writers: Writer<Item>[];
  #failure: { readonly error: unknown } | undefined;

  constructor(options: WritersOptions<Item>) {
    this.#options = options;
    this.#writers = Array.from({ length: options.count }, () => ({
      batch: [],
      keys: new Set(),
      writing: Promise.resolve(),
    }));
  }

  /**
   * Takes a message. Waits while its writer has a full batch and is still writing the one before.
   *
   * @throws what a batch failed with
   */
  async add(item: Item): Promise<void> {
    this.throwIfFailed();
    const writer = this.#writerOf(item.key);
    writer.batch.push(item);
    writer.keys.add(item.key);
    const { batchSize } = this.#options;
    if (writer.keys.size >= batchSize || writer.batch.length >= batchSize * MESSAGES_PER_CLAIM) {
      await this.#startWriting(writer);
    }
  }

  /** Begins to write what there is, also where it is no full batch. */
  flushIdle(): void {
    for (const writer of this.#writers) {
      if (writer.batch.length > 0) void this.#startWriting(writer).catch(() => {});
    }
  }

  /**
   * Writes all there is.
   *
   * @throws what a batch failed with
   */
  async finish(): Promise<void> {
    for (const writer of this.#writers) {
      if (writer.batch.length > 0) await this.#startWriting(writer);
    }
    await this.settle();
    this.throwIfFailed();
  }

  /** Waits for what is being written, whatever comes of it; what is not is dropped. */
  async settle(): Promise<void> {
    await Promise.all(this.#writers.map(({ writing }) => writing));
  }

  /** @throws what a batch failed with */
  throwIfFailed(): void {
    if (this.#failure) throw this.#failure.error;
  }

  async #startWriting(writer: Writer<Item>): Promise<void> {
    const { batch } = writer;
    writer.batch = [];
    writer.keys = new Set();
    const before = writer.writing;
    writer.writing = before.then(() => this.#write(batch));
    await before;
    this.throwIfFailed();
  }

  async #write(batch: readonly Item[]): Promise<void> {
    if (this.#failure) return;
    try {
      await this.#options.write(batch);
    } catch (error) {
      if (this.#failure) return;
      this.#failure = { error };
      this.#options.onFailure();
    }
  }

  #writerOf(key: string): Writer<Item> {
    const index = this.#writers.length === 1 ? 0 : fnv1a(key) % this.#writers.length;
    const writer = this.#writers[index];
    if (!writer) throw new RangeError('there is no writer');
    return writer;
  }
}

/** A hash that spreads; nothing depends on which one. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193) >>> 0;
  }
  return hash;
}
