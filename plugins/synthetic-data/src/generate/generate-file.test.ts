import { createHash } from 'node:crypto';
import { RIF_LAYOUTS, RIF_TYPES, type RifColumn, type RifType, rifHeader } from '@bfd-host/rif';
import { describe, expect, it } from 'vitest';
import { type DataSetOptions, generateFile, planDataSet } from '../generator.ts';

const OPTIONS: DataSetOptions = {
  seed: 1,
  beneficiaries: 1000,
  year: 2025,
  // More of the rare types than by default, so that their rare columns show up among few people.
  claimsPerBeneficiary: {
    CARRIER: 2,
    DME: 1,
    HHA: 1,
    HOSPICE: 1,
    INPATIENT: 1,
    OUTPATIENT: 1,
    PDE: 2,
    SNF: 1,
  },
};

/** Header columns with the action, as the files of the original have them. */
const HEADER_COLUMNS: Readonly<Record<RifType, number>> = {
  BENEFICIARY: 210,
  BENEFICIARY_HISTORY: 21,
  CARRIER: 100,
  DME: 95,
  HHA: 132,
  HOSPICE: 130,
  INPATIENT: 275,
  OUTPATIENT: 234,
  PDE: 41,
  SNF: 230,
};

/** A row of a file: gives the field of a column. */
type Row = (column: string) => string;

interface ParsedFile {
  readonly header: readonly string[];
  readonly rows: readonly Row[];
}

