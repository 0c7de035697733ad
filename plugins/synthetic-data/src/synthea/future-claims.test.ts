import { describe, expect, it } from 'vitest';
import { type RifFile, Row, RowReader } from '../rif/rows.ts';
import { OF_TODAY, partOf } from './future-claims.ts';

const TODAY = Date.UTC(2026, 2, 4); // a Wednesday

function row(type: 'CARRIER' | 'PDE' | 'BENEFICIARY', column: string, value: string): Row {
  let file: RifFile | undefined;
  const reader = new RowReader('a.csv', type, {
    file: (opened) => {
      file = opened;
    },
    row: () => undefined,
  });
  reader.push(Buffer.from(`${column}\n`));
  if (file === undefined) throw new Error('there is no header');
  return new Row(file, 2, [value]);
}

describe('the data set of a row', () => {
  it.each(['03-Mar-2026', '04-Mar-2026'])('is that of today up to today: %s', (date) => {
    expect(partOf(row('CARRIER', 'NCH_WKLY_PROC_DT', date), TODAY)).toBe(OF_TODAY);
  });

  it.each([
    ['Thursday', '05-Mar-2026', '2026-03-18'],
    ['Friday', '06-Mar-2026', '2026-03-18'],
    ['Sunday', '08-Mar-2026', '2026-03-18'],
    ['Monday', '09-Mar-2026', '2026-03-25'],
    ['Wednesday', '11-Mar-2026', '2026-03-25'],
  ])('is that of a Wednesday 10 to 16 days after a later day: %s', (_, date, wednesday) => {
    const part = partOf(row('CARRIER', 'NCH_WKLY_PROC_DT', date), TODAY);

    expect(part).toBe(wednesday);
    const days = (Date.parse(part) - Date.parse(`${date} UTC`)) / 86_400_000;
    expect(days).toBeGreaterThanOrEqual(10);
    expect(days).toBeLessThanOrEqual(16);
  });

  it('goes by the day of payment for an event', () => {
    expect(partOf(row('PDE', 'PD_DT', '05-Mar-2026'), TODAY)).toBe('2026-03-18');
  });

  it('is that of today for people, whatever is said of them', () => {
    expect(partOf(row('BENEFICIARY', 'EFCTV_BGN_DT', '05-Mar-2026'), TODAY)).toBe(OF_TODAY);
  });
});
