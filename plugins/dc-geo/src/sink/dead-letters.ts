/**
 * Messages that could not be stored, in `rda.message_errors`. The table holds them whole, as data: nothing of them
 * is ever logged or put into an error.
 */

import type { Pool, Transaction } from '@bfd-host/sdk';
import type { ClaimType } from '../layout/layout.ts';
import type { FieldError } from '../transform/transform.ts';

export interface DeadLetter {
  readonly sequence: bigint;
  readonly claimId: string;
  readonly errors: readonly FieldError[];
  /** In protobuf's JSON form. */
  readonly message: unknown;
}

/** `OBSOLETE`: the API has that message no more. */
export type DeadLetterStatus = 'RESOLVED' | 'OBSOLETE';

export class DeadLetters {
  readonly #db: Pool;
  readonly #type: ClaimType;

  constructor(db: Pool, type: ClaimType) {
    this.#db = db;
    this.#type = type;
  }

  /** Sequence numbers of those that nothing has come of yet, in order. */
  async unresolved(): Promise<bigint[]> {
    const { rows } = await this.#db.query<{ sequence: string }>(LIST_UNRESOLVED, [this.#type]);
    return rows.map(({ sequence }) => BigInt(sequence));
  }

  async countUnresolved(): Promise<number> {
    const { rows } = await this.#db.query<{ count: string }>(COUNT_UNRESOLVED, [this.#type]);
    return Number(rows[0]?.count);
  }

  /** Puts messages aside; one that lies there already is replaced. */
  async put(tx: Transaction, letters: readonly DeadLetter[], apiSource: string): Promise<void> {
    const rows = letters.map(({ sequence, claimId, errors, message }) => ({
      sequence_number: String(sequence),
      claim_id: claimId,
      errors,
      message,
    }));
    await tx.query(PUT_ASIDE, [this.#type, apiSource, JSON.stringify(rows, storableText)]);
  }

  /** Says what came of those of these messages that lay here. */
  async settle(
    tx: Transaction,
    sequences: readonly bigint[],
    status: DeadLetterStatus,
  ): Promise<number> {
    const { rowCount } = await tx.query(SETTLE, [this.#type, sequences.map(String), status]);
    return rowCount ?? 0;
  }

  async hasExpired(days: number): Promise<boolean> {
    const { rows } = await this.#db.query<{ hasExpired: boolean }>(HAS_EXPIRED, [this.#type, days]);
    return rows[0]?.hasExpired === true;
  }

  /** Deletes what is settled and was last touched more than `days` days ago. */
  async deleteExpired(tx: Transaction, days: number): Promise<number> {
    const { rowCount } = await tx.query(DELETE_EXPIRED, [this.#type, days]);
    return rowCount ?? 0;
  }
}

/** PostgreSQL's jsonb takes no zero bytes and no halves of a surrogate pair. */
function storableText(_key: string, value: unknown): unknown {
  return typeof value === 'string' ? value.replaceAll('\0', '\ufffd').toWellFormed() : value;
}

const LIST_UNRESOLVED = `
  select sequence_number::text as sequence from rda.message_errors
   where claim_type = $1 and status = 'UNRESOLVED' order by sequence_number`;

const COUNT_UNRESOLVED = `
  select count(*) from rda.message_errors where claim_type = $1 and status = 'UNRESOLVED'`;

/** $1 claim type, $2 API version, $3 the messages as a JSON array. */
const PUT_ASIDE = `
  insert into rda.message_errors as stored
         (sequence_number, claim_type, claim_id, api_source, created_date, updated_date, errors, message, status)
  select sequence_number, $1, claim_id, $2, now(), now(), errors, message, 'UNRESOLVED'
    from jsonb_to_recordset($3::jsonb)
      as letter (sequence_number bigint, claim_id text, errors jsonb, message jsonb)
  on conflict (sequence_number, claim_type) do update
     set claim_id = excluded.claim_id, api_source = excluded.api_source, updated_date = now(),
         errors = excluded.errors, message = excluded.message, status = excluded.status`;

/** $1 claim type, $2 sequence numbers, $3 status. */
const SETTLE = `
  update rda.message_errors set status = $3, updated_date = now()
   where claim_type = $1 and sequence_number = any($2::bigint[]) and status = 'UNRESOLVED'`;

const IS_EXPIRED = `claim_type = $1 and status <> 'UNRESOLVED' and updated_date < now() - make_interval(days => $2)`;
const HAS_EXPIRED = `select exists (select from rda.message_errors where ${IS_EXPIRED}) as "hasExpired"`;
const DELETE_EXPIRED = `delete from rda.message_errors where ${IS_EXPIRED}`;
