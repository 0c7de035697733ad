/** For tests: what a job is given by its host, without a host. */

import { randomUUID } from 'node:crypto';
import type { Json, Logger, Progress, RunContext, Transaction } from '@bfd-host/sdk';
import type { Pool } from 'pg';

export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly fields: unknown;
}

export function listeningLogger(): Logger & { readonly lines: LogLine[] } {
  const lines: LogLine[] = [];
  const at = (level: string) => (message: string, fields?: unknown) => {
    lines.push({ level, message, fields });
  };
  return { lines, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

export interface TestContext extends RunContext {
  readonly reported: Progress[];
  /** Transactions that were committed. */
  readonly commits: () => number;
}

/** As the runtime's, but without a lease to lose. */
export function contextOn(pool: Pool, signal: AbortSignal): TestContext {
  const checkpoints = new Map<string, Json>();
  const reported: Progress[] = [];
  let commits = 0;
  function checkpoint(key: string): Promise<Json | undefined>;
  function checkpoint(key: string, value: Json): Promise<void>;
  async function checkpoint(key: string, value?: Json): Promise<unknown> {
    if (value !== undefined) checkpoints.set(key, value);
    return value === undefined ? checkpoints.get(key) : undefined;
  }
  return {
    runId: randomUUID(),
    attempt: 1,
    signal,
    tempFolder: '',
    trigger: { kind: 'manual', requestedBy: 'a test' },
    fansOut: false,
    reported,
    commits: () => commits,
    workStarts() {},
    progress: (progress) => void reported.push(progress),
    checkpoint,
    upload: () => Promise.reject(new Error('this job does not upload')),
    forEach: () => Promise.reject(new Error('this job has no items')),
    async transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
      signal.throwIfAborted();
      const client = await pool.connect();
      try {
        await client.query('begin');
        const query = client.query.bind(client) as Transaction['query'];
        const result = await work({ query, checkpoint });
        await client.query('commit');
        commits++;
        client.release();
        return result;
      } catch (error) {
        client.release(true);
        throw error;
      }
    },
  };
}
