/**
 * From a change message to the rows it becomes, by the layout alone. All that is wrong with a message is
 * collected, so that whoever mends it need not do so one field at a time.
 */

import type { ClaimLayout } from '../layout/layout.ts';
import { type ClaimChange, type Message, messageType, PACKAGE } from '../protocol/protocol.ts';
import { type ChildReader, childReaderOf } from './child-reader.ts';
import { type RecordSource, readRecordSource } from './record-source.ts';
import {
  type Cell,
  type FieldError,
  type Problems,
  type RowReader,
  readerOf,
  storedColumns,
} from './row-reader.ts';
import { type Summary, summaryReaderOf } from './summary.ts';
import { canBeStored } from './values.ts';

export { type Cell, type FieldError, storedColumns } from './row-reader.ts';

/** One row: a cell for each of {@link storedColumns} of its table, in that order. */
export type Row = readonly Cell[];

/** A change as rows. */
export interface StoredChange extends Summary {
  readonly kind: 'stored';
  readonly claimId: string;
  readonly row: Row;
  /** Rows of each child table, in the order of the layout. */
  readonly children: readonly (readonly Row[])[];
  readonly mbi: string | null;
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

/** Size of the column that holds the claim's key in `rda.message_errors`. */
const RAW_KEY_LENGTH = 43;

export class Transformer {
  readonly #layout: ClaimLayout;
  readonly #claim: RowReader;
  readonly #children: readonly ChildReader[];
  readonly #readSummary: ReturnType<typeof summaryReaderOf>;
  readonly #keyIndex: number;
  readonly #sequenceIndex: number;

  constructor(layout: ClaimLayout) {
    const typeOf = (message: string) =>
      messageType(`${PACKAGE}.${layout.type.toLowerCase()}.${message}`);
    this.#layout = layout;
    this.#claim = readerOf(layout, typeOf(layout.message));
    this.#children = layout.children.map((child) => childReaderOf(child, typeOf(child.message)));
    this.#readSummary = summaryReaderOf(layout);
    this.#keyIndex = storedColumns(layout).indexOf(layout.key);
    this.#sequenceIndex = storedColumns(layout).indexOf('sequence_number');
  }

  /** The rows of a change, or everything that is wrong with it. */
  transform(change: ClaimChange): Transformed {
    const { errors, problems } = collector();
    const claim = change.claim ?? {};
    const row = this.#claim.read(claim, '', problems);
    const claimId = row[this.#keyIndex] ?? null;
    row[this.#sequenceIndex] = change.seq ?? '0';
    const children = this.#children.map((child) => child.read(claim, claimId, problems));
    const mbi = this.#readMbi(claim, problems);
    const source = readRecordSource(change.source ?? {}, problems);
    if (errors.length > 0 || claimId === null) return this.#faulty(change, claimId, errors);
    const summary = this.#readSummary(row, children);
    return { kind: 'stored', claimId, row, children, mbi, ...summary, source };
  }

  /** What a DELETE is about. Its claim need not be there. */
  transformDelete(change: ClaimChange): Transformed {
    const { errors, problems } = collector();
    const claimId = this.#claim.readColumn(this.#layout.key, this.#withKey(change), problems);
    const source = readRecordSource(change.source ?? {}, problems);
    if (errors.length > 0 || claimId === null) return this.#faulty(change, claimId, errors);
    return { kind: 'deleted', claimId, source };
  }

  #faulty(change: ClaimChange, claimId: Cell, errors: readonly FieldError[]): FaultyChange {
    return { kind: 'faulty', claimId: claimId ?? this.#rawKey(change), errors };
  }

  /** As much of an unusable key as its column holds. */
  #rawKey(change: ClaimChange): string {
    const raw = this.#withKey(change)[this.#keySource()];
    return typeof raw === 'string' ? raw.replaceAll('\0', '').slice(0, RAW_KEY_LENGTH) : '';
  }

  #withKey(change: ClaimChange): Message {
    const field = this.#keySource();
    return { [field]: change.claim?.[field] ?? change[this.#layout.changeKey] ?? '' };
  }

  #keySource(): string {
    const { columns, key } = this.#layout;
    return columns.find(({ name }) => name === key)?.sources[0] ?? '';
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
}

function collector(): { readonly errors: FieldError[]; readonly problems: Problems } {
  const errors: FieldError[] = [];
  return {
    errors,
    problems: (fieldName, errorMessage) => errors.push({ fieldName, errorMessage }),
  };
}
