/**
 * From a change message to the rows it becomes, by the layout alone. All that is wrong with a message is
 * collected, so that whoever mends it need not do so one field at a time.
 */

import type { ChildLayout, ClaimLayout, RowLayout } from '../layout/layout.ts';
import { type ClaimChange, type Message, messageType, PACKAGE } from '../protocol/protocol.ts';
import {
  type Cell,
  type FieldError,
  type Problems,
  type RowReader,
  readerOf,
} from './row-reader.ts';
import { canBeStored, dateText, isTimestamp } from './values.ts';

export type { Cell, FieldError } from './row-reader.ts';

/** One row: a cell for each of {@link storedColumns} of its table, in that order. */
export type Row = readonly Cell[];

/** Where the claim system's record came from. */
export interface RecordSource {
  readonly phase: number | null;
  readonly phaseSeqNum: number | null;
  readonly extractDate: string | null;
  readonly transmissionTimestamp: string | null;
}

/** A change as rows. */
export interface StoredChange {
  readonly kind: 'stored';
  readonly claimId: string;
  readonly row: Row;
  /** Rows of each child table, in the order of the layout. */
  readonly children: readonly (readonly Row[])[];
  readonly mbi: string | null;
  readonly state: string | null;
  readonly date: string | null;
  readonly places: readonly string[];
  readonly source: RecordSource;
}

/** A change that says a claim is no more. */
export interface DeletedClaim {
  readonly kind: 'deleted';
  readonly claimId: string;
  readonly source: RecordSource;
}

/** A change that cannot be stored. */
export interface FaultyChange {
  readonly kind: 'faulty';
  readonly claimId: string;
  readonly errors: readonly FieldError[];
}

export type Transformed = StoredChange | DeletedClaim | FaultyChange;

/** Columns the transformation fills, or leaves free for the load: all but the time, which is the database's. */
export function storedColumns({ columns }: RowLayout): string[] {
  return columns.map(({ name }) => name).filter((name) => name !== 'last_updated');
}

export class Transformer {
  readonly #layout: ClaimLayout;
  readonly #claim: RowReader;
  readonly #children: readonly { readonly layout: ChildLayout; readonly reader: RowReader }[];
  readonly #keyIndex: number;
  readonly #sequenceIndex: number;

