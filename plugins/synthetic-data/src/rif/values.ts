/** Whether a field's text is one of its column's kind, as the load reads it. */

import { isUtf8 } from 'node:buffer';
import type { RifColumn } from '@bfd-host/rif';

/** What can be wrong with a value, in the words of the load. */
export type ValueProblem =
  | 'BFD_RIF_EMPTY'
  | 'BFD_RIF_DATE'
  | 'BFD_RIF_INTEGER'
  | 'BFD_RIF_DECIMAL'
  | 'BFD_RIF_RANGE'
  | 'BFD_RIF_LENGTH'
  | 'BFD_RIF_CHARACTER'
  | 'BFD_RIF_FINAL_ACTION'
  | 'BFD_RIF_UTF8';

/**
 * @param text - bytes of the field, one a character
 * @example
 * valueProblem(column, '31-Feb-2024'); // 'BFD_RIF_DATE'
 */
export function valueProblem(column: RifColumn, text: string): ValueProblem | undefined {
  if (text === '') return column.whenEmpty === 'error' ? 'BFD_RIF_EMPTY' : undefined;
  switch (column.kind) {
    case 'text':
      return textProblem(text, 0, column.maxLength ?? Number.POSITIVE_INFINITY, 'BFD_RIF_LENGTH');
    case 'char':
      if (column.rifName === 'FINAL_ACTION' && !/^[FN]$/.test(text)) return 'BFD_RIF_FINAL_ACTION';
      return textProblem(text, 1, 1, 'BFD_RIF_CHARACTER');
    case 'date':
      return Number.isNaN(timeOf(text)) ? 'BFD_RIF_DATE' : undefined;
    case 'timestamp':
      return /^.{11} ([01]\d|2[0-3]):[0-5]\d:[0-5]\d$/.test(text) &&
        !Number.isNaN(timeOf(text.slice(0, 11)))
        ? undefined
        : 'BFD_RIF_DATE';
    case 'integer':
      return integerProblem(text, column.range ?? 'bigint');
    case 'decimal':
      return decimalProblem(text, column);
  }
}

const MONTHS = 'JanFebMarAprMayJunJulAugSepOctNovDec'.toUpperCase();
const times = new Map<string, number>();

/**
 * Milliseconds of a date in one of RIF's forms, or NaN for one that is not on the calendar. Each is worked out once:
 * a file has millions of dates but few days.
 *
 * @example
 * timeOf('03-Sep-2025'); // Date.UTC(2025, 8, 3)
 */
export function timeOf(text: string): number {
  const known = times.get(text);
  if (known !== undefined) return known;
  const time = readDate(text);
  // A file full of nonsense must not fill the memory with it.
  if (!Number.isNaN(time)) times.set(text, time);
  return time;
}

function readDate(text: string): number {
  const named = /^(\d\d)-([A-Za-z]{3})-(\d{4})$/.exec(text);
  const [, year, month, day] =
    /^(\d{4})(\d\d)(\d\d)$/.exec(text) ?? /^(\d{4})-(\d\d)-(\d\d)$/.exec(text) ?? [];
  const at = named ? MONTHS.indexOf(named[2]?.toUpperCase() ?? '') : (Number(month) - 1) * 3;
  const date = Number(named?.[1] ?? day);
  const isMonth = at % 3 === 0 && at >= 0 && at < MONTHS.length;
  const time = Date.UTC(Number(named?.[3] ?? year), at / 3, date);
  return isMonth && new Date(time).getUTCDate() === date ? time : Number.NaN;
}

function textProblem(
  text: string,
  least: number,
  most: number,
  problem: ValueProblem,
): ValueProblem | undefined {
  let characters = text.length;
  if (/[\u0080-\u00ff]/.test(text)) {
    if (!isUtf8(Buffer.from(text, 'latin1'))) return 'BFD_RIF_UTF8';
    // Bytes of the form 10xxxxxx go on with a character.
    characters -= text.match(/[\u0080-\u00bf]/g)?.length ?? 0;
  }
  return characters < least || characters > most ? problem : undefined;
}

const BITS = { smallint: 16, integer: 32, bigint: 64 };

function integerProblem(text: string, range: keyof typeof BITS): ValueProblem | undefined {
  if (!/^[+-]?\d{1,64}$/.test(text)) return 'BFD_RIF_INTEGER';
  if (text.length < 5) return undefined;
  const value = BigInt(text.startsWith('+') ? text.slice(1) : text);
  return BigInt.asIntN(BITS[range], value) === value ? undefined : 'BFD_RIF_RANGE';
}

function decimalProblem(text: string, { precision, scale }: RifColumn): ValueProblem | undefined {
  if (!/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?$/.test(text)) return 'BFD_RIF_DECIMAL';
  if (precision === undefined || scale === undefined) return undefined;
  const rounded = Math.abs(Number(text)) + 0.5 * 10 ** -scale;
  return rounded < 10 ** (precision - scale) ? undefined : 'BFD_RIF_RANGE';
}
