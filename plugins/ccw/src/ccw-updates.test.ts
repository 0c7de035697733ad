import { describe, expect, it, vi } from 'vitest';
import { type DataFile, TEST_HASHING, Workbench } from './load.testkit.ts';
import { fileText, Random, recordsText, rowFields } from './rif/rows.testkit.ts';

// Several loads a test, some of more than 8 MB.
vi.setConfig({ testTimeout: 120_000 });

const SMALL_CHUNKS = { ...TEST_HASHING, chunkBytes: 1_500 };

/** A claim of so many lines, recognisable by its version. */
function claim(action: string, id: string, version: string, lines: number): string[][] {
  return Array.from({ length: lines }, (_, line) =>
    rowFields('CARRIER', new Random('claim'), {
      action,
      values: {
        CLM_ID: id,
        BENE_ID: '1',
        CARR_NUM: version,
        LINE_NUM: String(line + 1),
        TAX_NUM: version,
      },
    }),
  );
}

function claims(...rows: string[][][]): DataFile {
  return { name: 'carrier.csv', type: 'CARRIER', text: fileText('CARRIER', rows.flat()) };
}

async function storedClaims(bench: Workbench): Promise<string[]> {
  const { rows } = await bench.db.query<{ claim: string }>(
    `select format('%s %s %s', clm_id, carr_num, string_agg(tax_num, ',' order by line_num)) as claim
       from ccw.carrier_claims join ccw.carrier_claim_lines using (clm_id) group by clm_id order by clm_id`,
  );
  return rows.map((row) => row.claim);
}

describe('a claim', () => {
  it('that is there already is not touched by an INSERT, nor are its lines', async () => {
    await using bench = await Workbench.make();
    await bench.send([claims(claim('INSERT', '1', 'old', 2))]);
    await bench.run();
    await bench.send([claims(claim('INSERT', '1', 'new', 4), claim('INSERT', '2', 'new', 1))], {
      sequenceId: 1,
    });
    await bench.run();

    expect(await storedClaims(bench)).toEqual(['1 old old,old', '2 new new']);
  });

  it('is replaced with all of its lines by an UPDATE, or stored if it is not there', async () => {
    await using bench = await Workbench.make();
    await bench.send([claims(claim('INSERT', '1', 'old', 3))]);
    await bench.run();
    await bench.send([claims(claim('UPDATE', '1', 'new', 2), claim('UPDATE', '2', 'new', 1))], {
      sequenceId: 1,
    });
    await bench.run();

    expect(await storedClaims(bench)).toEqual(['1 new new,new', '2 new new']);
  });

  it.each([
    ['most', 2],
    ['few', 7],
    ['none', 10_000],
  ])('is right among hundreds that are updated, when %s differ', async (_, changeEvery) => {
    const before = Array.from({ length: 500 }, (_, id) => claim('INSERT', String(id), 'old', 3));
    const after = Array.from({ length: 500 }, (_, id) => {
      const isChanged = changeEvery === 2 ? id % 5 !== 0 : id % changeEvery === 1;
      if (!isChanged) return claim('UPDATE', String(id), 'old', 3);
      // Lines that go, come or change.
      return claim('UPDATE', String(id), id % 3 === 0 ? 'new' : 'old', 2 + (id % 3));
    });
    await using bench = await Workbench.make();
    for (const [sequenceId, rows] of [before, after, after].entries()) {
      await bench.send([claims(...rows)], { sequenceId });
      await bench.run();
    }
    await using fresh = await Workbench.make();
    await fresh.send([claims(...after)]);
    await fresh.run();

    expect(await bench.contents()).toEqual(await fresh.contents());
  });

  it('takes its action from its first line', async () => {
    await using bench = await Workbench.make();
    await bench.send([claims(claim('INSERT', '1', 'old', 1))]);
    await bench.run();
    const [first = [], second = []] = claim('UPDATE', '1', 'new', 2);
    await bench.send([claims([first, second.with(0, 'anything')])], { sequenceId: 1 });
    await bench.run();

    expect(await storedClaims(bench)).toEqual(['1 new new,new']);
  });

  it('that returns in the file ends as if rows were applied one after the other', async () => {
    for (let seed = 0; seed < 5; seed++) {
      const random = new Random(`returning ${seed}`);
      const model = new Map<number, string>();
      const rows: string[][][] = [];
      let previous = -1;
      for (let record = 0; record < 60; record++) {
        const id = (previous + 1 + random.below(7)) % 8; // never the one before, which would be the same record
        previous = id;
        const action = random.pick(['INSERT', 'INSERT', 'UPDATE']);
        const lines = 1 + random.below(3);
        const version = `v${record}`;
        rows.push(claim(action, String(id), version, lines));
        if (action === 'UPDATE' || !model.has(id)) {
          model.set(id, `${id} ${version} ${Array(lines).fill(version).join(',')}`);
        }
      }
      await using bench = await Workbench.make({
        ...TEST_HASHING,
        connections: 1 + (seed % 4),
        chunkBytes: 1_100 + random.below(8_000),
      });
      await bench.send([claims(...rows)]);
      await bench.run();

      expect(await storedClaims(bench)).toEqual(
        [...model].sort(([a], [b]) => a - b).map(([, text]) => text),
      );
    }
  });
});

