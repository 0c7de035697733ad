/**
 * MBIs and their hashes, in `rda.mbi_cache`. A claim refers to its MBI there; whoever looks a person up hashes the
 * MBI and comes the other way.
 */

import { pbkdf2 } from 'node:crypto';
import { promisify } from 'node:util';
import type { Pool, RunContext } from '@bfd-host/sdk';
import type { RdaConfig } from '../config.ts';

const derive = promisify(pbkdf2);
const HASH_BYTES = 32;

export type HashSettings = Pick<RdaConfig, 'pepper' | 'iterations'>;

/**
 * The hash of an MBI, lower-case hex. No salt of each person's own: equal MBIs need equal hashes. A shared secret, the
 * pepper, stands in for it.
 *
 * @param settings.pepper - in hex
 */
export async function hashMbi(mbi: string, { pepper, iterations }: HashSettings): Promise<string> {
  const hash = await derive(mbi, Buffer.from(pepper, 'hex'), iterations, HASH_BYTES, 'sha256');
  return hash.toString('hex');
}

/** Hashes computed at a time: the threads Node has for it, and one each waiting. */
const AT_A_TIME = 8;

export class MbiCache {
  readonly #db: Pool;
  readonly #ctx: Pick<RunContext, 'transaction'>;
  readonly #settings: HashSettings & Pick<RdaConfig, 'hashCacheSize'>;
  /** Least recently used first. */
  readonly #known = new Map<string, string>();

  constructor(
    db: Pool,
    ctx: Pick<RunContext, 'transaction'>,
    settings: HashSettings & Pick<RdaConfig, 'hashCacheSize'>,
  ) {
    this.#db = db;
    this.#ctx = ctx;
    this.#settings = settings;
  }

  /** Ids in `rda.mbi_cache`, of rows that are committed. Those that are not there are put there. */
  async idsOf(mbis: Iterable<string>): Promise<ReadonlyMap<string, string>> {
    const ids = new Map<string, string>();
    let missing: string[] = [];
    for (const mbi of new Set(mbis)) {
      const id = this.#recall(mbi);
      if (id === undefined) missing.push(mbi);
      else ids.set(mbi, id);
    }
    for (const [mbi, id] of await this.#find(missing)) ids.set(mbi, id);
    missing = missing.filter((mbi) => !ids.has(mbi));
    if (missing.length > 0) {
      for (const [mbi, id] of await this.#add(missing)) ids.set(mbi, id);
    }
    for (const [mbi, id] of ids) this.#remember(mbi, id);
    return ids;
  }

  async #find(mbis: readonly string[]): Promise<Map<string, string>> {
    if (mbis.length === 0) return new Map();
    const { rows } = await this.#db.query<{ mbi: string; id: string }>(FIND_MBIS, [mbis]);
    return new Map(rows.map(({ mbi, id }) => [mbi, id]));
  }

  /** In a transaction of its own, and in one order: two that add the same MBIs wait for each other, never crosswise. */
  async #add(mbis: readonly string[]): Promise<Map<string, string>> {
    const hashes = await this.#hash(mbis);
    await this.#ctx.transaction((tx) => tx.query(ADD_MBIS, [mbis, hashes]));
    return this.#find(mbis);
  }

  async #hash(mbis: readonly string[]): Promise<string[]> {
    const hashes: string[] = [];
    const left = mbis.entries();
    await Promise.all(
      Array.from({ length: AT_A_TIME }, async () => {
        for (const [index, mbi] of left) hashes[index] = await hashMbi(mbi, this.#settings);
      }),
    );
    return hashes;
  }

  #recall(mbi: string): string | undefined {
    const id = this.#known.get(mbi);
    if (id !== undefined) this.#known.delete(mbi);
    if (id !== undefined) this.#known.set(mbi, id);
    return id;
  }

  #remember(mbi: string, id: string): void {
    this.#known.delete(mbi);
    this.#known.set(mbi, id);
    if (this.#known.size <= this.#settings.hashCacheSize) return;
    const [oldest] = this.#known.keys();
    if (oldest !== undefined) this.#known.delete(oldest);
  }
}

/** $1 MBIs. The oldest row where one has several, from times of another pepper. */
const FIND_MBIS = `
  select mbi, min(mbi_id)::text as id from rda.mbi_cache where mbi = any($1) group by mbi`;

/** $1 MBIs, $2 their hashes. */
const ADD_MBIS = `
  insert into rda.mbi_cache (mbi, hash)
  select mbi, hash from unnest($1::text[], $2::text[]) as added (mbi, hash) order by hash
  on conflict (hash) do nothing`;
