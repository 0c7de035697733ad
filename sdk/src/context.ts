import type { Readable } from 'node:stream';
import type { PoolClient } from 'pg';
import type { Place } from './errors.ts';
import type { SafeText } from './safe.ts';

/** What JSON can say. */
export type Json =
  | string
  | number
  | boolean
  | null
  | readonly Json[]
  | { readonly [key: string]: Json };

/** Why a run began. */
export type Trigger =
  | { readonly kind: 'schedule'; readonly scheduledAt: string }
  | { readonly kind: 'dependency'; readonly upstream: string }
  | { readonly kind: 'startup' }
  | { readonly kind: 'manual'; readonly requestedBy: string };

/** How far a run is. */
export interface Progress {
  /** How much is done, in `unit`. */
  readonly done: number;
  /** How much there is, if known. */
  readonly total?: number;
  /** What is counted: `rows`, `bytes`, `files`. A constant. */
  readonly unit: string;
  /** What is being worked on now. */
  readonly label?: SafeText;
  /** Rows so far, where `unit` counts something else. */
  readonly rows?: number;
  /** How far what `label` names is by itself, such as one file of several. */
  readonly part?: ProgressPart;
}

/** How far one part of a run's work is. */
export interface ProgressPart {
  /** In the unit of the whole. */
  readonly done: number;
  readonly total: number;
  /** Rows of it so far. */
  readonly rows?: number;
}

/** A transaction of {@link RunContext.transaction}. */
export interface Transaction extends Pick<PoolClient, 'query'> {
  /** As {@link RunContext.checkpoint}, committed or rolled back with this transaction. */
  checkpoint(key: string, value: Json): Promise<void>;
}

/** What an uploaded object is given besides its content. */
export interface UploadOptions {
  readonly contentType?: string;
  /** User metadata of the object, such as `md5chksum`. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** What both a run and an item of a fan-out are given. */
export interface WorkContext {
  readonly runId: string;
  /** Which try of this run this is, from 1. */
  readonly attempt: number;
  /** Aborts on cancellation, time-out and when the host stops; also cancels SQL and S3 calls under way. */
  readonly signal: AbortSignal;
  /** A folder of this job alone, emptied after the run. The only place on disk it may write to. */
  readonly tempFolder: string;

  /**
   * Runs `work` in a transaction that commits only while this run still holds its lease, so that a host
   * that was stopped, given up and woken again writes nothing.
   *
   * @throws an error with code `BFD_LEASE_LOST` when another host has taken the job over
   * @example
   * await ctx.transaction(async (tx) => {
   *   await tx.query('delete from ccw.old where id = any($1)', [ids]);
   *   await tx.checkpoint('last-id', ids.at(-1) ?? null);
   * });
   */
  transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T>;

  /** The value stored under `key` by this job, in this run or an earlier one; `undefined` if none. */
  checkpoint(key: string): Promise<Json | undefined>;
  /** Stores `value` (at most 64 KiB of JSON) under `key`, for this job's next attempts and runs; `null` removes it. */
  checkpoint(key: string, value: Json): Promise<void>;

  /**
   * Streams an object to S3 in parts, so that it may be larger than memory. (A stream that errors inside
   * a plain PutObject never settles.)
   *
   * @throws what the stream throws, or an error with the S3 error's name as code
   */
  upload(
    bucket: string,
    key: string,
    body: Readable | AsyncIterable<Uint8Array>,
    options?: UploadOptions,
  ): Promise<void>;
}

/** What one run of a job is given. */
export interface RunContext extends WorkContext {
  readonly trigger: Trigger;

  /**
   * Whether {@link forEach} has its items worked on by all hosts, and not by this process: the job's configuration has
   * `"fanOut": true`, and there is a host's queue. For a job that shares its work out otherwise when it may.
   */
  readonly fansOut: boolean;

  /**
   * Says that there is work, as soon as it is known: the run becomes visible to operators. The first
   * `progress`, written `checkpoint` or `transaction` says so too.
   */
  workStarts(): void;

  /** How far the run is. Call it as often as you like; it is passed on about twice a second. */
  progress(progress: Progress): void;

  /**
   * Calls the class's `forItem` for each item: here, some at a time, or on any host when the job's
   * configuration has `"fanOut": true` (see {@link fansOut}). Settles when all are done.
   *
   * @param items - JSON of at most 64 KiB each
   * @param options.concurrency - how many at a time in this process; the number of cores if absent
   * @throws only when aborted; failed items are in the result
   */
  forEach(
    items: Iterable<Json> | AsyncIterable<Json>,
    options?: { concurrency?: number },
  ): Promise<ItemsSettled>;
}

/** What `forItem` is given besides its item. */
export interface ItemContext extends WorkContext {
  /** Place of the item among those of its run, from 0. */
  readonly index: number;
}

/** An item of {@link RunContext.forEach} that failed for good. */
export interface FailedItem {
  readonly index: number;
  /** Of its error. */
  readonly code: string;
  /** Of its error, for the error of the run; of all items of the call the first 20 are kept. Absent if it has none. */
  readonly places?: readonly Place[];
}

/** What became of the items of {@link RunContext.forEach}. */
export interface ItemsSettled {
  readonly done: number;
  /** Items that failed for good, by index. */
  readonly failed: readonly FailedItem[];
  /** What `forItem` returned, by index; at most 1 KiB of JSON each, `null` where nothing was returned. */
  readonly results: readonly Json[];
}