describe('a record that returns more than 8 MB later', () => {
  it.each([
    ['INSERT', 'INSERT', 'first'],
    ['INSERT', 'UPDATE', 'last'],
    ['UPDATE', 'INSERT', 'first'],
    ['UPDATE', 'UPDATE', 'last'],
  ])('as a claim, %s and then %s, ends as the %s says', async (before, after, wins) => {
    await using bench = await Workbench.make();
    const rows = [claim(before, '1', 'first', 2), ...filler(), claim(after, '1', 'last', 3)];
    const file = claims(...rows);
    expect(String(file.text).length).toBeGreaterThan(8 << 20);
    await bench.send([file]);
    await bench.run();

    const [first] = await storedClaims(bench);
    const lines = wins === 'first' ? 2 : 3;
    expect(first).toBe(`1 ${wins} ${Array(lines).fill(wins).join(',')}`);
    expect(await bench.count('ccw.carrier_claims')).toBe(rows.length - 1);
  });

  it('as a beneficiary, ends as over one connection, with the states in between as history', async () => {
    const people = recordsText('BENEFICIARY', new Random('crowd'), { records: 40, firstId: 1000 });
    const [header = '', ...crowd] = people.trimEnd().split('\n');
    const one = (action: string, mbi: string) => beneficiary(action, { MBI_NUM: mbi }).join('|');
    const rows = [one('INSERT', 'first')];
    const between = 4_400;
    for (const [round, mbi] of ['second', 'third', 'fourth'].entries()) {
      for (let at = 0; at < between; at++) {
        const row = crowd[at % crowd.length] ?? '';
        rows.push(row.replace(/\|10\d\d\|/, `|${10_000 + round * between + at}|`));
      }
      rows.push(one('UPDATE', mbi));
    }
    const text = `${[header, ...rows].join('\n')}\n`;
    expect(text.length).toBeGreaterThan(8 << 20);
    const ends: unknown[] = [];
    for (const connections of [1, 2]) {
      await using bench = await Workbench.make({
        ...TEST_HASHING,
        hashing: 'deferred',
        connections,
      });
      await bench.send([{ name: 'b.csv', type: 'BENEFICIARY', text }]);
      await bench.run();
      const { rows: now } = await bench.db.query(
        'select mbi_num from ccw.beneficiaries where bene_id = 7',
      );
      ends.push([now, await formerMbis(bench), await bench.count('ccw.beneficiary_monthly')]);
    }

    expect(ends[1]).toEqual(ends[0]);
    expect(ends[0]).toEqual([
      [{ mbi_num: 'fourth' }],
      ['first', 'second', 'third'],
      expect.any(Number),
    ]);
  });

  /** Claims of one line each that fill more than a chunk. */
  function filler(): string[][][] {
    const [row = []] = claim('INSERT', '100', 'other', 1);
    const keyAt = fileText('CARRIER', []).trimEnd().split('|').indexOf('CLM_ID');
    const count = Math.ceil((9 << 20) / row.join('|').length);
    return Array.from({ length: count }, (_, at) => [row.with(keyAt, String(100 + at))]);
  }
});

