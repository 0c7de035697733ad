import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { RIF_LAYOUTS, RIF_MONTHS, RIF_TYPES, type RifType } from '@bfd-host/rif';
import { beforeAll, describe, expect, it } from 'vitest';
import { DATA_SET, make, OPTIONS } from '../generate/read-back.testkit.ts';
import { type DataSet, planDataSet, planUpdates } from '../generator.ts';
import { Check } from './check.ts';
import { CHECK_LIST } from './check-list.ts';
import type { Finding } from './rule.ts';

interface NamedFile {
  readonly name: string;
  readonly type: RifType;
  readonly bytes: Buffer;
}

const SAMPLES = resolve(import.meta.dirname, '../../../../../shared/bfd/rif-samples/rif-synthea');
const hasSamples = existsSync(SAMPLES);

describe('what the generator makes, over years and with two updates data sets', () => {
  let findings: readonly Finding[];

  beforeAll(() => {
    const updates = [planUpdates(DATA_SET, 1), planUpdates(DATA_SET, 2)];
    findings = check([DATA_SET, ...updates].map(filesOf));
  });

  it.each(CHECK_LIST)('keeps $name: $says', ({ name }) => {
    expect(findings.filter(({ rule }) => rule === name)).toEqual([]);
  });
});

describe.skipIf(!hasSamples)('the samples of Synthea, where they lie beside the checkout', () => {
  let findings: readonly Finding[];

  beforeAll(() => {
    findings = check([syntheaSamples()]);
  });

  it.each(CHECK_LIST.filter(({ notInSynthea }) => notInSynthea === undefined))(
    'keep $name: $says',
    ({ name }) => {
      expect(findings.filter(({ rule }) => rule === name)).toEqual([]);
    },
  );

  it.each(CHECK_LIST.filter(({ notInSynthea }) => notInSynthea !== undefined))(
    'do not keep $name: $notInSynthea',
    ({ name }) => {
      expect(findings.filter(({ rule }) => rule === name)).not.toEqual([]);
    },
  );
});

/** A change of one field, or of rows, that a rule must notice. */
interface Breach {
  readonly file: string;
  /** Field of the last record, and what it becomes. */
  readonly column?: string;
  readonly value?: (before: string) => string;
  readonly rows?: (rows: string[]) => string[];
}

const field = (file: string, column: string, value: string): Breach => ({
  file,
  column,
  value: () => value,
});

const more = (file: string, column: string): Breach => ({
  file,
  column,
  value: (before) => (Number(before) + 1).toFixed(before.includes('.') ? 2 : 0),
});

const FEW_STAYS = {
  ...OPTIONS.claimsPerBeneficiary,
  HHA: 0.2,
  HOSPICE: 0.2,
  INPATIENT: 0.2,
  OUTPATIENT: 0.2,
  SNF: 0.2,
};

const STATUS = RIF_MONTHS.map((month) => `MDCR_STUS_${month}_CD`);

