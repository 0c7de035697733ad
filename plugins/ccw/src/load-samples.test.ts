// The original's own samples, end to end. They are not part of this project; where they lie beside the checkout they
// are loaded, elsewhere these tests are skipped and say so.

import { existsSync, readFileSync } from 'node:fs';
import { RIF_LAYOUTS, type RifType } from '@bfd-host/rif';
import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { type DataFile, TEST_HASHING, Workbench } from './load.testkit.ts';

const SAMPLES = new URL('../../../../shared/bfd/rif-samples/', import.meta.url);
const HAS_SAMPLES = existsSync(SAMPLES);

interface ExpectedFile {
  readonly file: string;
  readonly record_type: RifType;
  readonly data_rows: string;
  readonly records: string;
}

interface ExpectedValue {
  readonly sample_file: string;
  readonly record_type: RifType;
  readonly record_no: string;
  readonly line_no: string;
  readonly rif_column: string;
  readonly kind: string;
  readonly expected: string;
}

const EXPECTED = readList<ExpectedFile>('expected-record-counts.csv');
const VALUES = Map.groupBy(
  readList<ExpectedValue>('expected-values.csv'),
  (row) => row.sample_file,
);
const BASE_FILES =
  'beneficiaries beneficiaryhistory bcarrier pde inpatient outpatient hha hospice snf dme'
    .split(' ')
    .map((name) => `sample-a-${name}.txt`);

describe.skipIf(!HAS_SAMPLES)('the samples of the original (skipped where they are not)', () => {
  it.each(EXPECTED.filter(({ file }) => file.startsWith('rif-static-samples/')))(
    '$file loads into an empty database, with every value the original asserts',
    async ({ file, record_type: type, data_rows: rows, records }) => {
      await using bench = await Workbench.make();
      await bench.send([sampleFile(file)]);

      expect(await bench.run()).toMatchObject({ kind: 'work-done', counts: { files: 1 } });

      const { table, lines } = RIF_LAYOUTS[type];
      // Six of the rows are updates of one beneficiary.
      expect(await bench.count(table)).toBe(type === 'BENEFICIARY' ? 1 : Number(records));
      if (lines) expect(await bench.count(lines.table)).toBe(Number(rows));
      expect(await wrongValues(bench, file)).toEqual([]);
      expect(await bench.run()).toEqual({ kind: 'nothing-to-do' });
    },
  );

  it('are all looked at', () => {
    expect([...VALUES.values()].flat()).toHaveLength(582);
    expect(EXPECTED.map(({ file }) => file)).toEqual(expect.arrayContaining([...VALUES.keys()]));
  });

  it('leave the counts and hashes that the original has', async () => {
    await using bench = await Workbench.make();
    await bench.send(BASE_FILES.map((name) => sampleFile(`rif-static-samples/${name}`)));
    await bench.run();

    const { rows } = await bench.db.query(
      'select bene_id, mbi_hash, bene_crnt_hic_num, hicn_unhashed from ccw.beneficiaries',
    );
    expect(rows).toEqual([
      {
        bene_id: '567834',
        mbi_hash: '82273caf4d2c3b5a8340190ae3575950957ce469e593efd7736d60c3b39d253c',
        bene_crnt_hic_num: '99f6cc85e95c4b2cec5382600478482cceadb7534d4c3f0a4f2e55d33428c169',
        hicn_unhashed: '543217066U',
      },
    ]);
    expect(await bench.count('ccw.beneficiaries_history')).toBe(5);
    const months = await bench.db.query(
      'select min(year_month)::text, max(year_month)::text, count(*)::int from ccw.beneficiary_monthly',
    );
    expect(months.rows).toEqual([{ min: '2018-01-01', max: '2018-12-01', count: 12 }]);
  });

  it('lose the backslash before a delimiter', async () => {
    await using bench = await Workbench.make();
    await bench.send([sampleFile('rif-static-samples/sample-a-beneficiaries-with-backslash.txt')]);
    await bench.run();

    const { rows } = await bench.db.query('select drvd_line_4_adr from ccw.beneficiaries');
    expect(rows).toEqual([{ drvd_line_4_adr: 'DAEJEON SI 34867' }]);
  });

  it('have no months without a reference year, and those of six years after six updates', async () => {
    await using bench = await Workbench.make();
    await bench.send([
      sampleFile('rif-static-samples/sample-a-beneficiaries-without-reference-year.txt'),
    ]);
    await bench.run();
    expect(await bench.count('ccw.beneficiary_monthly')).toBe(0);

    await bench.send([sampleFile('rif-static-samples/sample-a-multiple-entries-same-bene.txt')]);
    await bench.run();

    const { rows } = await bench.db.query(
      `select extract(year from year_month)::int as year, count(*)::int from ccw.beneficiary_monthly
        group by 1 order by 1`,
    );
    expect(rows).toEqual([1990, 2000, 2001, 2003, 2019, 2022].map((year) => ({ year, count: 12 })));
    expect(await bench.count('ccw.beneficiaries_history')).toBe(0);
  });
});

