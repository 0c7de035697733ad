/** Writes one batch of messages: the faulty ones aside, the MBIs, then the claims. */

import {
  type Logger,
  PermanentError,
  type Place,
  type RunContext,
  safe,
  type Transaction,
} from '@bfd-host/sdk';
import type { RdaConfig } from '../config.ts';
import type { ClaimLayout } from '../layout/layout.ts';
import { toJson } from '../protocol/json-form.ts';
import { type ClaimChange, messageType, PACKAGE } from '../protocol/protocol.ts';
import type { ClaimSink, SequencedChange, Written } from '../sink/claim-sink.ts';
import type { DeadLetter, DeadLetters } from '../sink/dead-letters.ts';
import { LowWater, type LowWaterEntry } from '../sink/low-water.ts';
import type { MbiCache } from '../sink/mbi-cache.ts';
import { ADVANCE_PROGRESS } from '../sink/progress.sql.ts';
import type { FaultyChange, Transformed } from '../transform/transform.ts';
import type { LoadCounts } from './counts.ts';

/** A message on its way into the database. */
export interface PendingMessage {
  readonly key: string;
  readonly sequence: bigint;
  readonly transformed: Transformed;
  /** The message itself, kept only where it is faulty. */
  readonly faulty?: ClaimChange;
  readonly entry: LowWaterEntry;
}

export interface BatchWriterOptions {
  readonly layout: ClaimLayout;
  readonly config: RdaConfig;
  readonly ctx: RunContext;
  readonly sink: ClaimSink;
  readonly deadLetters: DeadLetters;
  readonly mbis: MbiCache;
  readonly counts: LoadCounts;
  readonly log: Logger;
}

export class BatchWriter {
  readonly #options: BatchWriterOptions;
  readonly #changeType;
  readonly #lowWater = new LowWater();
  #apiSource = '';
  #hasUnresolved = true;
  /** Progress as it stands in the database, as far as this run wrote it. */
  #told: bigint | undefined;

  constructor(options: BatchWriterOptions) {
    this.#options = options;
    this.#changeType = messageType(`${PACKAGE}.${options.layout.change}`);
  }

  /** Version text of the server, which every row names. */
  speaksFor(apiSource: string): void {
    this.#apiSource = apiSource;
  }

  /** A message as {@link write} takes it. */
  pending(change: ClaimChange, transformed: Transformed): PendingMessage {
    const sequence = BigInt(change.seq ?? '0');
    const isFaulty = transformed.kind === 'faulty';
    return {
      // Faulty messages may have no usable claim id, and must not replace each other.
      key: isFaulty ? `#${sequence}` : transformed.claimId,
      sequence,
      transformed,
      ...(isFaulty ? { faulty: change } : {}),
      entry: this.#lowWater.add(sequence),
    };
  }

  /**
   * Writes a batch, and how far the load is, in one transaction. Faulty messages are put aside first, in a transaction of
   * their own, since they stay where nothing else of the batch is stored.
   *
   * @throws PermanentError `BFD_RDA_ERROR_LIMIT`
   */
  async write(batch: readonly PendingMessage[]): Promise<void> {
    const { ctx, sink } = this.#options;
    await this.#putAside(batch);
    const changes = batch.flatMap(storable);
    const mbiIds = await this.#mbiIds(changes);
    const entries = batch.map(({ entry }) => entry);
    const progress = this.#lowWater.ifStored(entries);
    const done = await ctx.transaction(async (tx) => ({
      written: await sink.write(tx, {
        changes,
        mbiIds,
        apiSource: this.#apiSource,
        ...(progress === undefined ? {} : { progress }),
      }),
      resolved: this.#hasUnresolved ? await this.#resolve(tx, changes) : 0,
    }));
    this.#lowWater.stored(entries);
    this.#told = higher(this.#told, progress);
    this.#count(done);
  }