const BREACHES: Readonly<Record<string, Breach>> = {
  header: {
    file: 'pde.csv',
    rows: ([header = '', ...rows]) => [header.replace('|BENE_ID', '|BENE'), ...rows],
  },
  'row-length': { file: 'pde.csv', rows: (rows) => rows.with(-1, `${rows.at(-1)}||`) },
  'plain-text': field('beneficiary_2023.csv', 'CITY_NAME', '"BOSTON'),
  values: field('carrier.csv', 'CLM_FROM_DT', '31-Feb-2024'),
  actions: field('carrier.csv', 'DML_IND', 'DELETE'),
  'negative-ids': { file: 'pde.csv', column: 'PDE_ID', value: (id) => id.slice(1) },
  'ids-count-down': { file: 'pde.csv', column: 'PDE_ID', value: (id) => `${id}0` },
  'mbi-form': {
    file: 'beneficiary_2023.csv',
    column: 'MBI_NUM',
    value: (mbi) => mbi.replace('S', 'A'),
  },
  'hicn-form': field('beneficiary_2023.csv', 'BENE_CRNT_HIC_NUM', '123456789A'),
  'drug-contract-form': field('pde.csv', 'PLAN_CNTRCT_REC_ID', 'S1234'),
  'identifier-of-one-person': {
    file: 'beneficiary_2023.csv',
    rows: (rows) => rows.with(-1, withMbiOf(rows)),
  },
  'identities-in-order': field('beneficiary_2025.csv', 'MBI_NUM', '2S00A00AA99'),
  'former-identities-before': field('beneficiary_history.csv', 'EFCTV_END_DT', '31-Dec-2025'),
  'known-people': field('beneficiary_history.csv', 'BENE_ID', '-7'),
  'first-file-inserts': field('beneficiary_2024.csv', 'DML_IND', 'INSERT'),
  'year-of-file': field('beneficiary_2024.csv', 'RFRNC_YR', '2023'),
  'every-year': { file: 'beneficiary_2024.csv', rows: (rows) => rows.toSpliced(1, 1) },
  'coverage-without-gap': field('beneficiary_2024.csv', 'MDCR_STUS_JUN_CD', ''),
  'status-by-month': field('beneficiary_2024.csv', 'MDCR_ENTLMT_BUYIN_6_IND', ''),
  'county-and-plans-by-month': field('beneficiary_2024.csv', 'FIPS_STATE_CNTY_JUN_CD', ''),
  'drug-plan-by-month': {
    file: 'beneficiary_2024.csv',
    column: 'PTD_PBP_JUN_ID',
    value: otherwise('001'),
  },
  'health-plan-by-month': {
    file: 'beneficiary_2024.csv',
    column: 'PTC_PBP_JUN_ID',
    value: otherwise('001'),
  },
  'months-a': more('beneficiary_2024.csv', 'A_MO_CNT'),
  'months-b': more('beneficiary_2024.csv', 'B_MO_CNT'),
  'months-buyin': more('beneficiary_2024.csv', 'BUYIN_MO_CNT'),
  'months-dual': more('beneficiary_2024.csv', 'DUAL_MO_CNT'),
  'months-hmo': more('beneficiary_2024.csv', 'HMO_MO_CNT'),
  'months-plan-cvrg': more('beneficiary_2024.csv', 'PLAN_CVRG_MO_CNT'),
  'months-rds': more('beneficiary_2024.csv', 'RDS_MO_CNT'),
  age: more('beneficiary_2024.csv', 'AGE'),
  'death-ends-coverage': field('beneficiary_2024.csv', 'DEATH_DT', '03-Mar-2024'),
  codes: field('carrier.csv', 'FINAL_ACTION', 'X'),
  'codes-as-published': field('hospice.csv', 'PTNT_DSCHRG_STUS_CD', '1'),
  'kind-of-claim': field('carrier.csv', 'NCH_CLM_TYPE_CD', '40'),
  'rows-together': { file: 'pde.csv', rows: (rows) => [...rows, rows[1] ?? ''] },
  'claim-columns-repeat': {
    file: 'inpatient.csv',
    rows: ([header = '', ...rows]) => {
      const last = withField(rows.at(-1) ?? '', header.split('|'), 'CLM_DRG_CD', otherwise('999'));
      return [header, ...rows.with(-1, last)];
    },
  },
  'line-numbers': more('carrier.csv', 'LINE_NUM'),
  'update-of-same-care': field('updates/carrier.csv', 'CARR_CLM_CNTL_NUM', '-7'),
  'dates-in-order': field('carrier.csv', 'CLM_THRU_DT', '01-Jan-2000'),
  'line-dates-within-claim': field('carrier.csv', 'LINE_LAST_EXPNS_DT', '01-Jan-2000'),
  'processed-on-friday': field('dme.csv', 'NCH_WKLY_PROC_DT', '01-Jan-2026'),
  'care-within-coverage': { file: 'beneficiary_2025.csv', rows: without(STATUS) },
  'drug-plan-of-event': field('pde.csv', 'PLAN_CNTRCT_REC_ID', 'Z9999'),
  'numbered-codes': field('carrier.csv', 'ICD_DGNS_CD12', 'I10'),
  'principal-diagnosis-first': field('dme.csv', 'PRNCPAL_DGNS_CD', 'A000'),
  'procedures-within-claim': field('inpatient.csv', 'PRCDR_DT1', '01-Jan-2000'),
  'line-diagnosis-of-claim': field('carrier.csv', 'LINE_ICD_DGNS_CD', 'A000'),
  'supplier-paid-total': more('dme.csv', 'LINE_NCH_PMT_AMT'),
  'supplier-charged-total': more('dme.csv', 'LINE_SBMTD_CHRG_AMT'),
  'supplier-allowed-total': more('dme.csv', 'LINE_ALOWD_CHRG_AMT'),
  'supplier-paid-to-somebody': more('dme.csv', 'LINE_PRVDR_PMT_AMT'),
  'institution-charged-total': more('snf.csv', 'REV_CNTR_TOT_CHRG_AMT'),
  'institution-paid-total': more('hha.csv', 'REV_CNTR_PMT_AMT_AMT'),
  'line-paid-allowed-charged': field('dme.csv', 'LINE_ALOWD_CHRG_AMT', '999999.00'),
  'line-allowed-shares': more('dme.csv', 'LINE_COINSRNC_AMT'),
  'claim-paid-charged': field('hha.csv', 'CLM_PMT_AMT', '9999999.00'),
  'capital-total': field('inpatient.csv', 'CLM_TOT_PPS_CPTL_AMT', '1.00'),
  'event-payers': more('pde.csv', 'PTNT_PAY_AMT'),
  'event-by-threshold': more('pde.csv', 'GDC_BLW_OOPT_AMT'),
};

