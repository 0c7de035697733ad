// A chunk in the parts in which it can be applied by set-based statements: in each part every key is there once,
// and all records have the same action. Nearly every chunk is one part.

import type { Chunk } from '../rif/chunk.ts';

export interface Part {
  readonly isUpdate: boolean;
  /** How many records it has. */
  readonly count: number;
  readonly records: Buffer;
  readonly children: Buffer;
}

/** Records of a chunk by their places in it: `[from, to)`. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
}

/**
 * The parts of a stretch of a chunk, in the order in which they must be applied.
 *
 * @param replaceAll - treat each INSERT as an UPDATE
 */
export function partsOf(
  chunk: Chunk,
  { from, to }: Stretch,
  options: { readonly replaceAll: boolean },
): Part[] {
  const groups = new Map<string, number[]>();
  const seen = new Map<number, number>();
  for (let index = from; index < to; index++) {
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
      count: indexes.length,
      records: rowsOf(indexes, chunk.records, chunk.recordEnds),
      children: rowsOf(indexes, chunk.children, chunk.childEnds),
    }));
}

/** A stretch as it is. */
export function wholePart(chunk: Chunk, { from, to }: Stretch): Part {
  const indexes = Array.from({ length: to - from }, (_, place) => from + place);
  return {
    isUpdate: false,
    count: indexes.length,
    records: rowsOf(indexes, chunk.records, chunk.recordEnds),
    children: rowsOf(indexes, chunk.children, chunk.childEnds),
  };
}

function rowsOf(indexes: readonly number[], rows: Buffer, ends: Uint32Array): Buffer {
  const startOf = (index: number) => (index === 0 ? 0 : (ends[index - 1] ?? 0));
  const [first = 0, last = 0] = [indexes[0], indexes.at(-1)];
  if (last - first + 1 === indexes.length) return rows.subarray(startOf(first), ends[last]);
  return Buffer.concat(indexes.map((index) => rows.subarray(startOf(index), ends[index])));
}
