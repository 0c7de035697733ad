// The hash of an identifier: what takes the place of an MBI or HICN where people are looked up.

import { pbkdf2 } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { promisify } from 'node:util';

const derive = promisify(pbkdf2);
const HASH_BYTES = 32;

/**
 * How many hashes to ask for at a time. Far more than there are threads: with as many, each thread that is done sleeps
 * until the main one has asked for the next hash, and being woken costs as much as a fifth of a hash.
 */
export const HASHES_UNDER_WAY = Math.max(32, 4 * availableParallelism());

export interface HashSettings {
  /** The secret all hashes share. */
  readonly pepper: Buffer;
  readonly iterations: number;
}

/**
 * The identifier's hash, 64 lower-case hex digits. Computed off the main thread.
 *
 * No salt per person: people are looked up by hashing what was typed, so equal identifiers need equal hashes. A
 * secret for all, the pepper, stands in for the salt.
 * Source: IdHasher.computeIdentifierHash of CMSgov/beneficiary-fhir-data.
 *
 * @param identifier - as received: not trimmed, not in upper case
 * @example
 * await hashIdentifier('123456789A', { pepper, iterations: 1000 }); // 'd95a418b…'
 */
export async function hashIdentifier(
  identifier: string,
  { pepper, iterations }: HashSettings,
): Promise<string> {
  const hash = await derive(identifier, pepper, iterations, HASH_BYTES, 'sha256');
  return hash.toString('hex');
}