describe('a rule', () => {
  const few = planDataSet({ ...OPTIONS, beneficiaries: 5, claimsPerBeneficiary: FEW_STAYS });
  const people = filesOf(few);
  const updates = filesOf(planUpdates(few, 1));

  it.each(CHECK_LIST.map(({ name }) => name))('notices what breaks it: %s', (name) => {
    const breach = BREACHES[name];
    if (breach === undefined) throw new Error('there is no breach of this rule to try');
    const isOfUpdates = breach.file.startsWith('updates/');
    const file = breach.file.replace('updates/', '');
    const broken = (files: readonly NamedFile[]) =>
      files.map((each) => (each.name === file ? { ...each, bytes: apply(breach, each) } : each));

    const findings = check(isOfUpdates ? [people, broken(updates)] : [broken(people), updates]);

    expect(findings.map(({ rule }) => rule)).toContain(name);
  });

  it('has a name of its own, a sentence and a source', () => {
    expect(new Set(CHECK_LIST.map(({ name }) => name)).size).toBe(CHECK_LIST.length);
    for (const { name, says, source } of CHECK_LIST) {
      expect(name).toMatch(/^[a-z]+(-[a-z]+)*$/);
      expect(says).toMatch(/^[A-Zb].*\.$/);
      expect(source.length).toBeGreaterThan(10);
    }
  });

  it('reports no value of a row', () => {
    const secret = '1S99SECRET9';
    const breach = field('beneficiary_2023.csv', 'MBI_NUM', secret);
    const files = people.map((each) =>
      each.name === breach.file ? { ...each, bytes: apply(breach, each) } : each,
    );

    const findings = check([files]);

    expect(findings.length).toBeGreaterThan(0);
    expect(JSON.stringify(findings)).not.toContain(secret);
  });
});

function check(dataSets: readonly (readonly NamedFile[])[]): readonly Finding[] {
  const check = new Check(CHECK_LIST);
  for (const files of dataSets) {
    check.dataSet();
    for (const { name, type, bytes } of files) {
      const reader = check.open(name, type);
      reader.push(bytes);
      reader.end();
    }
  }
  return check.end();
}

function filesOf(dataSet: DataSet): NamedFile[] {
  return dataSet.files.map((file) => ({ ...file, bytes: make(file, dataSet) }));
}

function syntheaSamples(): NamedFile[] {
  const typeOf = (name: string) =>
    /^beneficiary_\d/.test(name)
      ? 'BENEFICIARY'
      : RIF_TYPES.find((type) => name === `${type.toLowerCase()}.csv`);
  return readdirSync(SAMPLES)
    .sort()
    .flatMap((name): NamedFile[] => {
      const type = typeOf(name);
      return type === undefined ? [] : [{ name, type, bytes: readFileSync(join(SAMPLES, name)) }];
    });
}

function apply({ rows: change, column = '', value }: Breach, { bytes, type }: NamedFile): Buffer {
  const rows = bytes.toString('latin1').split('\n').slice(0, -1);
  if (change) return Buffer.from(`${change(rows).join('\n')}\n`, 'latin1');
  const { columns, grouping = '' } = RIF_LAYOUTS[type];
  const header = rows[0]?.split('|') ?? [];
  const last = rows.at(-1)?.split('|') ?? [];
  const id = header.indexOf(grouping);
  // A column of the claim stands in all of its rows.
  const isOfClaim = id >= 0 && columns.some(({ rifName }) => rifName === column);
  const changed = rows.map((row, line) => {
    const fields = row.split('|');
    const isMeant = isOfClaim ? fields[id] === last[id] : line === rows.length - 1;
    return isMeant ? withField(row, header, column, value) : row;
  });
  return Buffer.from(`${changed.join('\n')}\n`, 'latin1');
}

function withField(
  row: string,
  header: readonly string[],
  column: string,
  value: Breach['value'],
): string {
  const place = header.indexOf(column);
  expect(place, column).toBeGreaterThanOrEqual(0);
  const fields = row.split('|');
  return fields.with(place, value?.(fields[place] ?? '') ?? '').join('|');
}

/** All rows with these columns empty. */
function without(columns: readonly string[]): (rows: string[]) => string[] {
  return ([first = '', ...rows]) => {
    const header = first.split('|');
    const emptied = rows.map((row) =>
      columns.reduce((changed, column) => withField(changed, header, column, () => ''), row),
    );
    return [first, ...emptied];
  };
}

/** Another value than the one before: empty instead of one, one instead of empty. */
function otherwise(value: string): (before: string) => string {
  return (before) => (before === '' ? value : '');
}

/** The last row with the MBI of the one before. */
function withMbiOf(rows: readonly string[]): string {
  const place = rows[0]?.split('|').indexOf('MBI_NUM') ?? 0;
  const mbi = rows.at(-2)?.split('|')[place] ?? '';
  return (rows.at(-1) ?? '').split('|').with(place, mbi).join('|');
}
