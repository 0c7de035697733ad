// Transactions and checkpoints of a run, kept honest by the host's own functions in the database: after another
// host has taken the job over, neither can be written any more.

import type { Json, Transaction } from '@bfd-host/sdk';
import type { PoolClient } from 'pg';
import { jsonText } from './json-text.ts';
import { dataProperty } from './private.ts';
import type { RunServices } from './run-services.ts';
import { RuntimeError } from './runtime-error.ts';

const CHECKPOINT_BYTES = 64 * 1024;
const KEY_LENGTH = 200;

const BEGIN = 'begin';
const COMMIT = 'commit';
const ROLLBACK = 'rollback';
const FENCE = 'select bfd_host.fence($1::text, $2::bigint)';
const CHECKPOINT_GET = 'select bfd_host.checkpoint_get($1::text, $2::text) as value';
const CHECKPOINT_PUT = 'select bfd_host.checkpoint_put($1::text, $2::bigint, $3::text, $4::jsonb)';

/** Of `bfd_host.fence` when the epoch is not the lease's any more. */
const LEASE_LOST = 'BF001';
/** An earlier statement failed. */
const FAILED_TRANSACTION = '25P02';
/** No schema, no function, no right to use it. */
const UNUSABLE = new Set(['3F000', '42883', '42501']);

export class Fenced {
  readonly #services: RunServices;
  readonly #job: string;
  readonly #epoch: number;

  constructor(services: RunServices, job: string, epoch: number) {
    this.#services = services;
    this.#job = job;
    this.#epoch = epoch;
  }

  async transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    const { spans } = this.#services;
    const client = await this.#pool().connect();
    return spans.within('job.transaction', () => this.#inTransaction(client, work));
  }

  async read(key: string): Promise<Json | undefined> {
    checkKey(key);
    const { spans } = this.#services;
    return spans.within('job.checkpoint', async () => {
      const { rows } = await hostCall(this.#pool().query(CHECKPOINT_GET, [this.#job, key]));
      const value: Json | null = rows[0]?.value ?? null;
      return value === null ? undefined : value;
    });
  }

  async write(key: string, value: Json): Promise<void> {
    const { spans } = this.#services;
    await spans.within('job.checkpoint', () => this.#put(this.#pool(), key, value));
  }

  async #inTransaction<T>(client: PoolClient, work: (tx: Transaction) => Promise<T>): Promise<T> {
    let isOpen = true;
    const tx: Transaction = {
      // A late call would be a write outside of the transaction. The casts: eight overloads, passed on.
      query: ((...args: unknown[]) => {
        if (!isOpen) throw new RuntimeError('BFD_TRANSACTION_ENDED');
        return (client.query as (...args: unknown[]) => unknown)(...args);
      }) as Transaction['query'],
      checkpoint: (key, value) => {
        if (!isOpen) throw new RuntimeError('BFD_TRANSACTION_ENDED');
        return this.#put(client, key, value);
      },
    };
    try {
      // The job may have given a connection back with a transaction open: not part of this one.
      if (client.getTransactionStatus() !== 'I') await client.query(ROLLBACK);
      await client.query(BEGIN);
      const result = await work(tx);
      isOpen = false;
      if (client.getTransactionStatus() === 'I') throw new RuntimeError('BFD_TRANSACTION_ENDED');
      await hostCall(client.query(FENCE, [this.#job, this.#epoch]));
      await client.query(COMMIT);
      client.release();
      return result;
    } catch (error) {
      isOpen = false;
      const isBack = await client.query(ROLLBACK).then(
        () => true,
        () => false,
      );
      client.release(!isBack);
      throw error;
    }
  }

  async #put(on: Pick<PoolClient, 'query'>, key: string, value: Json): Promise<void> {
    checkKey(key);
    const text = jsonText(value);
    const bytes = text === undefined ? 0 : Buffer.byteLength(text);
    if (text === undefined || bytes > CHECKPOINT_BYTES) {
      throw new RuntimeError('BFD_CHECKPOINT_VALUE', { bytes, limit: CHECKPOINT_BYTES });
    }
    await hostCall(on.query(CHECKPOINT_PUT, [this.#job, this.#epoch, key, text]));
  }

  #pool() {
    const { database } = this.#services;
    if (!database) throw new RuntimeError('BFD_NO_DATABASE');
    if (!database.isHostDatabase) throw new RuntimeError('BFD_TRANSACTION_ELSEWHERE');
    return database.pool;
  }
}

function checkKey(key: string): void {
  const length = typeof key === 'string' ? key.length : 0;
  if (length < 1 || length > KEY_LENGTH) {
    throw new RuntimeError('BFD_CHECKPOINT_KEY', { length, limit: KEY_LENGTH });
  }
}

/** Gives the failures of the host's own functions their names. */
async function hostCall<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    const state = dataProperty(error, 'code');
    if (state === FAILED_TRANSACTION) {
      throw new RuntimeError('BFD_TRANSACTION_BROKEN', {}, { cause: error });
    }
    if (state === LEASE_LOST) throw new RuntimeError('BFD_LEASE_LOST', {}, { cause: error });
    if (typeof state === 'string' && UNUSABLE.has(state)) {
      throw new RuntimeError('BFD_HOST_FUNCTIONS', {}, { cause: error });
    }
    throw error;
  }
}
