import { describe, expect, it } from 'vitest';
import { isSafeText, safe, WITHHELD } from './safe.ts';

describe('a name', () => {
  it.each(['ccw.beneficiaries', 'BENE_ID', 'clm_pmt_amt_2', 'P2024', 'INSERT', 'a'])(
    'of schema or code is shown: %s',
    (name) => {
      expect(safe.name(name).value).toBe(name);
    },
  );

  it.each([
    ['an MBI', 'x1EG4TE5MK73'],
    ['an MBI in lower case', 'x1eg4te5mk73'],
    ['an MBI with dashes', 'x.1EG4-TE5-MK73'],
    ['a HICN', 'A123456789'],
    ['a HICN, number first', '123456789A'],
    ['a claim number', 'clm_9991831999'],
    ['a social security number with dashes', 'A-123-45-6789'],
    ['a date', 'born_1941-12-07'],
    ['words', 'Jane Doe'],
    ['a line break', 'a\nb'],
    ['nothing', ''],
    ['a very long text', 'a'.repeat(129)],
  ])('that holds %s is withheld', (_, name) => {
    expect(safe.name(name).value).toBe(WITHHELD);
  });
});

describe('a file name', () => {
  it('shows words of the format, years and short numbers', () => {
    const key = 'Incoming/2024-03-06T12:00:00Z/3_manifest.xml';
    expect(safe.file(key).value).toBe(key);
    expect(safe.file('synthea/beneficiary_2011.csv').value).toBe('synthea/beneficiary_2011.csv');
  });

  it.each([
    ['a person', 'carrier-doe-jane.txt', 'carrier-*-*.txt'],
    ['an MBI', '1EG4TE5MK73.txt', '*.txt'],
    ['an MBI with dashes', '1EG4-TE5-MK73.txt', '*-*-*.txt'],
    ['a long number', 'claim_123456789.txt', 'claim_*.txt'],
    ['a social security number', 'bene_123-45-6789.txt', 'bene_*-*-*.txt'],
    ['a date of birth', 'bene.1941-12-07.csv', 'bene.*-*-*.csv'],
    ['a bare date as folder', '1941-12-07/a.csv', '*-*-*/a.csv'],
    ['a date of birth as folders', 'in/1941/12/07/a.csv', '*/*/*/*/a.csv'],
    [
      'letters and digits that spell an MBI',
      '1-E-G-4-T-E-5-M-K-7-3.txt',
      '*-*-*-*-*-*-*-*-*-*-*.txt',
    ],
    ['a date of birth as a moment', '1941-12-07T00:00:00Z/a.csv', '*-*-*/a.csv'],
    ['blanks', 'Jane Doe.txt', '*.txt'],
  ])('does not show %s', (_, key, shown) => {
    expect(safe.file(key).value).toBe(shown);
  });

  it('ends after 512 characters', () => {
    expect(safe.file('a/'.repeat(400)).value).toHaveLength(512);
  });
});

describe('a timestamp', () => {
  it('with time and zone is shown, from text or Date', () => {
    expect(safe.timestamp(' 2024-03-06T12:00:00Z ').value).toBe('2024-03-06T12:00:00Z');
    const moment = new Date('2024-03-06T12:00:00.500Z');
    expect(safe.timestamp(moment).value).toBe('2024-03-06T12:00:00.500Z');
  });

  it('before this century is withheld', () => {
    expect(safe.timestamp('1941-12-07T09:00:00Z').value).toBe(WITHHELD);
  });

  it.each([
    ['in UTC', new Date('2011-12-07T00:00:00Z')],
    ['where the process is', new Date(2011, 11, 7)],
    ['that is none', new Date('x')],
  ])('from a Date at midnight %s is withheld: the driver makes one of a date', (_, date) => {
    expect(safe.timestamp(date).value).toBe(WITHHELD);
  });

  it('without time or zone is withheld: a date of birth looks like it', () => {
    expect(safe.timestamp('1941-12-07').value).toBe(WITHHELD);
    expect(safe.timestamp('2024-03-06T12:00:00').value).toBe(WITHHELD);
  });
});

it('safe text is known as such, and reads as its value in text and JSON', () => {
  const table = safe.name('claims');
  expect(isSafeText(table)).toBe(true);
  expect(isSafeText({ kind: 'name', value: 'claims' })).toBe(false);
  expect(`${table}`).toBe('claims');
  expect(JSON.stringify({ table })).toBe('{"table":"claims"}');
});