/** Reads a file with nothing of the code under test: no quotes, no escapes, no empty or odd rows. */
function parse(bytes: Buffer): ParsedFile {
  const text = bytes.toString('utf8');
  expect(text.endsWith('\n')).toBe(true);
  expect(/^[\x20-\x7e\n]*$/.test(text), 'printable ASCII only').toBe(true);
  expect(/["\\]/.test(text), 'no quote and no backslash').toBe(false);
  const [first = '', ...lines] = text.slice(0, -1).split('\n');
  const header = first.split('|');
  const places = new Map(header.map((name, place) => [name, place]));
  const rows = lines.map((line): Row => {
    const fields = line.split('|');
    if (fields.length !== header.length) throw new Error('a row has another number of fields');
    return (column) => fields[places.get(column) ?? -1] ?? '(no such column)';
  });
  return { header, rows };
}

/** Collects what is wrong in thousands of rows, each kind once. */
class Problems {
  private readonly found = new Set<string>();

  check(isRight: boolean, problem: string): void {
    if (!isRight) this.found.add(problem);
  }

  expectNone(): void {
    expect([...this.found]).toEqual([]);
  }
}

function make(type: RifType, options: DataSetOptions = OPTIONS): Buffer {
  return Buffer.concat([...generateFile(type, planDataSet(options))]);
}

const files = new Map<RifType, ParsedFile>();

function file(type: RifType): ParsedFile {
  const known = files.get(type) ?? parse(make(type));
  files.set(type, known);
  return known;
}

function columnsOf(type: RifType): readonly RifColumn[] {
  const { columns, lines } = RIF_LAYOUTS[type];
  return [...columns, ...(lines?.columns ?? [])];
}

const CLAIM_TYPES = RIF_TYPES.filter((type) => RIF_LAYOUTS[type].lines !== undefined);

const claims = new Map<RifType, readonly (readonly Row[])[]>();

/** The rows of each claim, in the order of the file; fails if they do not stand together. */
function claimsOf(type: RifType): readonly (readonly Row[])[] {
  const known = claims.get(type);
  if (known) return known;
  const groups: Row[][] = [];
  let last: string | undefined;
  for (const row of file(type).rows) {
    if (row('CLM_ID') === last) groups.at(-1)?.push(row);
    else groups.push([row]);
    last = row('CLM_ID');
  }
  expect(new Set(groups.map(([row]) => row?.('CLM_ID'))).size).toBe(groups.length);
  claims.set(type, groups);
  return groups;
}

function people(): ReadonlyMap<string, Row> {
  return new Map(file('BENEFICIARY').rows.map((row) => [row('BENE_ID'), row]));
}

function cents(text: string): number {
  if (!/^\d+\.\d\d$/.test(text)) throw new Error('no amount of money');
  return Math.round(Number(text) * 100);
}

function sum(rows: readonly Row[], column: string): number {
  return rows.reduce((total, row) => total + cents(row(column)), 0);
}

describe.each(RIF_TYPES)('a file of type %s', (type) => {
  it('has the header of its layout', () => {
    const { header } = file(type);

    expect(header).toEqual(rifHeader(RIF_LAYOUTS[type]));
    expect(header).toHaveLength(HEADER_COLUMNS[type]);
  });

  it('inserts as many records as the plan says', () => {
    const { rows } = file(type);
    const { grouping } = RIF_LAYOUTS[type];
    const records = grouping ? new Set(rows.map((row) => row(grouping))).size : rows.length;

    expect(records).toBe(planDataSet(OPTIONS).records[type]);
    expect(new Set(rows.map((row) => row('DML_IND')))).toEqual(new Set(['INSERT']));
  });

  it('fills each column by its kind, and a required one in every row', () => {
    const problems = new Problems();
    for (const row of file(type).rows) {
      for (const column of columnsOf(type)) {
        const problem = problemOf(row(column.rifName), column);
        problems.check(problem === undefined, `${column.rifName}: ${problem}`);
      }
    }

    problems.expectNone();
  });

  it('leaves no column empty throughout', () => {
    const { rows } = file(type);
    const empty = columnsOf(type)
      .map((column) => column.rifName)
      .filter((name) => rows.every((row) => row(name) === ''));

    expect(empty).toEqual([]);
  });

  it('is the same bytes for the same options, and others for another seed', () => {
    const few = { ...OPTIONS, beneficiaries: 200 };
    const sha256 = (options: DataSetOptions) =>
      createHash('sha256').update(make(type, options)).digest('hex');

    expect(sha256(few)).toBe(sha256({ ...few }));
    expect(sha256({ ...few, seed: 2 })).not.toBe(sha256(few));
  });
});

describe('a data set', () => {
  it('refers only to its own beneficiaries', () => {
    const beneficiaries = people();
    expect(beneficiaries.size).toBe(OPTIONS.beneficiaries);

    const problems = new Problems();
    for (const type of RIF_TYPES) {
      for (const row of file(type).rows) problems.check(beneficiaries.has(row('BENE_ID')), type);
    }
    problems.expectNone();
  });

  it('numbers beneficiaries, claims, events and groups downwards without a gap', () => {
    const ids = (types: readonly RifType[], column: string) => [
      ...new Set(types.flatMap((type) => file(type).rows.map((row) => Number(row(column))))),
    ];
    const lists = {
      beneficiaries: ids(['BENEFICIARY'], 'BENE_ID'),
      claims: ids(CLAIM_TYPES, 'CLM_ID'),
      events: ids(['PDE'], 'PDE_ID'),
      groups: ids(
        RIF_TYPES.filter((type) => type === 'PDE' || CLAIM_TYPES.includes(type)),
        'CLM_GRP_ID',
      ),
    };

    for (const [name, list] of Object.entries(lists)) {
      const [first = 0] = list;
      expect(first, name).toBeLessThan(0);
      expect(list, name).toEqual(list.map((_, index) => first - index));
    }
    const count = CLAIM_TYPES.reduce((total, type) => total + claimsOf(type).length, 0);
    expect(lists.claims, 'no claim number is used twice').toHaveLength(count);
  });

  it('numbers the lines of each claim from 1, and repeats the columns of the claim', () => {
    const problems = new Problems();
    for (const type of CLAIM_TYPES) {
      const { columns } = RIF_LAYOUTS[type];
      const number = type === 'CARRIER' || type === 'DME' ? 'LINE_NUM' : 'CLM_LINE_NUM';
      const ofClaim = (row: Row) => columns.map(({ rifName }) => row(rifName)).join('|');
      for (const rows of claimsOf(type)) {
        problems.check(new Set(rows.map(ofClaim)).size === 1, `${type}: claim columns differ`);
        const inOrder = rows.every((row, index) => row(number) === String(index + 1));
        problems.check(inOrder, `${type}: line numbers`);
      }
    }
    problems.expectNone();
  });

  it('has claims of one line and of several', () => {
    const lengths = new Set(claimsOf('CARRIER').map((rows) => rows.length));

    expect([...lengths].sort()).toEqual([1, 2, 3, 4, 5]);
  });

  it('marks every identifier as made up', () => {
    const letter = 'AC-HJKMNP-RT-Y'; // all but B, I, L, O, S and Z
    const mbi = new RegExp(
      `^[1-9]S[0-9${letter}]\\d[${letter}][0-9${letter}]\\d[${letter}]{2}\\d\\d$`,
    );
    const problems = new Problems();
    for (const type of ['BENEFICIARY', 'BENEFICIARY_HISTORY'] as const) {
      for (const row of file(type).rows) {
        problems.check(mbi.test(row('MBI_NUM')), 'MBI');
        problems.check(/^T\d{8}[AD]$/.test(row('BENE_CRNT_HIC_NUM')), 'HICN');
        problems.check(/[a-z]\d{3}$/.test(row('BENE_SRNM_NAME')), 'name');
      }
    }
    for (const row of file('PDE').rows) {
      problems.check(/^Z\d{4}$/.test(row('PLAN_CNTRCT_REC_ID')), 'contract');
    }
    problems.expectNone();
  });

  it('gives an MBI, former ones included, to one beneficiary only', () => {
    const rows = [...file('BENEFICIARY').rows, ...file('BENEFICIARY_HISTORY').rows];

    expect(new Set(rows.map((row) => row('MBI_NUM'))).size).toBe(rows.length);
  });

  it('keeps former identities with the person, before the present one', () => {
    const beneficiaries = people();
    const problems = new Problems();
    for (const row of file('BENEFICIARY_HISTORY').rows) {
      const person = beneficiaries.get(row('BENE_ID')) ?? row;
      for (const column of ['BENE_BIRTH_DT', 'BENE_SEX_IDENT_CD', 'BENE_SRNM_NAME']) {
        problems.check(row(column) === person(column), column);
      }
      const [since, until] = [timeOf(row('EFCTV_BGN_DT')), timeOf(row('EFCTV_END_DT'))];
      problems.check(since <= until, 'ends before it begins');
      problems.check(until < timeOf(person('EFCTV_BGN_DT')), 'ends after the next has begun');
    }
    problems.expectNone();
  });

  it('covers each person from the first to the last month that its counts say', () => {
    const names = 'JAN FEB MAR APR MAY JUN JUL AUG SEPT OCT NOV DEC'.split(' ');
    const problems = new Problems();
    for (const row of file('BENEFICIARY').rows) {
      const months = names.map((month) => row(`MDCR_STUS_${month}_CD`) !== '');
      const [first, last] = [months.indexOf(true), months.lastIndexOf(true)];
      const covered = months.filter(Boolean).length;
      const death = row('DEATH_DT');
      problems.check(row('RFRNC_YR') === '2025', 'year');
      problems.check(row('A_MO_CNT') === String(covered), 'count of months');
      problems.check(covered === last - first + 1, 'a gap');
      problems.check(last === (death ? new Date(timeOf(death)).getUTCMonth() : 11), 'last month');
    }
    problems.expectNone();
  });

  it('dates care within the coverage, and its processing after it', () => {
    const beneficiaries = people();
    const problems = new Problems();
    for (const type of CLAIM_TYPES) {
      for (const row of file(type).rows) {
        const person = beneficiaries.get(row('BENE_ID')) ?? row;
        const [from, thru] = [timeOf(row('CLM_FROM_DT')), timeOf(row('CLM_THRU_DT'))];
        const processed = timeOf(row('NCH_WKLY_PROC_DT'));
        problems.check(from >= timeOf(person('COVSTART')), `${type}: before the coverage`);
        problems.check(from >= Date.UTC(2025, 0, 1), `${type}: before the year`);
        problems.check(from <= thru, `${type}: ends before it begins`);
        problems.check(thru <= timeOf(person('DEATH_DT') || '31-Dec-2025'), `${type}: too late`);
        problems.check(processed > thru, `${type}: processed too early`);
        problems.check(new Date(processed).getUTCDay() === 5, `${type}: not on a Friday`);
        const day = type === 'CARRIER' || type === 'DME' ? 'LINE_1ST_EXPNS_DT' : 'REV_CNTR_DT';
        if (!file(type).header.includes(day)) continue;
        const ofLine = timeOf(row(day));
        problems.check(ofLine >= from && ofLine <= thru, `${type}: line outside of the claim`);
      }
    }
    problems.expectNone();
  });

  it('adds up: a claim is the sum of its lines, paid ≤ allowed ≤ charged', () => {
    const problems = new Problems();
    for (const type of ['CARRIER', 'DME'] as const) {
      for (const rows of claimsOf(type)) {
        const claim = rows[0] ?? (() => '');
        const paid = sum(rows, 'LINE_NCH_PMT_AMT');
        const charged = sum(rows, 'LINE_SBMTD_CHRG_AMT');
        const allowed = sum(rows, 'LINE_ALOWD_CHRG_AMT');
        problems.check(cents(claim('CLM_PMT_AMT')) === paid, 'paid');
        problems.check(cents(claim('NCH_CARR_CLM_SBMTD_CHRG_AMT')) === charged, 'charged');
        problems.check(cents(claim('NCH_CARR_CLM_ALOWD_AMT')) === allowed, 'allowed');
        problems.check(
          paid === sum(rows, 'LINE_PRVDR_PMT_AMT') + sum(rows, 'LINE_BENE_PMT_AMT'),
          'paid to whom',
        );
        for (const row of rows) {
          const limit = cents(row('LINE_ALOWD_CHRG_AMT'));
          problems.check(cents(row('LINE_NCH_PMT_AMT')) <= limit, 'paid > allowed');
          problems.check(limit <= cents(row('LINE_SBMTD_CHRG_AMT')), 'allowed > charged');
        }
      }
    }
    for (const type of ['HHA', 'HOSPICE', 'INPATIENT', 'OUTPATIENT', 'SNF'] as const) {
      for (const rows of claimsOf(type)) {
        const claim = rows[0] ?? (() => '');
        const charged = cents(claim('CLM_TOT_CHRG_AMT'));
        problems.check(charged === sum(rows, 'REV_CNTR_TOT_CHRG_AMT'), `${type}: charged`);
        problems.check(cents(claim('CLM_PMT_AMT')) <= charged, `${type}: paid > charged`);
        if (!file(type).header.includes('REV_CNTR_PMT_AMT_AMT')) continue;
        problems.check(
          cents(claim('CLM_PMT_AMT')) === sum(rows, 'REV_CNTR_PMT_AMT_AMT'),
          `${type}: paid`,
        );
      }
    }
    for (const row of file('PDE').rows) {
      const payers = `PTNT_PAY_AMT OTHR_TROOP_AMT LICS_AMT PLRO_AMT CVRD_D_PLAN_PD_AMT NCVRD_PLAN_PD_AMT`;
      const paid = payers.split(' ').reduce((total, column) => total + cents(row(column)), 0);
      problems.check(cents(row('TOT_RX_CST_AMT')) === paid, 'cost of a prescription');
    }
    problems.expectNone();
  });

  it('gives who has prescriptions a drug plan, the one that the events name', () => {
    const beneficiaries = people();
    const problems = new Problems();
    for (const row of file('PDE').rows) {
      const person = beneficiaries.get(row('BENE_ID')) ?? row;
      const months = ['JAN', 'JUN', 'SEPT', 'DEC'].map((month) => person(`PTD_CNTRCT_${month}_ID`));
      const contracts = new Set(months.filter((contract) => contract !== ''));
      problems.check(contracts.size <= 1, 'two plans');
      for (const contract of contracts) {
        problems.check(contract === row('PLAN_CNTRCT_REC_ID'), 'another plan');
      }
    }
    problems.expectNone();
  });

  it('has every type also when it is as small as can be', () => {
    const dataSet = planDataSet({ ...OPTIONS, beneficiaries: 1 });

    expect(dataSet.files.map(({ type }) => type)).toEqual(RIF_TYPES);
    for (const { type } of dataSet.files) {
      expect(parse(make(type, { ...OPTIONS, beneficiaries: 1 })).rows.length).toBeGreaterThan(0);
    }
  });

  it('has no file of a type that is not wanted', () => {
    const claimsPerBeneficiary = { ...OPTIONS.claimsPerBeneficiary, SNF: 0 };
    const dataSet = planDataSet({ ...OPTIONS, claimsPerBeneficiary });

    expect(dataSet.files.map(({ type }) => type)).not.toContain('SNF');
  });

  it('goes on where an earlier one ended', () => {
    const earlier = planDataSet({ ...OPTIONS, beneficiaries: 300 });
    const later = { ...OPTIONS, beneficiaries: 300, start: earlier.next };
    const column = (options: DataSetOptions, type: RifType, name: string) =>
      parse(make(type, options)).rows.map((row) => `${name} ${row(name)}`);
    const ids = (options: DataSetOptions) => [
      ...new Set([
        ...column(options, 'BENEFICIARY', 'BENE_ID'),
        ...column(options, 'BENEFICIARY', 'MBI_NUM'),
        ...CLAIM_TYPES.flatMap((type) => column(options, type, 'CLM_ID')),
        ...column(options, 'PDE', 'PDE_ID'),
      ]),
    ];
    const before = ids({ ...OPTIONS, beneficiaries: 300 });
    const after = ids(later);

    expect(new Set([...before, ...after]).size).toBe(before.length + after.length);
    expect(after[0]).toBe(`BENE_ID ${earlier.next.beneficiary}`);
  });

  it('is refused when there are no identifiers left for its people', () => {
    const start = { ...planDataSet(OPTIONS).next, beneficiary: -50_099_999_999 };

    expect(() => planDataSet({ ...OPTIONS, start })).toThrow(RangeError);
  });
});

describe('the tally', () => {
  it('counts what has been made', () => {
    const tally = { records: 0, rows: 0, bytes: 0 };
    const bytes = Buffer.concat([...generateFile('HHA', planDataSet(OPTIONS), tally)]);

    expect(tally).toEqual({
      records: claimsOf('HHA').length,
      rows: file('HHA').rows.length,
      bytes: bytes.length,
    });
  });
});

const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

/** Milliseconds of a RIF date, or NaN for one that is not on the calendar. */
function timeOf(text: string): number {
  const [, day, month = '', year] = /^(\d\d)-([A-Z][a-z]{2})-(\d{4})$/.exec(text) ?? [];
  const date = new Date(Date.UTC(Number(year), MONTHS.indexOf(month), Number(day)));
  return MONTHS.includes(month) && date.getUTCDate() === Number(day) ? date.getTime() : Number.NaN;
}

const LIMITS = { smallint: 32_767n, integer: 2_147_483_647n, bigint: 9_223_372_036_854_775_807n };

/** What is wrong with a field by the rules of the format, or nothing. */
function problemOf(text: string, column: RifColumn): string | undefined {
  if (text === '') return column.whenEmpty === 'null' ? undefined : 'required, but empty';
  if (text !== text.trim()) return 'blanks around it';
  switch (column.kind) {
    case 'text':
      return text.length > (column.maxLength ?? 0) ? 'too long' : undefined;
    case 'char':
      return text.length === 1 ? undefined : 'not one character';
    case 'date':
      return Number.isNaN(timeOf(text)) ? 'no date' : undefined;
    case 'timestamp':
      return 'no column has this kind';
    case 'integer': {
      if (!/^-?\d+$/.test(text)) return 'no whole number';
      const limit = LIMITS[column.range ?? 'smallint'];
      return BigInt(text) <= limit && BigInt(text) >= -limit ? undefined : 'out of range';
    }
    case 'decimal': {
      const [, whole = '', fraction = ''] = /^-?(\d+)(?:\.(\d+))?$/.exec(text) ?? [];
      if (whole === '') return 'no number';
      if (column.precision === undefined) return undefined;
      const scale = column.scale ?? 0;
      if (fraction.length > scale) return 'too many digits behind the point';
      return whole.length > column.precision - scale ? 'too many digits' : undefined;
    }
  }
}
