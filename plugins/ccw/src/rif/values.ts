// What a field's text means, for the careful reader: checked in full, and written as PostgreSQL takes it.
//
// Texts here hold one byte of the file per character, as the dialect hands them over.

import { isUtf8 } from 'node:buffer';
import type { RifColumn } from '@bfd-host/rif';
import { isDate } from './plain-date.ts';

/** What can be wrong with a value; see the plugin's README. */
export type ValueProblem =
  | 'BFD_RIF_EMPTY'
  | 'BFD_RIF_DATE'
  | 'BFD_RIF_TIMESTAMP'
  | 'BFD_RIF_INTEGER'
  | 'BFD_RIF_DECIMAL'
  | 'BFD_RIF_RANGE'
  | 'BFD_RIF_LENGTH'
  | 'BFD_RIF_CHARACTER'
  | 'BFD_RIF_FINAL_ACTION'
  | 'BFD_RIF_NUL'
  | 'BFD_RIF_UTF8';

export type Value =
  | { readonly text: string | null; readonly problem?: never }
  | { readonly text?: never; readonly problem: ValueProblem };

/**
 * @param text - bytes of the field, one per character
 * @returns what to store, `null` for null; or what is wrong
 * @example
 * readValue(column, '01-jan-2024'); // { text: '2024-01-01' }
 */
export function readValue(column: RifColumn, text: string): Value {
  if (text === '') return readEmpty(column);
  switch (column.kind) {
    case 'text':
      return readText(text, 0, column.maxLength ?? Number.POSITIVE_INFINITY, 'BFD_RIF_LENGTH');
    case 'char':
      if (column.rifName === 'FINAL_ACTION' && text !== 'F' && text !== 'N') {
        return { problem: 'BFD_RIF_FINAL_ACTION' };
      }
      return readText(text, 1, 1, 'BFD_RIF_CHARACTER');
    case 'date':
      return readDate(text);
    case 'timestamp':
      return readTimestamp(text);
    case 'integer':
      return readInteger(text, column.range ?? 'bigint');
    case 'decimal':
      return readDecimal(text, column);
  }
}

/** True when every byte belongs to a character, and none is the character that PostgreSQL cannot store. */
export function textProblem(text: string): 'BFD_RIF_NUL' | 'BFD_RIF_UTF8' | undefined {
  if (text.includes('\0')) return 'BFD_RIF_NUL';
  return isUtf8(Buffer.from(text, 'latin1')) ? undefined : 'BFD_RIF_UTF8';
}

function readEmpty({ whenEmpty }: RifColumn): Value {
  switch (whenEmpty) {
    case 'null':
      return { text: null };
    case 'empty-text':
      return { text: '' };
    case 'zero':
      return { text: '0' };
    case 'error':
      return { problem: 'BFD_RIF_EMPTY' };
  }
}

function readText(text: string, least: number, most: number, problem: ValueProblem): Value {
  const unreadable = textProblem(text);
  if (unreadable) return { problem: unreadable };
  let characters = 0;
  for (let at = 0; at < text.length; at++) {
    // Bytes of the form 10xxxxxx go on with a character.
    if ((text.charCodeAt(at) & 0xc0) !== 0x80) characters++;
  }
  return characters < least || characters > most ? { problem } : { text };
}

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];

function readDate(text: string): Value {
  const named = /^(\d\d)-([A-Za-z]{3})-(\d{4})$/.exec(text);
  const numbered = /^(\d{4})(\d\d)(\d\d)$/.exec(text) ?? /^(\d{4})-(\d\d)-(\d\d)$/.exec(text);
  const [year, month, day] = named
    ? [named[3], MONTHS.indexOf(named[2]?.toUpperCase() ?? '') + 1, named[1]]
    : [numbered?.[1], numbered?.[2], numbered?.[3]];
  if (!isDate(Number(year), Number(month), Number(day))) return { problem: 'BFD_RIF_DATE' };
  return { text: `${year}-${String(month).padStart(2, '0')}-${day}` };
}

function readTimestamp(text: string): Value {
  const [, date = '', hour, minute, second] = /^(.{11}) (\d\d):(\d\d):(\d\d)$/.exec(text) ?? [];
  const day = readDate(date);
  const isTime = Number(hour) < 24 && Number(minute) < 60 && Number(second) < 60;
  if (day.problem || !isTime) return { problem: 'BFD_RIF_TIMESTAMP' };
  return { text: `${day.text} ${hour}:${minute}:${second}+00` };
}

const BITS = { smallint: 16, integer: 32, bigint: 64 };

function readInteger(text: string, range: keyof typeof BITS): Value {
  // More digits than this are out of range unless they are zeros; nobody writes so many.
  if (!/^[+-]?\d{1,64}$/.test(text)) return { problem: 'BFD_RIF_INTEGER' };
  const value = BigInt(text.startsWith('+') ? text.slice(1) : text);
  if (BigInt.asIntN(BITS[range], value) !== value) return { problem: 'BFD_RIF_RANGE' };
  return { text: String(value) };
}

/** Bounds of what PostgreSQL's plain `numeric` is given: far beyond any amount, far within its limits. */
const MOST_EXPONENT = 1000;

/** As Java's BigDecimal reads it: sign, digits with or without a point, exponent. */
function readDecimal(text: string, { precision, scale }: RifColumn): Value {
  const [, sign, whole = '', fraction = '', exponent = '0'] =
    /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,9}))?$/.exec(text) ?? [];
  const digits = whole + fraction;
  if (sign === undefined || digits === '') return { problem: 'BFD_RIF_DECIMAL' };
  const shift = Number(exponent) - fraction.length;
  if (Math.abs(shift) > MOST_EXPONENT || digits.length > MOST_EXPONENT) {
    return { problem: 'BFD_RIF_RANGE' };
  }
  if (precision !== undefined && scale !== undefined) {
    if (roundedUnits(BigInt(digits), shift + scale) >= 10n ** BigInt(precision)) {
      return { problem: 'BFD_RIF_RANGE' };
    }
  }
  return { text };
}

/** `digits` × 10 ^ `shift`, rounded half up as PostgreSQL does when it stores. */
function roundedUnits(digits: bigint, shift: number): bigint {
  if (shift >= 0) return digits * 10n ** BigInt(shift);
  const unit = 10n ** BigInt(-shift);
  return (digits + unit / 2n) / unit;
}
