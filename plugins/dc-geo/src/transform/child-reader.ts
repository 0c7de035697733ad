/** Reads the elements of a claim's list: each becomes a row of the child table. */

import type { ChildLayout } from '../layout/layout.ts';
import { jsonName, type Message, type MessageType } from '../protocol/protocol.ts';
import { type Cell, type Problems, readerOf, storedColumns } from './row-reader.ts';

export interface ChildReader {
  readonly layout: ChildLayout;
  /** The rows of a claim, which has this key. */
  read(claim: Message, claimId: Cell, problems: Problems): Cell[][];
}

export function childReaderOf(layout: ChildLayout, type: MessageType): ChildReader {
  const reader = readerOf(layout, type);
  const listName = jsonName(layout.field);
  const positionName = jsonName(layout.position);
  const position = storedColumns(layout).indexOf(layout.position);

  function checkPositions(rows: readonly Cell[][], problems: Problems): void {
    const taken = new Set<Cell>();
    for (const [index, row] of rows.entries()) {
      const number = row[position] ?? null;
      if (number !== null && taken.has(number)) {
        problems(`${listName}[${index}].${positionName}`, 'is used twice');
      }
      taken.add(number);
    }
  }

  return {
    layout,
    read(claim, claimId, problems) {
      const elements = claim[layout.field];
      if (!Array.isArray(elements)) return [];
      const rows = elements.map((element: Message, index) => {
        const row = reader.read(element, `${listName}[${index}].`, problems);
        row[reader.parentIndex] = claimId;
        return row;
      });
      // Senders of older versions number nothing; the place in the list is then the number, as it was for them.
      if (rows.every((row) => row[position] === '0')) {
        rows.forEach((row, index) => {
          row[position] = String(index + 1);
        });
      } else {
        checkPositions(rows, problems);
      }
      return rows;
    },
  };
}
