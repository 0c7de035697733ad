// The hashes of a chunk's beneficiaries, put into the room its rows have for them. A hash costs twenty times what
// the rest of the row does, so those of identifiers that have not changed are taken from the database.

import type { Pool } from '@bfd-host/sdk';
import type { Chunk } from '../rif/chunk.ts';
import { HASHES_UNDER_WAY, type HashSettings, hashIdentifier } from './identifier-hash.ts';

export async function hashChunk(db: Pool, chunk: Chunk, settings: HashSettings): Promise<void> {
  const hashes = await knownHashes(db, chunk);
  const wanted = new Set<string>();
  for (const { hicn, mbi } of chunk.identifiers) {
    wanted.add(hicn);
    if (mbi !== null) wanted.add(mbi);
  }
  const missing = [...wanted].filter((identifier) => !hashes.has(identifier)).values();
  await Promise.all(
    Array.from({ length: HASHES_UNDER_WAY }, async () => {
      for (const identifier of missing) {
        hashes.set(identifier, await hashIdentifier(identifier, settings));
      }
    }),
  );
  for (const { hicn, mbi, hicnHashAt, mbiHashAt } of chunk.identifiers) {
    chunk.records.write(hashes.get(hicn) ?? '', hicnHashAt, 'latin1');
    if (mbi !== null) chunk.records.write(hashes.get(mbi) ?? '', mbiHashAt, 'latin1');
  }
}

interface StoredIdentifiers {
  readonly hicn_unhashed: string | null;
  readonly bene_crnt_hic_num: string;
  readonly mbi_num: string | null;
  readonly mbi_hash: string | null;
}

async function knownHashes(db: Pool, chunk: Chunk): Promise<Map<string, string>> {
  const ids = [...new Set(chunk.identifiers.map(({ beneficiary }) => beneficiary))];
  const { rows } = await db.query<StoredIdentifiers>(FIND_STORED_HASHES, [ids]);
  const known = new Map<string, string>();
  const add = (identifier: string | null, hash: string | null) => {
    if (identifier !== null && hash !== null && HASH.test(hash)) known.set(identifier, hash);
  };
  for (const row of rows) {
    add(row.hicn_unhashed, row.bene_crnt_hic_num);
    add(row.mbi_num, row.mbi_hash);
  }
  return known;
}

/** As long as the room for it. Empty ones are still to be made. */
const HASH = /^[0-9a-f]{64}$/;

const FIND_STORED_HASHES = `
  select hicn_unhashed, bene_crnt_hic_num, mbi_num, mbi_hash
    from ccw.beneficiaries
   where bene_id = any($1::bigint[])`;
