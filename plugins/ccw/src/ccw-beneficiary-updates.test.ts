import { describe, expect, it, vi } from 'vitest';
import { type DataFile, TEST_HASHING, Workbench } from './load.testkit.ts';
import { fileText, Random, rowFields } from './rif/rows.testkit.ts';
import {
  beneficiaries,
  beneficiary,
  formerMbis,
  IDENTITY,
  SMALL_CHUNKS,
} from './updates.testkit.ts';

// Several loads a test.
vi.setConfig({ testTimeout: 120_000 });

describe('a beneficiary update', () => {
  it('keeps the former state when something of the identity changes, and only then', async () => {
    const changes: readonly [column: string, value: string, isKept: boolean][] = [
      ['BENE_BIRTH_DT', '18-MAR-1981', true],
      ['BENE_CRNT_HIC_NUM', '987654321E', true],
      ['BENE_SEX_IDENT_CD', '2', true],
      ['MBI_NUM', '2456689', true],
      ['MBI_NUM', '', true],
      ['EFCTV_BGN_DT', '02-JAN-2020', true],
      ['EFCTV_END_DT', '31-DEC-2020', false],
      ['STATE_CODE', 'ZZ', false],
    ];
    const ids = changes.map((_, index) => String(index));
    await using bench = await Workbench.make();
    await bench.send([beneficiaries(...ids.map((id) => beneficiary('INSERT', { BENE_ID: id })))]);
    await bench.run();
    const { rows: before } = await bench.db.query(formerStates('ccw.beneficiaries'));
    const updates = changes.map(([column, value], index) =>
      beneficiary('UPDATE', { BENE_ID: String(index), [column]: value }),
    );
    await bench.send([beneficiaries(...updates)], { sequenceId: 1 });
    await bench.run();

    const { rows: after } = await bench.db.query(formerStates('ccw.beneficiaries_history'));
    expect(after).toEqual(before.filter((_, index) => changes[index]?.[2]));
    expect(await bench.count('ccw.beneficiaries')).toBe(changes.length);
  });

  it('of somebody who is not stored stores them', async () => {
    await using bench = await Workbench.make();
    await bench.send([beneficiaries(beneficiary('UPDATE'))]);
    await bench.run();
    expect(await bench.count('ccw.beneficiaries')).toBe(1);
    expect(await bench.count('ccw.beneficiaries_history')).toBe(0);
  });

  it.each([
    ['in one chunk', TEST_HASHING],
    ['in several', SMALL_CHUNKS],
  ])('follows the one before %s, and each leaves its former state', async (_, config) => {
    await using bench = await Workbench.make(config);
    const steps = ['A', 'B', 'B', 'C', 'A', 'D'].map((MBI_NUM) =>
      beneficiary('UPDATE', { MBI_NUM }),
    );
    await bench.send([beneficiaries(beneficiary('INSERT', { MBI_NUM: 'A' }), ...steps)]);
    await bench.run();

    expect(await formerMbis(bench)).toEqual(['A', 'B', 'C', 'A']);
    const { rows } = await bench.db.query('select mbi_num from ccw.beneficiaries');
    expect(rows).toEqual([{ mbi_num: 'D' }]);
  });

  it('that is sent again, with all before it, adds no history', async () => {
    for (const config of [TEST_HASHING, SMALL_CHUNKS]) {
      await using bench = await Workbench.make(config);
      const files = ['A', 'A', 'B', 'B', 'C'].map(
        (MBI_NUM, index): DataFile => ({
          ...beneficiaries(
            beneficiary(index === 0 ? 'INSERT' : 'UPDATE', {
              MBI_NUM,
              RFRNC_YR: String(2015 + index),
            }),
          ),
          name: `beneficiary_${2015 + index}.csv`,
        }),
      );
      await bench.send(files);
      await bench.run();
      const before = await bench.contents();
      for (const sequenceId of [1, 2]) {
        await bench.send(files, { sequenceId });
        await bench.run();
        expect(await bench.contents()).toEqual(before);
      }
      expect(await formerMbis(bench)).toEqual(['A', 'B']);
    }
  });

  it('replaces the months of its year, leaves other years, and nothing when it has none', async () => {
    await using bench = await Workbench.make();
    const noMonths = Object.fromEntries(monthNames().map((name) => [name, '']));
    const months = (year: string, state: string, ...of: string[]) => ({
      ...noMonths,
      RFRNC_YR: year,
      ...Object.fromEntries(of.map((month) => [`MDCR_STUS_${month}_CD`, state])),
    });
    await bench.send([
      beneficiaries(
        beneficiary('INSERT', months('2019', '10', 'JAN', 'SEPT', 'DEC')),
        beneficiary('UPDATE', months('2020', '11', 'JAN', 'FEB')),
        beneficiary('UPDATE', months('2020', '12', 'FEB', 'MAR')),
        beneficiary('UPDATE', months('2019', '13')),
        beneficiary('UPDATE', months('', '14', 'JAN')),
        beneficiary('INSERT', months('2021', '15', 'JAN')),
      ),
    ]);
    await bench.run();

    const { rows } = await bench.db.query(
      `select format('%s %s', year_month, medicare_status_code) as month from ccw.beneficiary_monthly order by 1`,
    );
    expect(rows.map(({ month }) => month)).toEqual([
      '2019-01-01 10',
      '2019-09-01 10',
      '2019-12-01 10',
      '2020-02-01 12',
      '2020-03-01 12',
    ]);
    const audit = await bench.db.query(
      'select year_month::text, medicare_status_code from ccw.beneficiary_monthly_audit',
    );
    expect(audit.rows).toEqual([{ year_month: '2020-02-01', medicare_status_code: '11' }]);
  });
});