  /** Writes how far the load is, where batches that ended at the same time could not know of each other. */
  async tellProgress(): Promise<void> {
    const { reached } = this.#lowWater;
    if (reached === undefined || reached === this.#told) return;
    const { ctx, layout } = this.#options;
    await ctx.transaction((tx) => tx.query(ADVANCE_PROGRESS, [layout.type, String(reached)]));
    this.#told = reached;
  }

  /** Writes a message that came again, unless its claim has changed since. */
  async writeAgain(change: ClaimChange, transformed: Transformed): Promise<void> {
    const { ctx, sink, deadLetters } = this.#options;
    const sequence = BigInt(change.seq ?? '0');
    if (transformed.kind === 'faulty') {
      const letter = this.#deadLetter(sequence, change, transformed);
      await ctx.transaction((tx) => deadLetters.put(tx, [letter], this.#apiSource));
      return;
    }
    const changes = [{ sequence, change: transformed }];
    const mbiIds = await this.#mbiIds(changes);
    const batch = { changes, mbiIds, apiSource: this.#apiSource, keepsNewer: true };
    const done = await ctx.transaction(async (tx) => ({
      written: await sink.write(tx, batch),
      resolved: await this.#resolve(tx, changes),
    }));
    this.#count(done);
  }

  /**
   * Stops the run when more messages lie aside than are allowed.
   *
   * @throws PermanentError `BFD_RDA_ERROR_LIMIT`
   */
  async checkErrorLimit(places: readonly Place[] = []): Promise<void> {
    const { config, deadLetters } = this.#options;
    const unresolved = await deadLetters.countUnresolved();
    this.#hasUnresolved = unresolved > 0;
    if (unresolved <= config.errorLimit) return;
    throw new PermanentError(
      'BFD_RDA_ERROR_LIMIT',
      'Error limit reached: {unresolved} faulty messages lie in rda.message_errors, {limit} are allowed. Mend what is wrong with them and set processDlq, or raise errorLimit.',
      { unresolved, limit: config.errorLimit },
      { places },
    );
  }

  async #putAside(batch: readonly PendingMessage[]): Promise<void> {
    const { ctx, deadLetters, counts, log } = this.#options;
    const letters = batch.flatMap(({ sequence, faulty, transformed }) =>
      faulty && transformed.kind === 'faulty'
        ? [this.#deadLetter(sequence, faulty, transformed)]
        : [],
    );
    if (letters.length === 0) return;
    await ctx.transaction((tx) => deadLetters.put(tx, letters, this.#apiSource));
    counts.putAside += letters.length;
    log.warn('faulty messages were put aside', { messages: letters.length });
    const fields = new Set(letters.flatMap(({ errors }) => errors.map((each) => each.fieldName)));
    await this.checkErrorLimit(
      [...fields].map((field) => ({ code: 'BFD_RDA_FIELD', column: fieldText(field) })),
    );
  }

  #deadLetter(
    sequence: bigint,
    change: ClaimChange,
    { claimId, errors }: FaultyChange,
  ): DeadLetter {
    return { sequence, claimId, errors, message: toJson(this.#changeType, change) };
  }

  #mbiIds(changes: readonly SequencedChange[]): Promise<ReadonlyMap<string, string>> {
    const mbis = changes.flatMap(({ change }) =>
      change.kind === 'stored' && change.mbi !== null ? [change.mbi] : [],
    );
    return this.#options.mbis.idsOf(mbis);
  }

  /** A message that lay aside and is stored now needs no more looking after. */
  #resolve(tx: Transaction, changes: readonly SequencedChange[]): Promise<number> {
    const sequences = changes.map(({ sequence }) => sequence);
    return this.#options.deadLetters.settle(tx, sequences, 'RESOLVED');
  }

  #count({ written, resolved }: { readonly written: Written; readonly resolved: number }): void {
    const { counts } = this.#options;
    counts.claims += written.claims;
    counts.deleted += written.deleted;
    counts.resolved += resolved;
  }
}

function higher(a: bigint | undefined, b: bigint | undefined): bigint | undefined {
  return a === undefined || (b !== undefined && b > a) ? b : a;
}

function storable({ sequence, transformed }: PendingMessage): SequencedChange[] {
  return transformed.kind === 'faulty' ? [] : [{ sequence, change: transformed }];
}

/** The field without its place in a list: `fissProcCodes.procCd`. */
function fieldText(field: string) {
  return safe.name(field.replace(/\[\d+\]/g, ''));
}
