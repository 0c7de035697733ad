// A type of a data set as an item that any host may work on. It names its files and holds none of them; what comes back only
// sums them up, since it has to fit into a kilobyte.

import { RIF_TYPES } from '@bfd-host/rif';
import { type Json, z } from '@bfd-host/sdk';
import type { LoadedType } from './load-type.ts';

const typeItem = z.strictObject({
  manifestId: z.string().regex(/^\d+$/),
  type: z.enum(RIF_TYPES),
});

/** All open files of a type in a data set. */
export type TypeItem = z.infer<typeof typeItem>;

export function readTypeItem(item: Json): TypeItem {
  return typeItem.parse(item);
}

const loadedType = z.strictObject({
  type: z.enum(RIF_TYPES),
  files: z.int(),
  records: z.int(),
  quarantined: z.int(),
  childRows: z.int(),
  merged: z.array(z.strictObject({ lowest: z.number(), highest: z.number() })).max(1),
});

export function readLoadedType(result: Json): LoadedType {
  return loadedType.parse(result);
}

/** As {@link readLoadedType} reads it: of what was merged, only from where to where. */
export function writeLoadedType({ merged, ...sums }: LoadedType): Json {
  if (merged.length === 0) return { ...sums, merged: [] };
  const lowest = Math.min(...merged.map((keys) => keys.lowest));
  const highest = Math.max(...merged.map((keys) => keys.highest));
  return { ...sums, merged: [{ lowest, highest }] };
}
