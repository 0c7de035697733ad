// Rows of a slice with the hashes they should have. Hashes are made on all cores, each identifier of a slice once.

import { HASHES_UNDER_WAY, type HashSettings, hashIdentifier } from '../hashing/identifier-hash.ts';
import type { StoredRow } from './fixup-statements.sql.ts';

/** What a row shall hold. */
export interface Hashes {
  readonly hicnHash: string;
  readonly mbiHash: string | null;
  readonly hicnHashOld: string | null;
  readonly mbiHashOld: string | null;
}

export interface HashedRow {
  readonly row: StoredRow;
  readonly hashes: Hashes;
}

export class HashMaker {
  readonly #current: HashSettings;
  readonly #former: HashSettings | undefined;
  #made = 0;

  /** @param former - with which settings former hashes were made, while they are kept as well */
  constructor(current: HashSettings, former: HashSettings | undefined) {
    this.#current = current;
    this.#former = former;
  }

  /** How many hashes were made. */
  get made(): number {
    return this.#made;
  }

  /** @throws the signal's reason at once when it aborts; hashes that were asked for are made all the same */
  async hash(rows: readonly StoredRow[], signal: AbortSignal): Promise<HashedRow[]> {
    const current = this.#memory(this.#current);
    const former = this.#former && this.#memory(this.#former);
    const hashed: HashedRow[] = [];
    const waiting = rows.values();
    const work = Promise.all(
      Array.from({ length: HASHES_UNDER_WAY }, async () => {
        for (const row of waiting) {
          signal.throwIfAborted();
          const hicn = await complete(row.hicn, row.hicnHash, row.hicnHashOld, current, former);
          const mbi = await complete(row.mbi, row.mbiHash, row.mbiHashOld, current, former);
          hashed.push({
            row,
            hashes: {
              hicnHash: hicn.hash ?? '',
              mbiHash: mbi.hash,
              hicnHashOld: hicn.old,
              mbiHashOld: mbi.old,
            },
          });
        }
      }),
    );
    await untilAborted(work, signal);
    return hashed;
  }

  #memory(settings: HashSettings): Hash {
    const known = new Map<string, Promise<string>>();
    return (identifier) => {
      let hash = known.get(identifier);
      if (!hash) {
        this.#made++;
        hash = hashIdentifier(identifier, settings);
        known.set(identifier, hash);
      }
      return hash;
    };
  }
}

/** Those that wait their turn would hold up the end of a run, the more iterations they have. */
async function untilAborted(work: Promise<unknown>, signal: AbortSignal): Promise<void> {
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

type Hash = (identifier: string) => Promise<string>;

interface HashPair {
  readonly hash: string | null;
  readonly old: string | null;
}

/**
 * The hash of an identifier and, while settings change, its former one. Missing ones are made; a stored one that
 * was made with other settings becomes the former one.
 */
async function complete(
  identifier: string | null,
  stored: string | null,
  old: string | null,
  current: Hash,
  former: Hash | undefined,
): Promise<HashPair> {
  const isStored = stored !== null && stored !== '';
  if (identifier === null || identifier === '') return { hash: stored, old };
  if (isStored && (!former || old !== null)) return { hash: stored, old };
  const hash = await current(identifier);
  if (!former) return { hash, old };
  return { hash, old: old ?? (isStored && stored !== hash ? stored : await former(identifier)) };
}
