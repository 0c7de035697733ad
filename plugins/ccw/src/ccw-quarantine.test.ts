import { describe, expect, it } from 'vitest';
import { type DataFile, TEST_HASHING, Workbench } from './load.testkit.ts';
import { fileText, Random, recordsText, rowFields } from './rif/rows.testkit.ts';

const QUARANTINE = { ...TEST_HASHING, onRowError: 'quarantine' } as const;
const LINES = 3;

describe('a wrong value in a claim', () => {
  it.each([
    ['first', 0],
    ['middle', 1],
    ['last', 2],
  ])('on its %s line keeps all of it out, whatever becomes of the others', async (_, bad) => {
    const rows = [
      claim('1'),
      withValue(claim('2'), bad, 'LINE_1ST_EXPNS_DT', '99-FEB-2024'),
      claim('3'),
    ];
    for (const config of [TEST_HASHING, QUARANTINE]) {
      await using bench = await Workbench.make(config);
      await bench.send([claims(...rows)]);
      if (config === QUARANTINE) await bench.run();
      else {
        expect(await bench.runToError()).toMatchObject({
          code: 'BFD_RIF_ROWS',
          places: [{ code: 'BFD_RIF_DATE', line: 2 + LINES + bad }],
        });
      }

      const kept = config === QUARANTINE ? ['1', '3'] : [];
      expect(await storedClaims(bench)).toEqual(kept.map((id) => `${id} ${LINES}`));
      expect(await bench.count("ccw.orphans where child = 'carrier_claim_lines'")).toBe(0);
    }
  });
});

describe('the quarantine', () => {
  it('says of each record where it is and what is wrong, and nothing of what is in it', async () => {
    await using bench = await Workbench.make(QUARANTINE);
    await bench.send([
      claims(
        withValue(claim('1'), 1, 'LINE_NUM', 'XSECRETX'),
        withValue(withValue(claim('2'), 0, 'DML_IND', 'DELETE'), 2, 'LINE_NUM', '1.5'),
        claim('3'),
      ),
    ]);

    expect(await bench.run()).toMatchObject({
      counts: { records: 1, lines: LINES, quarantined: 2 },
    });

    expect(await quarantined(bench)).toEqual([
      { line: 3, column_name: 'LINE_NUM', code: 'BFD_RIF_INTEGER', raw: null },
      { line: 5, column_name: 'DML_IND', code: 'BFD_RIF_ACTION', raw: null },
    ]);
    const { rows } = await bench.db.query(
      'select status, last_record_number::int as last from ccw.s3_data_files',
    );
    expect(rows).toEqual([{ status: 'COMPLETED', last: 1 }]);
    expect(bench.log.filter(({ level }) => level === 'warn')).toMatchObject([
      { message: 'wrong records left out: see ccw.quarantined_records', fields: { records: 2 } },
      { message: 'records refer to beneficiaries that are not stored' },
    ]);
    expect(JSON.stringify(bench.log)).not.toContain('XSECRETX');
  });

  it('keeps what is in them when asked to', async () => {
    await using bench = await Workbench.make({ ...QUARANTINE, keepRaw: true });
    const bad = withValue(claim('2'), 1, 'LINE_NUM', 'x"y');
    await bench.send([claims(claim('1'), bad, claim('3'))]);
    await bench.run();

    const [record] = await quarantined(bench);
    expect(String(record?.raw)).toBe(bad.map((row) => `${row.join('|')}\n`).join(''));
  });

  it('takes in the claims around a row that may belong to either', async () => {
    await using bench = await Workbench.make(QUARANTINE);
    const stray = ['INSERT', 'garbage'];
    await bench.send([claims(claim('1'), claim('2'), [stray], claim('3'), claim('4'))]);
    await bench.run();

    expect(await storedClaims(bench)).toEqual([`1 ${LINES}`, `4 ${LINES}`]);
    expect(await quarantined(bench)).toMatchObject([
      { line: 8, code: 'BFD_RIF_STRAY' },
      { line: 8, code: 'BFD_RIF_FIELDS' },
      { line: 8, code: 'BFD_RIF_STRAY' },
    ]);
  });

  it('finds the record that PostgreSQL refuses among those it does not', async () => {
    await using bench = await Workbench.make(QUARANTINE);
    const [first = [], second = [], third = []] = claim('3');
    const twice = [first, second, third, second];
    await bench.send([claims(claim('1'), claim('2'), twice, claim('4'), claim('5'))]);

    expect(await bench.run()).toMatchObject({ counts: { records: 4, quarantined: 1 } });

    expect(await storedClaims(bench)).toEqual(['1', '2', '4', '5'].map((id) => `${id} ${LINES}`));
    expect(await quarantined(bench)).toMatchObject([{ line: 8, code: 'BFD_RIF_LINE_TWICE' }]);
  });

  it('takes in rows without lines one by one', async () => {
    await using bench = await Workbench.make(QUARANTINE);
    const text = recordsText('PDE', new Random('p'), { records: 40, firstId: 1 });
    const bad = text.replace(/^INSERT(?=\|1[17]\|)/gm, 'DELETE');
    await bench.send([{ name: 'p.csv', type: 'PDE', text: bad }]);
    await bench.run();

    expect(await bench.count('ccw.partd_events')).toBe(38);
    expect((await quarantined(bench)).map(({ line }) => line)).toEqual([12, 18]);
  });

  it('fails the run when it is full, with the first places, and goes on when more is allowed', async () => {
    const limit = { ...QUARANTINE, quarantineLimit: 2 };
    await using bench = await Workbench.make(limit);
    const text = recordsText('PDE', new Random('p'), { records: 40, firstId: 1 });
    const bad = text.replace(/^INSERT(?=\|1[178]\|)/gm, 'DELETE');
    await bench.send([{ name: 'p.csv', type: 'PDE', text: bad }]);

    expect(await bench.runToError()).toMatchObject({
      code: 'BFD_RIF_QUARANTINE_FULL',
      isPermanent: true,
      places: [{ line: 12 }, { line: 18 }, { line: 19 }],
    });

    bench.restart({ quarantineLimit: 3 });
    await bench.run();
    expect(await bench.count('ccw.partd_events')).toBe(37);
    expect(await quarantined(bench)).toHaveLength(3);
  });

  it('holds each record once after interruptions, and forgets those of an object that was corrected', async () => {
    const random = new Random('interrupted');
    const good = recordsText('CARRIER', random, { records: 120, firstId: 1 });
    const bad = good.replace(/^INSERT(?=\|\d+\|\d*\|?\d*[05]\|)/gm, 'DELETE');
    await using bench = await Workbench.make({ ...QUARANTINE, chunkBytes: 6_000 });
    const key = await bench.send([{ name: 'c.csv', type: 'CARRIER', text: bad }]);
    let commits = 0;
    bench.beforeCommit = async () => {
      if (++commits % 6 === 0) throw new Error('cut');
    };
    while (
      !(await bench.run().then(
        () => true,
        () => false,
      ))
    )
      bench.restart();

    await using whole = await Workbench.make(QUARANTINE);
    await whole.send([{ name: 'c.csv', type: 'CARRIER', text: bad }]);
    await whole.run();
    expect(await quarantined(bench)).toEqual(await quarantined(whole));
    expect((await quarantined(bench)).length).toBeGreaterThan(5);
    expect(await bench.contents()).toEqual(await whole.contents());
    expect(key).toBeTruthy();
  });

  it('does not hold what cannot be told apart: quotes that do not match fail the file', async () => {
    await using bench = await Workbench.make(QUARANTINE);
    await bench.send([claims(claim('1'), withValue(claim('2'), 1, 'LINE_NUM', '"1"x'))]);

    expect(await bench.runToError()).toMatchObject({
      code: 'BFD_RIF_ROWS',
      places: [{ code: 'BFD_RIF_QUOTE' }],
    });
    expect(await storedClaims(bench)).toEqual([]);
  });
});