describe.skipIf(!HAS_SAMPLES)(
  'the Synthea sample as one data set (skipped where it is not)',
  () => {
    it('loads in year order, and twice more without a change but last_updated', async () => {
      await using bench = await Workbench.make({ ...TEST_HASHING, iterations: 1 });
      const files = EXPECTED.filter(({ file }) => file.startsWith('rif-synthea/')).map(({ file }) =>
        sampleFile(file),
      );
      const timestamp = new Date(Date.now() - 3_600_000).toISOString();
      await bench.send(files, { timestamp });
      await bench.run();

      const counts = Object.fromEntries(
        await Promise.all(
          Object.keys(SYNTHEA_COUNTS).map(async (table) => [
            table,
            await bench.count(`ccw.${table}`),
          ]),
        ),
      );
      expect(counts).toEqual(SYNTHEA_COUNTS);

      const contents = await bench.contents();
      await bench.send(files, { timestamp });
      bench.restart();
      expect(await bench.run()).toEqual({ kind: 'nothing-to-do' });
      await bench.send(files);
      expect(await bench.run()).toMatchObject({ kind: 'work-done' });
      expect(await bench.contents()).toEqual(contents);
    });
  },
);

const SYNTHEA_COUNTS = {
  beneficiaries: 3,
  beneficiary_monthly: 339,
  beneficiaries_history: 3,
  carrier_claims: 37,
  carrier_claim_lines: 221,
  dme_claims: 1,
  dme_claim_lines: 1,
  hha_claims: 14,
  hha_claim_lines: 15,
  hospice_claims: 1,
  hospice_claim_lines: 8,
  inpatient_claims: 16,
  inpatient_claim_lines: 16,
  outpatient_claims: 19,
  outpatient_claim_lines: 19,
  snf_claims: 1,
  snf_claim_lines: 67,
  partd_events: 18,
};

/** Asserted values of a file that are not found where they should be stored. */
async function wrongValues(bench: Workbench, file: string): Promise<string[]> {
  const wrong: string[] = [];
  for (const [recordType, values] of Map.groupBy(
    VALUES.get(file) ?? [],
    (row) => row.record_type,
  )) {
    const rows = await storedRows(bench, recordType);
    const { columns, lines } = RIF_LAYOUTS[typeOf(recordType)];
    const names = new Map(
      [...columns, ...(lines?.columns ?? [])].map((column) => [column.rifName, column.dbName]),
    );
    for (const value of values) {
      const row = rows[Number(value.line_no || value.record_no) - 1] ?? {};
      if (!isAsExpected(row[names.get(value.rif_column) ?? ''], value))
        wrong.push(value.rif_column);
    }
  }
  return wrong;
}

function typeOf(recordType: string): RifType {
  return recordType.replace('_LINE', '') as RifType; // the lists name lines so, and nothing else
}

/** Rows of a record type as text, in the order of the file. */
async function storedRows(
  bench: Workbench,
  recordType: string,
): Promise<Record<string, string | null>[]> {
  const layout = RIF_LAYOUTS[typeOf(recordType)];
  const isLine = recordType.endsWith('_LINE');
  const table = isLine && layout.lines ? layout.lines.table : layout.table;
  const order =
    (isLine && layout.lines?.lineNumber) || (layout.primaryKey?.[0] ?? 'bene_history_id');
  const { rows } = await bench.db.query<{ row: Record<string, string | null> }>(
    `select (select jsonb_object_agg(key, value) from jsonb_each_text(to_jsonb(t))) as row from ${table} t order by ${order}`,
  );
  return rows.map(({ row }) => row);
}

function isAsExpected(
  found: string | null | undefined,
  { kind, expected }: ExpectedValue,
): boolean {
  switch (kind) {
    case 'absent':
      return found === null;
    case 'present':
      return typeof found === 'string';
    case 'number':
    case 'decimal':
      return Number(found) === Number(expected);
    default:
      return found === expected;
  }
}

function readList<Row>(name: string): Row[] {
  return HAS_SAMPLES ? parse(readFileSync(new URL(name, SAMPLES)), { columns: true }) : [];
}

function sampleFile(path: string): DataFile {
  const expected = EXPECTED.find(({ file }) => file === path);
  if (!expected) throw new Error(`${path} is not listed`);
  const name = path.replace(/^.*\//, '');
  return { name, type: expected.record_type, text: readFileSync(new URL(path, SAMPLES)) };
}