  constructor(layout: ClaimLayout) {
    const proto = `${PACKAGE}.${layout.type.toLowerCase()}`;
    this.#layout = layout;
    this.#claim = readerOf(layout, messageType(`${proto}.${layout.message}`));
    this.#children = layout.children.map((child) => ({
      layout: child,
      reader: readerOf(child, messageType(`${proto}.${child.message}`)),
    }));
    this.#keyIndex = storedColumns(layout).indexOf(layout.key);
    this.#sequenceIndex = storedColumns(layout).indexOf('sequence_number');
  }

  /** The rows of a change, or everything that is wrong with it. */
  transform(change: ClaimChange): Transformed {
    const errors: FieldError[] = [];
    const problems: Problems = (field, problem) =>
      errors.push({ fieldName: field, errorMessage: problem });
    const claim = change.claim ?? {};
    const row = this.#claim.read(claim, '', problems);
    const claimId = row[this.#keyIndex] ?? null;
    row[this.#sequenceIndex] = change.seq ?? '0';
    const children = this.#children.map(({ layout, reader }) =>
      readChildren(layout, reader, claim[layout.field], claimId, problems),
    );
    const mbi = this.#readMbi(claim, problems);
    const source = readSource(change.source ?? {}, problems);
    if (errors.length > 0 || claimId === null) {
      return { kind: 'faulty', claimId: claimId ?? this.#rawKey(change), errors };
    }
    return { kind: 'stored', claimId, row, children, mbi, ...this.#summary(row, children), source };
  }

  /** What a DELETE is about. Its claim need not be there. */
  transformDelete(change: ClaimChange): Transformed {
    const errors: FieldError[] = [];
    const problems: Problems = (field, problem) =>
      errors.push({ fieldName: field, errorMessage: problem });
    const claimId = this.#claim.readColumn(this.#layout.key, this.#withKey(change), problems);
    const source = readSource(change.source ?? {}, problems);
    if (errors.length > 0 || claimId === null) {
      return { kind: 'faulty', claimId: claimId ?? this.#rawKey(change), errors };
    }
    return { kind: 'deleted', claimId, source };
  }

  #withKey(change: ClaimChange): Message {
    const field = this.#keySource();
    return { [field]: change.claim?.[field] ?? change[this.#layout.changeKey] ?? '' };
  }

  #keySource(): string {
    const { columns, key } = this.#layout;
    return columns.find(({ name }) => name === key)?.sources[0] ?? '';
  }

  /** As much of an unusable key as its column holds. */
  #rawKey(change: ClaimChange): string {
    const raw = this.#withKey(change)[this.#keySource()];
    return typeof raw === 'string' ? raw.replaceAll('\0', '').slice(0, 43) : '';
  }

  #readMbi(claim: Message, problems: Problems): string | null {
    const mbi = claim[this.#layout.mbi];
    if (typeof mbi !== 'string') return null;
    if (mbi.length < 1 || mbi.length > 11) {
      problems('mbi', `invalid length: expected=[1,11] actual=${mbi.length}`);
    }
    if (!canBeStored(mbi)) problems('mbi', 'has a character that cannot be stored');
    return mbi;
  }

  #summary(
    row: Row,
    children: readonly (readonly Row[])[],
  ): Pick<StoredChange, 'state' | 'date' | 'places'> {
    const { summary } = this.#layout;
    const columns = storedColumns(this.#layout);
    const cell = (name: string) => row[columns.indexOf(name)] ?? null;
    const places =
      'table' in summary.places
        ? this.#placesOf(summary.places, children)
        : summary.places.map(cell);
    return {
      state: cell(summary.state),
      date: cell(summary.date),
      places: places.filter((place): place is string => place !== null && place !== ''),
    };
  }

  /** In the order of their positions. */
  #placesOf(
    { table, column }: { readonly table: string; readonly column: string },
    children: readonly (readonly Row[])[],
  ): Cell[] {
    const index = this.#children.findIndex(({ layout }) => layout.table === table);
    const layout = this.#children[index]?.layout;
    if (!layout) return [];
    const columns = storedColumns(layout);
    const position = columns.indexOf(layout.position);
    return [...(children[index] ?? [])]
      .sort((a, b) => Number(a[position]) - Number(b[position]))
      .map((row) => row[columns.indexOf(column)] ?? null);
  }
}

function readChildren(
  layout: ChildLayout,
  reader: RowReader,
  elements: unknown,
  claimId: Cell,
  problems: Problems,
): Row[] {
  if (!Array.isArray(elements)) return [];
  const field = jsonFieldName(layout.field);
  const position = storedColumns(layout).indexOf(layout.position);
  const rows = elements.map((element: Message, index) => {
    const row = reader.read(element, `${field}[${index}].`, problems);
    row[reader.parentIndex] = claimId;
    return row;
  });
  // Senders of older versions number nothing; the place in the list is then the number, as it was for them.
  if (rows.every((row) => row[position] === '0')) {
    rows.forEach((row, index) => {
      row[position] = String(index + 1);
    });
    return rows;
  }
  const taken = new Set<Cell>();
  for (const [index, row] of rows.entries()) {
    const number = row[position] ?? null;
    if (number !== null && taken.has(number)) {
      problems(`${field}[${index}].${jsonFieldName(layout.position)}`, 'is used twice');
    }
    taken.add(number);
  }
  return rows;
}

const PHASES: ReadonlyMap<string, number> = new Map([
  ['P1', 1],
  ['P2', 2],
  ['P3', 3],
]);

function readSource(source: Message, problems: Problems): RecordSource {
  const { phase, phase_seq_num: number, extract_date: day, transmission_timestamp: time } = source;
  const phaseNumber = typeof phase === 'string' ? PHASES.get(phase.toUpperCase()) : null;
  if (phaseNumber === undefined) problems('source.phase', 'is unknown phase');
  if (typeof number === 'number' && number > 32_767) {
    problems('source.phaseSeqNum', number > 2_147_483_647 ? 'is signed' : 'is too large');
  }
  const extractDate = typeof day === 'string' ? dateText(day) : null;
  if (extractDate === undefined) problems('source.extractDate', 'invalid date');
  const isTime = typeof time !== 'string' || isTimestamp(time);
  if (!isTime) problems('source.transmissionTimestamp', 'invalid timestamp');
  return {
    phase: phaseNumber ?? null,
    phaseSeqNum: typeof number === 'number' ? number : null,
    extractDate: extractDate ?? null,
    transmissionTimestamp: typeof time === 'string' ? time : null,
  };
}

function jsonFieldName(field: string): string {
  return field.replace(/_+(.)/g, (_, next: string) => next.toUpperCase());
}