/** Rows of a claim of three lines. */
function claim(id: string): string[][] {
  const shared = rowFields('CARRIER', new Random(id), { values: { CLM_ID: id, BENE_ID: '7' } });
  return Array.from({ length: LINES }, (_, line) => {
    const own = rowFields('CARRIER', new Random(`${id} ${line}`), {
      values: { LINE_NUM: String(line + 1) },
    });
    const from = columnAt('LINE_NUM');
    return [...shared.slice(0, from), ...own.slice(from)];
  });
}

function withValue(rows: string[][], at: number, column: string, value: string): string[][] {
  const place = column === 'DML_IND' ? 0 : columnAt(column);
  return rows.map((row, line) => (line === at ? row.with(place, value) : row));
}

function columnAt(column: string): number {
  return fileText('CARRIER', []).trimEnd().split('|').indexOf(column);
}

function claims(...records: string[][][]): DataFile {
  return { name: 'c.csv', type: 'CARRIER', text: fileText('CARRIER', records.flat()) };
}

async function storedClaims(bench: Workbench): Promise<string[]> {
  const { rows } = await bench.db.query<{ clm_id: string; lines: number }>(
    `select clm_id, (select count(*)::int from ccw.carrier_claim_lines l where l.clm_id = c.clm_id) as lines
       from ccw.carrier_claims c order by clm_id`,
  );
  return rows.map(({ clm_id, lines }) => `${clm_id} ${lines}`);
}

async function quarantined(
  bench: Workbench,
): Promise<{ line: number; column_name: string | null; code: string; raw: Buffer | null }[]> {
  const { rows } = await bench.db.query(
    'select line::int, column_name, code, raw from ccw.quarantined_records order by first_byte',
  );
  return rows;
}
