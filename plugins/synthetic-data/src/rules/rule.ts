/**
 * What a rule is: one sentence that holds for RIF data sets, where it comes from, and code that watches a data set
 * go by, and those that update it, and reports where it does not hold.
 */

import type { RifType } from '@bfd-host/rif';
import type { RifFile, Row } from '../rif/rows.ts';

export interface Rule {
  /** Lower case, words joined by dashes. */
  readonly name: string;
  /** What holds, in one sentence. */
  readonly says: string;
  /** Who says so. */
  readonly source: string;
  /** Why Synthea's own files do not keep it, where they do not: then only ours are held to it. */
  readonly notInSynthea?: string;
  /** Begins to watch a data set. */
  watch(report: Report): Watcher;
}

/** Is told of data sets, of their files in load order, and of their rows and records. */
export interface Watcher {
  /** At the beginning of each data set, the first included. */
  dataSet?(): void;
  file?(file: RifFile): void;
  row?(row: Row): void;
  /** The rows of a claim, or the one row of any other record. */
  record?(rows: Claim): void;
  end?(): void;
}

/** The rows of one record: at least one. */
export type Claim = readonly [Row, ...Row[]];

/**
 * Says that a rule does not hold.
 *
 * @param problem - a constant, or a code: never a value of the row
 */
export type Report = (problem: string, at?: Row | RifFile, column?: string) => void;

/** A place where a rule does not hold. */
export interface Finding {
  readonly rule: string;
  readonly problem: string;
  readonly file?: string;
  readonly line?: number;
  readonly column?: string;
}

export const BENEFICIARY_TYPES: readonly RifType[] = ['BENEFICIARY', 'BENEFICIARY_HISTORY'];
export const SUPPLIER_TYPES: readonly RifType[] = ['CARRIER', 'DME'];
export const INSTITUTION_TYPES: readonly RifType[] = [
  'HHA',
  'HOSPICE',
  'INPATIENT',
  'OUTPATIENT',
  'SNF',
];
export const CLAIM_TYPES: readonly RifType[] = [...SUPPLIER_TYPES, ...INSTITUTION_TYPES];

/** Watches the records of some types. */
export function records(types: readonly RifType[], check: (rows: Claim) => void): Watcher {
  return {
    record: (rows) => {
      if (types.includes(rows[0].file.type)) check(rows);
    },
  };
}

/** Watches the rows of some types. */
export function rows(types: readonly RifType[], check: (row: Row) => void): Watcher {
  return {
    row: (row) => {
      if (types.includes(row.file.type)) check(row);
    },
  };
}

/** Whether a file has a column. */
export function has(row: Row, column: string): boolean {
  return row.file.placeOf(column) !== undefined;
}
