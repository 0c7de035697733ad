import type { ClaimLayout } from '../layout/layout.ts';
import { type Cell, storedColumns } from './row-reader.ts';

/** What a message's own row says of its claim. */
export interface Summary {
  readonly state: Cell;
  readonly date: Cell;
  readonly places: readonly string[];
}

type Rows = readonly (readonly Cell[])[];
type ReadPlaces = (row: readonly Cell[], children: readonly Rows[]) => Cell[];

/** Reads the summary off a claim's row and the rows of its children. */
export function summaryReaderOf(
  layout: ClaimLayout,
): (row: readonly Cell[], children: readonly Rows[]) => Summary {
  const columns = storedColumns(layout);
  const state = columns.indexOf(layout.summary.state);
  const date = columns.indexOf(layout.summary.date);
  const readPlaces = placesReaderOf(layout);
  return (row, children) => ({
    state: row[state] ?? null,
    date: row[date] ?? null,
    places: readPlaces(row, children).filter(
      (place): place is string => place !== null && place !== '',
    ),
  });
}

function placesReaderOf(layout: ClaimLayout): ReadPlaces {
  const { places } = layout.summary;
  if (!('table' in places)) {
    const indexes = places.map((name) => storedColumns(layout).indexOf(name));
    return (row) => indexes.map((index) => row[index] ?? null);
  }
  const at = layout.children.findIndex(({ table }) => table === places.table);
  const child = layout.children[at];
  if (!child) throw new Error(`${layout.table} has no child ${places.table}`);
  const position = storedColumns(child).indexOf(child.position);
  const place = storedColumns(child).indexOf(places.column);
  return (_row, children) =>
    (children[at] ?? [])
      .toSorted((a, b) => Number(a[position]) - Number(b[position]))
      .map((row) => row[place] ?? null);
}
