import type { RifColumn } from '@bfd-host/rif';
import { describe, expect, it } from 'vitest';
import { readValue } from './values.ts';

const COLUMN = { rifName: 'X', dbName: 'x', isStored: true, whenEmpty: 'null' } as const;
const TEXT: RifColumn = { ...COLUMN, kind: 'text', sqlType: 'varchar(3)', maxLength: 3 };
const CHAR: RifColumn = { ...COLUMN, kind: 'char', sqlType: 'char(1)', maxLength: 1 };
const DATE: RifColumn = { ...COLUMN, kind: 'date', sqlType: 'date' };
const TIMESTAMP: RifColumn = { ...COLUMN, kind: 'timestamp', sqlType: 'timestamptz' };
const SMALLINT: RifColumn = { ...COLUMN, kind: 'integer', sqlType: 'smallint', range: 'smallint' };
const BIGINT: RifColumn = { ...COLUMN, kind: 'integer', sqlType: 'bigint', range: 'bigint' };
const AMOUNT: RifColumn = {
  ...COLUMN,
  kind: 'decimal',
  sqlType: 'numeric(4,2)',
  precision: 4,
  scale: 2,
};
const NUMERIC: RifColumn = { ...COLUMN, kind: 'decimal', sqlType: 'numeric' };
const FINAL: RifColumn = { ...CHAR, rifName: 'FINAL_ACTION', whenEmpty: 'error' };

describe('a value', () => {
  it.each([
    ['text', TEXT, 'abc', 'abc'],
    ['text of three letters in six bytes', TEXT, 'äöü', 'äöü'],
    ['text with control characters', TEXT, 'a\tb', 'a\tb'],
    ['blank text', TEXT, ' ', ' '],
    ['a character', CHAR, 'Ø', 'Ø'],
    ['a date with the month in any case', DATE, '01-jAn-2024', '2024-01-01'],
    ['a leap day', DATE, '29-FEB-2000', '2000-02-29'],
    ['a date in digits', DATE, '20240131', '2024-01-31'],
    ['a date in ISO form', DATE, '2024-01-31', '2024-01-31'],
    ['a timestamp', TIMESTAMP, '31-DEC-2023 23:59:59', '2023-12-31 23:59:59+00'],
    ['an integer', SMALLINT, '-32768', '-32768'],
    ['an integer with plus and zeros', SMALLINT, '+00012', '12'],
    ['the largest integer', BIGINT, '9223372036854775807', '9223372036854775807'],
    ['a decimal', AMOUNT, '-12.34', '-12.34'],
    ['a decimal that will be rounded', AMOUNT, '99.994', '99.994'],
    ['a decimal with an exponent', AMOUNT, '1.5E+1', '1.5E+1'],
    ['a decimal without digits before the point', AMOUNT, '.5', '.5'],
    ['a decimal without digits behind the point', AMOUNT, '5.', '5.'],
    [
      'a decimal of any length',
      NUMERIC,
      '123456789012345678901234567890.5',
      '123456789012345678901234567890.5',
    ],
  ])('is %s', (_, column, text, stored) => {
    expect(readValue(column, bytesOf(text))).toEqual({ text: bytesOf(stored) });
  });

  it.each([
    ['null', null],
    ['empty-text', ''],
    ['zero', '0'],
  ] as const)('that is empty becomes %s', (whenEmpty, stored) => {
    expect(readValue({ ...TEXT, whenEmpty }, '')).toEqual({ text: stored });
  });

  it.each([
    ['a required one is empty', FINAL, '', 'BFD_RIF_EMPTY'],
    ['text is too long', TEXT, 'abcd', 'BFD_RIF_LENGTH'],
    ['text has the character 0', TEXT, 'a\0', 'BFD_RIF_NUL'],
    ['there are two characters for one', CHAR, 'ab', 'BFD_RIF_CHARACTER'],
    ['a final action is neither F nor N', FINAL, 'f', 'BFD_RIF_FINAL_ACTION'],
    ['a day is not in the calendar', DATE, '31-APR-2024', 'BFD_RIF_DATE'],
    ['a leap day is in another year', DATE, '29-FEB-1900', 'BFD_RIF_DATE'],
    ['a month is unknown', DATE, '01-FOO-2024', 'BFD_RIF_DATE'],
    ['a day has one digit', DATE, '1-JAN-2024', 'BFD_RIF_DATE'],
    ['the year is 0', DATE, '00000101', 'BFD_RIF_DATE'],
    ['a date is a word PostgreSQL knows', DATE, 'today', 'BFD_RIF_DATE'],
    ['an hour is 24', TIMESTAMP, '01-JAN-2024 24:00:00', 'BFD_RIF_TIMESTAMP'],
    ['an integer has a point', SMALLINT, '1.0', 'BFD_RIF_INTEGER'],
    ['an integer has a blank', SMALLINT, ' 1', 'BFD_RIF_INTEGER'],
    ['an integer is too large', SMALLINT, '32768', 'BFD_RIF_RANGE'],
    ['a long is too large', BIGINT, '9223372036854775808', 'BFD_RIF_RANGE'],
    ['a decimal has a comma', AMOUNT, '1,5', 'BFD_RIF_DECIMAL'],
    ['a decimal is only a point', AMOUNT, '.', 'BFD_RIF_DECIMAL'],
    ['a decimal is NaN', AMOUNT, 'NaN', 'BFD_RIF_DECIMAL'],
    ['a decimal is too large', AMOUNT, '100', 'BFD_RIF_RANGE'],
    ['a decimal is rounded to too much', AMOUNT, '99.995', 'BFD_RIF_RANGE'],
    ['an exponent is absurd', NUMERIC, '1E999999999', 'BFD_RIF_RANGE'],
  ] as const)('is refused when %s', (_, column, text, problem) => {
    expect(readValue(column, bytesOf(text))).toEqual({ problem });
  });

  it('is refused when its bytes are no UTF-8', () => {
    expect(readValue(TEXT, '\xff')).toEqual({ problem: 'BFD_RIF_UTF8' });
  });
});

function bytesOf(text: string): string {
  return Buffer.from(text).toString('latin1');
}