describe('history rows', () => {
  const row = (MBI_NUM: string) =>
    rowFields('BENEFICIARY_HISTORY', new Random('history'), { values: { BENE_ID: '7', MBI_NUM } });
  const history = (...mbis: string[]): DataFile => ({
    name: 'history.csv',
    type: 'BENEFICIARY_HISTORY',
    text: fileText('BENEFICIARY_HISTORY', mbis.map(row)),
  });

  it.each([
    ['in one chunk', TEST_HASHING],
    ['in several', { ...SMALL_CHUNKS, chunkBytes: 1_024, connections: 3 }],
  ])(
    'are all kept when they are equal %s, and none is added when they come again',
    async (_, config) => {
      await using bench = await Workbench.make(config);
      const mbis = Array.from({ length: 60 }, (_, index) => ['A', 'B', 'A'][index % 3] ?? '');
      await bench.send([history(...mbis)]);
      await bench.run();
      expect((await formerMbis(bench)).sort()).toEqual([...mbis].sort());

      await bench.send([history(...mbis)], { sequenceId: 1 });
      await bench.run();
      expect((await formerMbis(bench)).sort()).toEqual([...mbis].sort());
    },
  );

  it('that are new are added to those that are known', async () => {
    await using bench = await Workbench.make();
    await bench.send([history('A', 'B', 'B')]);
    await bench.run();
    await bench.send([history('B', 'A', 'A', 'C', '')], { sequenceId: 1 });
    await bench.run();

    expect((await formerMbis(bench)).sort()).toEqual(['A', 'A', 'B', 'B', 'C', null].sort());
  });

  it('are kept apart from those that updates have made', async () => {
    await using bench = await Workbench.make();
    await bench.send([
      beneficiaries(
        beneficiary('INSERT', { MBI_NUM: 'A' }),
        beneficiary('UPDATE', { MBI_NUM: 'B' }),
      ),
    ]);
    await bench.run();
    const same = rowFields('BENEFICIARY_HISTORY', new Random('x'), {
      values: { ...IDENTITY, MBI_NUM: 'A' },
    });
    const file: DataFile = {
      name: 'h.csv',
      type: 'BENEFICIARY_HISTORY',
      text: fileText('BENEFICIARY_HISTORY', [same]),
    };
    for (const sequenceId of [1, 2]) {
      await bench.send([file], { sequenceId });
      await bench.run();
      expect(await formerMbis(bench)).toEqual(['A', 'A']);
    }
  });
});

function monthNames(): string[] {
  const [header = ''] = fileText('BENEFICIARY', []).split('\n');
  return header
    .split('|')
    .filter(
      (name) =>
        /^(FIPS|MDCR_STUS|MDCR_ENTLMT|HMO_\d|PTC_|PTD_(CNTRCT|PBP|SGMT)|RDS_...|META|CST)/.test(
          name,
        ) && !/MO_CNT/.test(name),
    );
}

function formerStates(table: string): string {
  return `select bene_id, bene_birth_dt::text, bene_crnt_hic_num, hicn_unhashed, bene_sex_ident_cd, mbi_num, mbi_hash,
                 efctv_bgn_dt::text, efctv_end_dt::text from ${table} order by bene_id`;
}
