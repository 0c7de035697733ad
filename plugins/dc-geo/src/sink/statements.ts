/** The SQL of one type of claims, put together from its layout. No value of a message ever is part of it. */

import type { ChildLayout, ClaimLayout } from '../layout/layout.ts';
import { storedColumns } from '../transform/transform.ts';

/** Columns of `rda.claim_message_meta_data`, in the order of the cells that are copied. */
export const MESSAGE_COLUMNS = [
  'claim_type',
  'sequence_number',
  'claim_id',
  'mbi_id',
  'claim_state',
  'transaction_date',
  'claim_location',
  'phase',
  'phase_seq_num',
  'extract_date',
  'transmission_timestamp',
] as const;

export interface ChildStatements {
  readonly table: string;
  /** $1: keys of claims. */
  readonly deleteOf: string;
  readonly copy: string;
}

export interface ClaimStatements {
  /**
   * Where rows arrive before they are merged. Temporary tables of the session, so that they are made once for many
   * transactions.
   */
  readonly prepare: string;
  readonly copyClaims: string;
  /** Gives back the keys that were written: `key`, `isNew`. */
  readonly mergeClaims: string;
  /** The same, but leaves claims alone that were written by a later message. */
  readonly mergeOlderClaims: string;
  readonly copyMessages: string;
  readonly mergeMessages: string;
  readonly children: readonly ChildStatements[];
  /** $1: keys of claims. What belongs to them goes by the database's cascade. */
  readonly deleteClaims: string;
  /** $1: keys of claims, $2: sequence number; claims that a later message has written stay. */
  readonly deleteOlderClaims: string;
  /** $1: how many at most; claims last written more than 60 days ago, oldest first. */
  readonly deleteOldClaims: string;
  readonly hasOldClaims: string;
}

export function claimStatements(layout: ClaimLayout): ClaimStatements {
  const { table, key, children } = layout;
  const columns = storedColumns(layout);
  const incoming = `pg_temp.incoming_${layout.type.toLowerCase()}_claims`;
  const messages = `pg_temp.incoming_${layout.type.toLowerCase()}_messages`;
  const mergeClaims = (condition: string) => `
    insert into ${table} as stored (${columns.join(', ')})
    select ${columns.join(', ')} from ${incoming}
    on conflict (${key}) do update
       set ${assignments(columns.filter((name) => name !== key))}, last_updated = now()
    ${condition}
    returning ${key} as key, stored.xmax = 0 as "isNew"`;
  return {
    prepare: [incomingTable(incoming, table), incomingTable(messages, MESSAGE_TABLE)].join(';\n'),
    copyClaims: `copy ${incoming} (${columns.join(', ')}) from stdin`,
    mergeClaims: mergeClaims(''),
    mergeOlderClaims: mergeClaims('where stored.sequence_number <= excluded.sequence_number'),
    copyMessages: `copy ${messages} (${MESSAGE_COLUMNS.join(', ')}) from stdin`,
    mergeMessages: `
    insert into ${MESSAGE_TABLE} (${MESSAGE_COLUMNS.join(', ')})
    select ${MESSAGE_COLUMNS.join(', ')} from ${messages}
    on conflict (claim_type, sequence_number) do update
       set ${assignments(MESSAGE_COLUMNS.slice(2))}, last_updated = now()`,
    children: children.map(childStatements(key)),
    deleteClaims: `delete from ${table} where ${key} = any($1)`,
    deleteOlderClaims: `delete from ${table} where ${key} = any($1) and sequence_number <= $2`,
    deleteOldClaims: `
    delete from ${table}
     where ${key} in (select ${key} from ${table} where ${IS_OLD} order by last_updated limit $1)`,
    hasOldClaims: `select exists (select from ${table} where ${IS_OLD}) as "hasOld"`,
  };
}

const MESSAGE_TABLE = 'rda.claim_message_meta_data';

// Claims that came from files (S3) and not from the API are test data that nobody sends again.
const IS_OLD = `last_updated < now() - interval '60 days' and coalesce(api_source, '') not like 'S3%'`;

function incomingTable(name: string, like: string): string {
  return `create temp table if not exists ${name.replace('pg_temp.', '')}
          (like ${like} including defaults) on commit delete rows`;
}

function assignments(columns: readonly string[]): string {
  return columns.map((name) => `${name} = excluded.${name}`).join(', ');
}

function childStatements(key: string): (child: ChildLayout) => ChildStatements {
  return (child) => ({
    table: child.table,
    deleteOf: `delete from ${child.table} where ${key} = any($1)`,
    copy: `copy ${child.table} (${storedColumns(child).join(', ')}) from stdin`,
  });
}
