/**
 * Where each field of a claim message is stored, and what it must be like. Data only, read from the tables in
 * `fiss.ts` and `mcs.ts`: transformation, SQL, random messages and tests all go by it.
 */

export type ClaimType = 'FISS' | 'MCS';

/**
 * How a column gets its value.
 *
 * | rule | value |
 * |---|---|
 * | parent | the claim's key |
 * | set | filled in by the load: sequence number, API version, MBI, time |
 * | text | as it is, `minLength` to the column's size in UTF-16 units |
 * | code | the text that stands for an enum value, or the raw text of a code without one |
 * | base64 | the text's UTF-8 in URL-safe Base64 without padding; at most 32 characters before |
 * | date | `yyyy-MM-dd`, `yyyyMMdd` or `dd-MMM-yyyy` |
 * | amount | decimal text |
 * | integer | a 32-bit number |
 * | small | an unsigned number up to 32,767 |
 * | which | a name for whichever of several fields is there |
 */
export type Rule =
  | 'parent'
  | 'set'
  | 'text'
  | 'code'
  | 'base64'
  | 'date'
  | 'amount'
  | 'integer'
  | 'small'
  | 'which';

export interface Column {
  /** In the database. */
  readonly name: string;
  /** Such as `varchar(5)`, `numeric(11,2)`. */
  readonly sqlType: string;
  readonly rule: Rule;
  /** A message without it is in error. */
  readonly isRequired: boolean;
  /** Text and code: the least length; what is there may then still be empty if this is 0. */
  readonly minLength: number;
  /** An empty text counts as absent. */
  readonly skipsEmpty: boolean;
  /**
   * Fields of the message, as in the .proto files; the first one that is there counts. `a.b` is field b of the
   * message in field a. For `code` a name without `_enum` and `_unrecognized` stands for both. For `which`:
   * `field=text to store`.
   */
  readonly sources: readonly string[];
}

export interface RowLayout {
  /** Name of the protocol buffer message, without its package. */
  readonly message: string;
  /** Such as `rda.fiss_claims`. */
  readonly table: string;
  readonly columns: readonly Column[];
}

export interface ChildLayout extends RowLayout {
  /** Repeated field of the claim; each element becomes a row. */
  readonly field: string;
  /** Number of the element within its claim; with the claim's key it is the row's. */
  readonly position: string;
}

/** What `rda.claim_message_meta_data` says of a message. */
export interface SummaryLayout {
  /** Column with the claim's state. */
  readonly state: string;
  /** Column with the day of its latest change. */
  readonly date: string;
  /** Where the claim is in the system that works on it: columns of the claim, or a column of its child rows. */
  readonly places: readonly string[] | { readonly table: string; readonly column: string };
}

export interface ClaimLayout extends RowLayout {
  readonly type: ClaimType;
  /** In `rda.claim_message_meta_data`. */
  readonly code: 'F' | 'M';
  /** Name of the message that brings a claim, without its package. */
  readonly change: string;
  readonly rpc: { readonly claims: string; readonly range: string };
  /** Column that identifies the claim. */
  readonly key: string;
  /** Field of the change that identifies the claim where the change has no claim in it. */
  readonly changeKey: string;
  /** Field of the claim that holds the MBI. */
  readonly mbi: string;
  readonly summary: SummaryLayout;
  readonly children: readonly ChildLayout[];
}