const IDENTITY = {
  BENE_ID: '7',
  BENE_BIRTH_DT: '17-MAR-1981',
  BENE_CRNT_HIC_NUM: '123456789A',
  BENE_SEX_IDENT_CD: '1',
  MBI_NUM: '3456789',
  EFCTV_BGN_DT: '01-JAN-2020',
  EFCTV_END_DT: '',
  RFRNC_YR: '2020',
};

function beneficiary(action: string, changes: Readonly<Record<string, string>> = {}): string[] {
  return rowFields('BENEFICIARY', new Random('beneficiary'), {
    action,
    values: { ...IDENTITY, ...changes },
  });
}

function beneficiaries(...rows: string[][]): DataFile {
  return { name: 'beneficiary.csv', type: 'BENEFICIARY', text: fileText('BENEFICIARY', rows) };
}

async function formerMbis(bench: Workbench): Promise<string[]> {
  const { rows } = await bench.db.query<{ mbi_num: string }>(
    'select mbi_num from ccw.beneficiaries_history order by bene_history_id',
  );
  return rows.map((row) => row.mbi_num);
}

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

describe('hashes', () => {
  const HASHES = 'select bene_crnt_hic_num as hicn, mbi_hash as mbi from ccw.beneficiaries';
  const HICN = '123456789A';
  const kept = 'abcd'.repeat(16);

  it('are left to others when hashing is deferred, and rows without are found by their index', async () => {
    await using bench = await Workbench.make({ hashing: 'deferred' });
    await bench.send([beneficiaries(beneficiary('INSERT')), historyOf(HICN)]);
    await bench.run();

    expect((await bench.db.query(HASHES)).rows).toEqual([{ hicn: '', mbi: null }]);
    const { rows } = await bench.db.query(
      'select bene_crnt_hic_num as hicn, hicn_unhashed from ccw.beneficiaries_history',
    );
    expect(rows).toEqual([{ hicn: '', hicn_unhashed: HICN }]);
  });

  it('stay as they are when an update brings the same identifiers, and go when it brings others', async () => {
    for (const hashing of [{ hashing: 'deferred' } as const, TEST_HASHING]) {
      await using bench = await Workbench.make(hashing);
      await bench.send([beneficiaries(beneficiary('INSERT'))]);
      await bench.run();
      await bench.db.query(
        `update ccw.beneficiaries set bene_crnt_hic_num = '${kept}', mbi_hash = '${kept}'`,
      );
      await bench.send([beneficiaries(beneficiary('UPDATE', { STATE_CODE: 'ZZ' }))], {
        sequenceId: 1,
      });
      await bench.run();
      expect((await bench.db.query(HASHES)).rows).toEqual([{ hicn: kept, mbi: kept }]);

      await bench.send([beneficiaries(beneficiary('UPDATE', { MBI_NUM: 'SSSS' }))], {
        sequenceId: 2,
      });
      await bench.run();
      const mbi =
        hashing.hashing === 'deferred'
          ? null
          : '401441595efcc68bc5b26f4e88bd9fa550004e068d69ff75761ab946ec553a02';
      expect((await bench.db.query(HASHES)).rows).toEqual([{ hicn: kept, mbi }]);
      expect(await formerMbis(bench)).toEqual(['3456789']);
    }
  });

  it('that are missing are added by an update when hashing is inline', async () => {
    await using bench = await Workbench.make({ hashing: 'deferred' });
    await bench.send([beneficiaries(beneficiary('INSERT'))]);
    await bench.run();
    bench.restart(TEST_HASHING);
    await bench.send([beneficiaries(beneficiary('UPDATE'))], { sequenceId: 1 });
    await bench.run();

    expect((await bench.db.query(HASHES)).rows).toEqual([
      {
        hicn: expect.stringMatching(/^[0-9a-f]{64}$/),
        mbi: '82273caf4d2c3b5a8340190ae3575950957ce469e593efd7736d60c3b39d253c',
      },
    ]);
    expect(await bench.count('ccw.beneficiaries_history')).toBe(0);
  });

  it('are those of the characters as received, also beyond ASCII', async () => {
    await using bench = await Workbench.make();
    await bench.send([
      beneficiaries(
        beneficiary('INSERT', { MBI_NUM: ' äß' }),
        beneficiary('INSERT', { BENE_ID: '8', MBI_NUM: '' }),
      ),
    ]);
    await bench.run();

    const { rows } = await bench.db.query(`${HASHES} order by bene_id`);
    const { pbkdf2Sync } = await import('node:crypto');
    const expected = pbkdf2Sync(' äß', 'nottherealpepper', 2, 32, 'sha256').toString('hex');
    expect(rows.map((row) => row.mbi)).toEqual([expected, null]);
  });

  function historyOf(hicn: string): DataFile {
    const row = rowFields('BENEFICIARY_HISTORY', new Random('h'), {
      values: { BENE_ID: '7', BENE_CRNT_HIC_NUM: hicn },
    });
    return {
      name: 'h.csv',
      type: 'BENEFICIARY_HISTORY',
      text: fileText('BENEFICIARY_HISTORY', [row]),
    };
  }
});

