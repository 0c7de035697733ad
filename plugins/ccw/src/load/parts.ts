// A chunk in the parts in which it can be applied by set-based statements: in each part every key is there once,
// and all records have the same action. Nearly every chunk is one part.

import type { Chunk } from '../rif/chunk.ts';

export interface Part {
  readonly isUpdate: boolean;
  readonly records: Buffer;
  readonly children: Buffer;
}

/**
 * The parts of a chunk, in the order in which they must be applied.
 *
 * @param replaceAll - treat each INSERT as an UPDATE
 */
export function partsOf(chunk: Chunk, options: { readonly replaceAll: boolean }): Part[] {
  const groups = new Map<string, number[]>();
  const seen = new Map<number, number>();
  for (let index = 0; index < chunk.count; index++) {
    const key = chunk.keys[index] ?? 0;
    const earlier = seen.get(key) ?? 0;
    seen.set(key, earlier + 1);
    const isUpdate = options.replaceAll || chunk.updates[index] === 1;
    const name = `${String(earlier).padStart(10, '0')} ${isUpdate ? 'update' : 'insert'}`;
    const group = groups.get(name);
    if (group) group.push(index);
    else groups.set(name, [index]);
  }
  return [...groups]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, indexes]) => ({
      isUpdate: name.endsWith('update'),
      records: rowsOf(indexes, chunk.records, chunk.recordEnds, chunk.count),
      children: rowsOf(indexes, chunk.children, chunk.childEnds, chunk.count),
    }));
}

function rowsOf(
  indexes: readonly number[],
  rows: Buffer,
  ends: Uint32Array,
  count: number,
): Buffer {
  if (indexes.length === count) return rows.subarray(0, ends[count - 1] ?? 0);
  return Buffer.concat(
    indexes.map((index) => rows.subarray(index === 0 ? 0 : (ends[index - 1] ?? 0), ends[index])),
  );
}
