import { RIF_LAYOUTS, RIF_TYPES, type RifType } from '@bfd-host/rif';
import { safe } from '@bfd-host/sdk';
import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { CarefulReader } from './careful-reader.ts';
import { Chunk, type Identifiers } from './chunk.ts';
import { type FilePlan, planFile } from './file-plan.ts';
import { RowErrors } from './row-errors.ts';
import { fileText, Random, recordsText, rowFields } from './rows.testkit.ts';
import { Scanner } from './scanner.ts';

const FILE = safe.file('test/carrier.csv');

describe('both readers', () => {
  for (const type of RIF_TYPES) {
    it(`store the same for plain ${type} rows`, () => {
      for (let seed = 0; seed < 3; seed++) {
        const text = recordsText(type, new Random(`${type} ${seed}`), {
          records: 12,
          firstId: -100,
        });
        const { plan, rows } = split(type, text);

        const fast = scanned(plan, rows);
        const careful = carefullyRead(plan, rows);

        expect(stored(fast)).toEqual(stored(careful));
        expect(fast.count).toBe(12);
      }
    });
  }

  it('store the same wherever the stretches of a file are cut', () => {
    const { plan, rows } = split(
      'CARRIER',
      recordsText('CARRIER', new Random('cut'), { records: 40, firstId: 1 }),
    );
    const whole = stored(scanned(plan, rows));
    for (let seed = 0; seed < 12; seed++) {
      const random = new Random(`cut ${seed}`);
      const chunk = new Chunk();
      const errors = new RowErrors(FILE);
      const scanner = new Scanner(plan, { withHashes: false });
      const careful = new CarefulReader(plan, errors, { withHashes: false });
      const ends = lineEnds(rows).filter(() => random.chance(30));
      let at = 0;
      let line = 2;
      for (const end of [...ends, rows.length]) {
        if (end === at) continue;
        if (random.chance(50)) line += scanner.scan(rows, at, end, { windowByte: 0, line }, chunk);
        else line = careful.read(rows, at, end, { windowByte: 0, line, isEnd: true }, chunk).line;
        at = end;
      }
      chunk.closeRecord(0);
      expect(errors.isEmpty).toBe(true);
      expect(stored(chunk)).toEqual(whole);
      expect(line).toBe(lineEnds(rows).length + 2);
    }
  });

  it('leave room for the same hashes', () => {
    for (const type of ['BENEFICIARY', 'BENEFICIARY_HISTORY'] as const) {
      const { plan, rows } = split(
        type,
        recordsText(type, new Random(type), { records: 20, firstId: 5 }),
      );
      const fast = scanned(plan, rows, true);
      const careful = carefullyRead(plan, rows, true);

      expect(fast.identifiers.map(withoutPlaces)).toEqual(careful.identifiers.map(withoutPlaces));
      expect(fast.identifiers).toHaveLength(20);
      for (const chunk of [fast, careful]) blankHashes(chunk);
      expect(stored(fast)).toEqual(stored(careful));
    }
  });

  it('take the columns in any order and ignore unknown ones', () => {
    for (const type of RIF_TYPES) {
      const text = recordsText(type, new Random(`order ${type}`), { records: 10, firstId: 1 });
      const table = text
        .trimEnd()
        .split('\n')
        .map((row) => row.split('|'));
      const random = new Random(`shuffle ${type}`);
      const order = (table[0] ?? [])
        .map((_, at) => ({ at, by: random.below(1e6) }))
        .sort((a, b) => a.by - b.by);
      const shuffled = table.map((row, index) =>
        [...order.map(({ at }) => row[at]), index === 0 ? 'NEW_COLUMN' : 'new'].join('|'),
      );
      const expected = split(type, text);
      const { plan, rows } = split(type, `${shuffled.join('\n')}\n`);

      expect(plan.unknownColumns).toBe(1);
      expect(byColumn(plan, scanned(plan, rows))).toEqual(
        byColumn(expected.plan, scanned(expected.plan, expected.rows)),
      );
      expect(stored(scanned(plan, rows))).toEqual(stored(carefullyRead(plan, rows)));
    }
  });
});