describe('an interrupted load', () => {
  it('goes on with the next run, and ends as one that was not interrupted', async () => {
    const files = [
      beneficiaries(
        ...Array.from({ length: 25 }, (_, id) =>
          beneficiary(id % 5 === 0 ? 'UPDATE' : 'INSERT', { BENE_ID: String(id) }),
        ),
      ),
      {
        name: 'h.csv',
        type: 'BENEFICIARY_HISTORY' as const,
        text: recordsText('BENEFICIARY_HISTORY', new Random('h'), {
          records: 40,
          firstId: 0,
          beneficiaries: ['1', '2'],
        }),
      },
      {
        name: 'c.csv',
        type: 'CARRIER' as const,
        text: recordsText('CARRIER', new Random('c'), { records: 60, firstId: 1 }),
      },
      {
        name: 'p.csv',
        type: 'PDE' as const,
        text: recordsText('PDE', new Random('p'), { records: 60, firstId: 1 }),
      },
    ];
    await using whole = await Workbench.make();
    await whole.send(files);
    await whole.run();
    const expected = await whole.contents();

    for (let seed = 0; seed < 3; seed++) {
      const random = new Random(`interrupted ${seed}`);
      await using bench = await Workbench.make({
        ...TEST_HASHING,
        connections: 1 + (seed % 3),
        chunkBytes: 4_000,
      });
      await bench.send(files);
      let commits = 0;
      bench.beforeCommit = async () => {
        if (++commits % (3 + random.below(9)) === 0) throw new Error('cut');
      };
      let attempts = 0;
      while (
        !(await bench.run().then(
          () => true,
          () => false,
        ))
      ) {
        bench.restart();
        if (++attempts > 60) throw new Error('it does not come to an end');
      }

      expect(attempts).toBeGreaterThan(0);
      expect(await bench.contents()).toEqual(expected);
      const { rows } = await bench.db.query(
        'select status, last_record_number::int as last from ccw.s3_data_files order by index',
      );
      expect(rows).toEqual([25, 40, 60, 60].map((last) => ({ status: 'COMPLETED', last })));
    }
  });

  it('by the end of its database sessions tells so, and goes on', async () => {
    await using bench = await Workbench.make({ ...TEST_HASHING, chunkBytes: 4_000 });
    await bench.send([
      {
        name: 'c.csv',
        type: 'CARRIER',
        text: recordsText('CARRIER', new Random('killed'), { records: 80, firstId: 1 }),
      },
    ]);
    let commits = 0;
    bench.beforeCommit = async () => {
      if (++commits !== 8) return;
      await bench.db.query(
        `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
      );
    };

    const error = await bench.runToError();
    expect(error.name).not.toBe('JobError');
    expect(await bench.count('ccw.carrier_claims')).toBeLessThan(80);

    await bench.run();
    expect(await bench.count('ccw.carrier_claims')).toBe(80);
    expect(await bench.count('ccw.orphans')).toBe(80);
  });
});

function formerStates(table: string): string {
  return `select bene_id, bene_birth_dt::text, bene_crnt_hic_num, hicn_unhashed, bene_sex_ident_cd, mbi_num, mbi_hash,
                 efctv_bgn_dt::text, efctv_end_dt::text from ${table} order by bene_id`;
}

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
