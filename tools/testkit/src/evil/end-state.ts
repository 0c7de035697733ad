// What a job leaves behind when it has nothing more to do: rows of tables and, if asked for, objects. Two of them are
// compared row by row, whatever their order.

import { createHash } from 'node:crypto';
import type { TestPlace } from '../job-to-test.ts';

/** Texts that each stand for a row or an object, by table or bucket. */
export type EndState = ReadonlyMap<string, readonly string[]>;

/**
 * @param tables - names, or `select` statements for what must be the same
 * @param withObjects - whether to look at the bucket, too
 */
export async function endState(
  { database, bucket }: TestPlace,
  tables: readonly string[],
  withObjects: boolean,
): Promise<EndState> {
  const state = new Map<string, string[]>();
  for (const table of tables) {
    const rows = /^\s*(select|with|table|values)\b/i.test(table) ? table : `select * from ${table}`;
    const found = await database.pool.query<{ row: string }>(
      `select to_jsonb(r)::text as row from (${rows.replace(/;\s*$/, '')}) r`,
    );
    state.set(table, found.rows.map(({ row }) => row).sort());
  }
  if (withObjects) state.set('the bucket', await objects(bucket));
  return state;
}

async function objects({ client, name: Bucket }: TestPlace['bucket']): Promise<string[]> {
  const found: string[] = [];
  for await (const { Contents = [] } of client.paginateListObjectsV2({ Bucket })) {
    for (const { Key } of Contents) {
      const { Body } = await client.getObject({ Bucket, Key });
      const bytes = (await Body?.transformToByteArray()) ?? new Uint8Array();
      found.push(`${Key} ${createHash('sha256').update(bytes).digest('hex')}`);
    }
  }
  return found.sort();
}

export function isSameState(one: EndState, other: EndState): boolean {
  return differences(one, other).length === 0;
}

/** What is lost and what is too much, a line each. */
export function differences(expected: EndState, found: EndState): string[] {
  return [...expected].flatMap(([table, rows]) => {
    const others = found.get(table) ?? [];
    return [
      ...told(table, 'lost', without(rows, others)),
      ...told(table, 'too many', without(others, rows)),
    ];
  });
}

/** `rows` less those of `others`, each as often as it is there. */
function without(rows: readonly string[], others: readonly string[]): string[] {
  const left = new Map<string, number>();
  for (const row of others) left.set(row, (left.get(row) ?? 0) + 1);
  return rows.filter((row) => {
    const count = left.get(row) ?? 0;
    left.set(row, count - 1);
    return count <= 0;
  });
}

const EXAMPLE_LENGTH = 120;

function told(table: string, what: string, rows: readonly string[]): string[] {
  const [example] = rows;
  if (example === undefined) return [];
  return [`${table}: ${rows.length} ${what}, such as ${example.slice(0, EXAMPLE_LENGTH)}`];
}
