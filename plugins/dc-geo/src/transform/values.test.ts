import { describe, expect, it } from 'vitest';
import { amountProblem, dateText, isTimestamp } from './values.ts';

describe('a date', () => {
  it.each([
    ['2024-02-29', '2024-02-29'],
    ['20240229', '2024-02-29'],
    ['29-FEB-2024', '2024-02-29'],
    ['01-jan-1999', '1999-01-01'],
  ])('%s is %s', (text, date) => {
    expect(dateText(text)).toBe(date);
  });

  it.each([
    '2023-02-29',
    '1900-02-29',
    '2024-13-01',
    '2024-00-10',
    '2024-04-31',
    '20230229',
    '31-ABC-2024',
    '0000-01-01',
    '2024-1-1',
    '2024-01-01T00:00',
    '',
    ' 2024-01-01',
  ])('%j is none', (text) => {
    expect(dateText(text)).toBeUndefined();
  });
});

describe('a timestamp', () => {
  it.each(['2024-02-29T01:02:03Z', '2024-02-29T01:02Z', '2024-02-29T01:02:03.123456789-18:59'])(
    '%s is one',
    (text) => {
      expect(isTimestamp(text)).toBe(true);
    },
  );

  it.each([
    '2024-02-29T01:02:03',
    '2024-02-30T01:02:03Z',
    '2024-02-29T24:00:00Z',
    '2024-02-29 01:02:03Z',
    '2024-02-29T01:60:03Z',
    '2024-02-29T01:02:03+19:00',
  ])('%s is none', (text) => {
    expect(isTimestamp(text)).toBe(false);
  });
});

describe('an amount for numeric(7,2)', () => {
  it.each([
    '0',
    '-0.00',
    '12.5',
    '.5',
    '5.',
    '+99999.99',
    '99999.994',
    '1e4',
    '1E-9',
    '0000012.3',
    '0e99',
  ])('%s fits', (text) => {
    expect(amountProblem(text, 7, 2)).toBeUndefined();
  });

  it.each(['100000', '-99999.995', '1e5', '99999.999', '123456.7', '0.00001e10'])(
    '%s is too large',
    (text) => {
      expect(amountProblem(text, 7, 2)).toBe('is too large');
    },
  );

  it.each(['', 'NaN', '1,000', '1.2.3', '.', 'e5', '1e', '0x10', ' 1', '1e1000', '1'.repeat(100)])(
    '%j is none',
    (text) => {
      expect(amountProblem(text, 7, 2)).toBe('invalid amount');
    },
  );
});