describe('the scanner', () => {
  it.each([
    ['a quote', { CARR_NUM: '"1"' }],
    ['a backslash', { CARR_NUM: 'a\\b' }],
    ['a letter that is not ASCII', { CARR_NUM: 'Zoë' }],
    ['a control character', { CARR_NUM: 'a\tb' }],
    ['a text too long', { CARR_NUM: '123456' }],
    ['a date out of the calendar', { CLM_FROM_DT: '31-APR-2020' }],
    ['a date in ISO form', { CLM_FROM_DT: '2020-04-30' }],
    ['a number with an exponent', { CLM_PMT_AMT: '1E2' }],
    ['a number with too many decimals', { CLM_PMT_AMT: '1.005' }],
    ['an integer with a plus', { CLM_GRP_ID: '+5' }],
    ['an empty field that is required', { CLM_FROM_DT: '' }],
    ['two characters for one', { CLM_DISP_CD: '123' }],
    ['an unknown final action', { FINAL_ACTION: 'X' }],
  ])('leaves %s to the careful reader, and the chunk as it was', (_, values) => {
    const plainRow = rowFields('CARRIER', new Random('plain'), {
      values: { CLM_ID: '1', BENE_ID: '1' },
    });
    const oddRow = rowFields('CARRIER', new Random('odd'), {
      values: { CLM_ID: '2', BENE_ID: '2', ...values },
    });
    const { plan, rows } = split('CARRIER', fileText('CARRIER', [plainRow, oddRow]));
    const chunk = new Chunk();
    const before = JSON.stringify(chunk.mark());

    const lines = new Scanner(plan, { withHashes: false }).scan(
      rows,
      0,
      rows.length,
      { windowByte: 0, line: 2 },
      chunk,
    );

    expect(lines).toBe(-1);
    expect(JSON.stringify(chunk.mark())).toBe(before);
  });

  it('ignores surplus fields and takes no row with too few', () => {
    const row = rowFields('PDE', new Random('pde'));
    const { plan, rows } = split('PDE', fileText('PDE', [[...row, '', 'surplus']]));
    expect(stored(scanned(plan, rows))).toEqual(stored(carefullyRead(plan, rows)));

    const short = split('PDE', fileText('PDE', [row.slice(0, -1)]));
    const chunk = new Chunk();
    const scanner = new Scanner(short.plan, { withHashes: false });
    expect(scanner.scan(short.rows, 0, short.rows.length, { windowByte: 0, line: 2 }, chunk)).toBe(
      -1,
    );
  });
});

function split(type: RifType, text: string): { plan: FilePlan; rows: Buffer } {
  const end = text.indexOf('\n');
  return {
    plan: planFile(RIF_LAYOUTS[type], text.slice(0, end), FILE),
    rows: Buffer.from(text.slice(end + 1)),
  };
}

function scanned(plan: FilePlan, rows: Buffer, withHashes = false): Chunk {
  const chunk = new Chunk();
  const lines = new Scanner(plan, { withHashes }).scan(
    rows,
    0,
    rows.length,
    { windowByte: 0, line: 2 },
    chunk,
  );
  expect(lines).toBe(lineEnds(rows).length);
  chunk.closeRecord(0);
  return chunk;
}

function carefullyRead(plan: FilePlan, rows: Buffer, withHashes = false): Chunk {
  const chunk = new Chunk();
  const errors = new RowErrors(FILE);
  const place = { windowByte: 0, line: 2, isEnd: true };
  new CarefulReader(plan, errors, { withHashes }).read(rows, 0, rows.length, place, chunk);
  expect(errors.isEmpty ? [] : errors.error().places).toEqual([]);
  chunk.closeRecord(0);
  return chunk;
}

/** What PostgreSQL would make of a chunk, dates brought into one form since both readers write valid ones. */
function stored(chunk: Chunk) {
  const { count, childRows, beneficiaries } = chunk;
  return {
    records: cells(chunk.records, chunk.recordsEnd),
    children: cells(chunk.children, chunk.childrenEnd),
    count,
    childRows,
    beneficiaries,
    updates: [...chunk.updates.subarray(0, count)],
    keys: [...chunk.keys.subarray(0, count)],
    childEnds: [...chunk.childEnds.subarray(0, count)].map((end) => rowsUpTo(chunk.children, end)),
  };
}

function byColumn(plan: FilePlan, chunk: Chunk) {
  const named = (columns: readonly string[], rows: string[][]) =>
    rows.map((row) => Object.fromEntries(columns.map((name, at) => [name, row[at]]).sort()));
  return {
    records: named(plan.records.columns, cells(chunk.records, chunk.recordsEnd)),
    children: named(plan.children?.columns ?? [], cells(chunk.children, chunk.childrenEnd)),
  };
}

const MONTHS = 'JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC'.split(' ');

function cells(bytes: Buffer, end: number): string[][] {
  const rows: string[][] = parse(bytes.subarray(0, end), { delimiter: '|', encoding: 'latin1' });
  return rows.map((row) =>
    row.map((cell) =>
      cell
        .replace(/^(\d\d)-([a-z]{3})-(\d{4})$/i, (_, day, month, year) => {
          const number = MONTHS.indexOf(month.toUpperCase()) + 1;
          return `${year}-${String(number).padStart(2, '0')}-${day}`;
        })
        .replace(/^(\d{4})(\d\d)(\d\d)$/, '$1-$2-$3'),
    ),
  );
}

function rowsUpTo(bytes: Buffer, end: number): number {
  return bytes.subarray(0, end).toString('latin1').split('\n').length;
}

function lineEnds(rows: Buffer): number[] {
  return [...rows.entries()].flatMap(([at, byte]) => (byte === 0x0a ? [at + 1] : []));
}

function withoutPlaces({ beneficiary, hicn, mbi }: Identifiers) {
  return { beneficiary, hicn, mbi };
}

function blankHashes(chunk: Chunk): void {
  for (const { hicnHashAt, mbiHashAt } of chunk.identifiers) {
    chunk.records.fill('h', hicnHashAt, hicnHashAt + 64);
    if (mbiHashAt >= 0) chunk.records.fill('m', mbiHashAt, mbiHashAt + 64);
  }
}
