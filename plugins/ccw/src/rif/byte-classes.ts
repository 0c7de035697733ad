// What the scanner may let through without a closer look, byte by byte and kind by kind. Narrower than what RIF
// allows: whatever is not plain goes to the careful reader, which knows the whole format.

import type { RifColumn } from '@bfd-host/rif';
import type { PlannedColumn } from './file-plan.ts';

export const DELIMITER = 0x7c;
export const LINE_FEED = 0x0a;
export const CARRIAGE_RETURN = 0x0d;
export const QUOTE = 0x22;
export const BACKSLASH = 0x5c;
export const MINUS = 0x2d;
export const POINT = 0x2e;
export const ZERO = 0x30;

/** 1 for bytes that mean themselves: printable ASCII but for the delimiter, the quote and the backslash. */
export const PLAIN: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) =>
  Number(byte >= 0x20 && byte < 0x7f && byte !== DELIMITER && byte !== QUOTE && byte !== BACKSLASH),
);

export const DIGIT: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) =>
  Number(byte >= ZERO && byte <= ZERO + 9),
);

// How a field is checked. Plain numbers, since the scanner switches on them for every field.
export const CHECK_TEXT = 0;
export const CHECK_CHAR = 1;
export const CHECK_DATE = 2;
export const CHECK_INTEGER = 3;
export const CHECK_DECIMAL = 4;
export const CHECK_FINAL_ACTION = 5;
/** By the careful reader only. */
export const CHECK_CAREFULLY = 6;

// What an empty field means to the scanner: nothing special, the number 0, or that a value is missing.
export const EMPTY_AS_IS = 0;
export const EMPTY_IS_ZERO = 1;
export const EMPTY_IS_ODD = 2;

/** The checks of a file's columns, side by side in arrays since the scanner reads them for every field. */
export interface ColumnChecks {
  readonly checks: Uint8Array;
  readonly empties: Uint8Array;
  /** Text: most bytes. Numbers: most digits before the point. */
  readonly limits: Int32Array;
  /** Decimals: most digits after the point. */
  readonly fractions: Int32Array;
}

// Below the range of its type, so that no value has to be compared with it.
const SAFE_DIGITS = { smallint: 4, integer: 9, bigint: 18 };
const SAFE_DECIMAL_DIGITS = 30;

export function columnChecks(columns: readonly PlannedColumn[]): ColumnChecks {
  const checks = new Uint8Array(columns.length);
  const empties = new Uint8Array(columns.length);
  const limits = new Int32Array(columns.length).fill(0x7fffffff);
  const fractions = new Int32Array(columns.length);
  columns.forEach(({ column }, at) => {
    checks[at] = checkOf(column);
    empties[at] = emptyOf(column);
    if (column?.maxLength !== undefined) limits[at] = column.maxLength;
    if (column?.range !== undefined) limits[at] = SAFE_DIGITS[column.range];
    if (column?.kind !== 'decimal') return;
    const { precision = 2 * SAFE_DECIMAL_DIGITS, scale = SAFE_DECIMAL_DIGITS } = column;
    limits[at] = precision - scale;
    fractions[at] = scale;
  });
  return { checks, empties, limits, fractions };
}

function checkOf(column: RifColumn | undefined): number {
  if (column?.rifName === 'FINAL_ACTION') return CHECK_FINAL_ACTION;
  switch (column?.kind) {
    case undefined:
    case 'text':
      return CHECK_TEXT;
    case 'char':
      return column.maxLength === 1 ? CHECK_CHAR : CHECK_CAREFULLY;
    case 'date':
      return CHECK_DATE;
    case 'integer':
      return CHECK_INTEGER;
    case 'decimal':
      return CHECK_DECIMAL;
    case 'timestamp':
      return CHECK_CAREFULLY;
  }
}

function emptyOf(column: RifColumn | undefined): number {
  switch (column?.whenEmpty) {
    case 'zero':
      return EMPTY_IS_ZERO;
    case 'error':
      return EMPTY_IS_ODD;
    case undefined:
    case 'null':
    case 'empty-text':
      return EMPTY_AS_IS;
  }
}
