/**
 * What the RIF format says about its ten record types. Data only: nothing here parses a file or
 * touches a database, so the load and the generator read the same truth without knowing each other.
 */

/** The type of a data file, as a manifest entry names it. */
export type RifType =
  | 'BENEFICIARY'
  | 'BENEFICIARY_HISTORY'
  | 'CARRIER'
  | 'DME'
  | 'HHA'
  | 'HOSPICE'
  | 'INPATIENT'
  | 'OUTPATIENT'
  | 'PDE'
  | 'SNF';

/**
 * All types in load order: beneficiaries come first since everything else refers to them.
 *
 * @example
 * entries.sort((a, b) => RIF_TYPES.indexOf(a.type) - RIF_TYPES.indexOf(b.type));
 */
export const RIF_TYPES: readonly RifType[] = [
  'BENEFICIARY',
  'BENEFICIARY_HISTORY',
  'CARRIER',
  'DME',
  'HHA',
  'HOSPICE',
  'INPATIENT',
  'OUTPATIENT',
  'PDE',
  'SNF',
];

/**
 * How a field's text is read.
 *
 * | kind | text |
 * |---|---|
 * | text | as it is, at most `maxLength` characters |
 * | char | exactly one character |
 * | date | `dd-MMM-yyyy` (English month, any case), `yyyyMMdd` or ISO `yyyy-MM-dd` |
 * | timestamp | `dd-MMM-yyyy HH:mm:ss`, UTC; the format knows it, no column uses it at present |
 * | integer | decimal digits with an optional sign, within `range` |
 * | decimal | digits, sign, point, exponent; stored with `precision` and `scale` |
 */
export type ColumnKind = 'text' | 'char' | 'date' | 'timestamp' | 'integer' | 'decimal';

/** What an empty field becomes. `error`: the record is bad. */
export type WhenEmpty = 'null' | 'empty-text' | 'zero' | 'error';

/** `key`: identifies the record; `beneficiary`: refers to one; `line-number`: orders a claim's lines. */
export type ColumnRole = 'key' | 'beneficiary' | 'line-number';

/** One column of a data file. */
export interface RifColumn {
  /** Header name in the file, for example `CLM_ID`. Columns are found by it. */
  readonly rifName: string;
  /**
   * Column that receives the value as it is, for example `clm_id`: the header name in lower case.
   * One exception: BENE_CRNT_HIC_NUM goes to `hicn_unhashed`, because the column
   * `bene_crnt_hic_num` holds its hash (see {@link RifLayout.derived}).
   */
  readonly dbName: string;
  /** False for the columns of BENEFICIARY_HISTORY that are checked and then dropped. */
  readonly isStored: boolean;
  readonly kind: ColumnKind;
  /** Type of the stored column, for example `numeric(12,2)`. */
  readonly sqlType: string;
  /** Text and char: the most characters it may have. */
  readonly maxLength?: number;
  /** Integer kinds: the type whose range it must fit. */
  readonly range?: 'smallint' | 'integer' | 'bigint';
  /** Decimal kinds: digits in all; absent for a plain `numeric`, which takes any. */
  readonly precision?: number;
  /** Decimal kinds: digits after the point; absent for a plain `numeric`. */
  readonly scale?: number;
  readonly whenEmpty: WhenEmpty;
  readonly role?: ColumnRole;
}

/** A stored column that no field of the file fills directly. */
export type DerivedColumn = {
  readonly dbName: string;
  readonly sqlType: string;
} & (
  | {
      /** Hash of the field named `of`; null where that field is null. */
      readonly source: 'hash';
      readonly of: string;
    }
  | {
      /** Instant of the transaction that last wrote the row. */
      readonly source: 'load-time';
    }
  | {
      /** Next value of `sequence`. */
      readonly source: 'sequence';
      readonly sequence: string;
    }
);

/** One record type: where its records go and what their fields are. */
export interface RifLayout {
  readonly type: RifType;
  /** Table of the records, for example `ccw.carrier_claims`. */
  readonly table: string;
  /** The first column is {@link ACTION_COLUMN}; true for every type since 2023. */
  readonly hasAction: true;
  /** The record's columns in file order, without the action. A claim's lines follow them. */
  readonly columns: readonly RifColumn[];
  /** Stored columns the load fills in by itself. */
  readonly derived: readonly DerivedColumn[];
  /** Database columns of the key; absent for BENEFICIARY_HISTORY, whose rows have none in RIF. */
  readonly primaryKey?: readonly string[];
  /** Header name: rows that follow one another with the same text here are one record. */
  readonly grouping?: string;
  /** Claims only: each row of the file adds one line. */
  readonly lines?: RifLines;
}

/** The line part of a claim's rows. */
export interface RifLines {
  /** Table of the lines, for example `ccw.carrier_claim_lines`. */
  readonly table: string;
  /** The line's columns in file order; they come after the claim's. */
  readonly columns: readonly RifColumn[];
  /** Database column that numbers the lines; with `parentKey` it is the line's primary key. */
  readonly lineNumber: string;
  /** Database column that holds the claim's key; not a column of the line in the file. */
  readonly parentKey: string;
}

/** Separates the fields of a row. */
export const RIF_DELIMITER = '|';

/** Header name of the first column: what to do with the record. */
export const ACTION_COLUMN = 'DML_IND';

/** The actions a record may carry. `DELETE` never existed. */
export const RIF_ACTIONS = ['INSERT', 'UPDATE'] as const;

/** What to do with a record. */
export type RifAction = (typeof RIF_ACTIONS)[number];

/**
 * The names of a file's first row, in order.
 *
 * @example
 * rifHeader(RIF_LAYOUTS.PDE).join(RIF_DELIMITER); // 'DML_IND|PDE_ID|CLM_GRP_ID|…'
 */
export function rifHeader(layout: RifLayout): string[] {
  const fields = [...layout.columns, ...(layout.lines?.columns ?? [])];
  return [ACTION_COLUMN, ...fields.map((column) => column.rifName)];
}
