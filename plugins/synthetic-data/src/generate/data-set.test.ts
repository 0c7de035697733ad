import { RIF_LAYOUTS, RIF_TYPES, type RifType } from '@bfd-host/rif';
import { describe, expect, it } from 'vitest';
import { type DataSetOptions, planDataSet } from '../generator.ts';
import {
  CLAIM_TYPES,
  cents,
  claimsOf,
  file,
  make,
  OPTIONS,
  Problems,
  parse,
  people,
  type Row,
  sum,
  timeOf,
} from './read-back.testkit.ts';

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
