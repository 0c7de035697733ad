import type { RifType } from '@bfd-host/rif';
import { describe, expect, it } from 'vitest';
import { type DataFile, LOADED_TABLES, TEST_HASHING, Workbench } from './load.testkit.ts';
import { fileText, Random, recordsText, rowFields } from './rif/rows.testkit.ts';

const TYPES: readonly RifType[] = [
  'CARRIER',
  'PDE',
  'DME',
  'HHA',
  'BENEFICIARY_HISTORY',
  'HOSPICE',
  'INPATIENT',
  'OUTPATIENT',
  'SNF',
];

describe('ccw-rif-load', () => {
  it('loads a data set of every type, and once more under a new timestamp without a change', async () => {
    await using bench = await Workbench.make();
    const files = everyType('all');
    await bench.send(files);

    expect(await bench.run()).toMatchObject({
      kind: 'work-done',
      counts: { dataSets: 1, rejected: 0, files: 12 },
    });

    const before = await bench.contents();
    for (const table of LOADED_TABLES) expect(before[table]?.length, table).toBeGreaterThan(0);
    expect(await bench.run()).toEqual({ kind: 'nothing-to-do' });
    await bench.send(files, { sequenceId: 1 });
    expect(await bench.run()).toMatchObject({ counts: { dataSets: 1 } });
    expect(await bench.contents()).toEqual(before);
    expect(await bench.count('ccw.orphans')).toBe(0);
  });

  it('stores the same over one connection, type after type, and over four, in small chunks, four types at a time', async () => {
    const files = everyType('lanes');
    const contents: object[] = [];
    for (const lanes of [
      { connections: 1, typesAtOnce: 1 },
      { connections: 4, typesAtOnce: 4, chunkBytes: 4_000 },
    ]) {
      await using bench = await Workbench.make({ ...TEST_HASHING, ...lanes });
      await bench.send(files);
      await bench.run();
      contents.push(await bench.contents());
    }
    expect(contents[1]).toEqual(contents[0]);
  });

  it('does nothing, and says so, in an empty bucket', async () => {
    await using bench = await Workbench.make();

    expect(await bench.run()).toEqual({ kind: 'nothing-to-do' });
    expect(bench.workStarted).toBe(false);
    expect(bench.log).toEqual([]);
  });

  it('says that there is work and how far it is', async () => {
    await using bench = await Workbench.make();
    const file = pde('p.csv', 30);
    await bench.send([file]);
    await bench.run();

    const total = Buffer.byteLength(file.text);
    expect(bench.workStarted).toBe(true);
    expect(bench.progress.at(-1)).toMatchObject({ done: total, total, unit: 'bytes' });
  });

  it('loads every data set that is there, the oldest first whatever its folder', async () => {
    await using bench = await Workbench.make();
    const [older, newer] = [3, 1].map((hours) =>
      new Date(Date.now() - hours * 3_600_000).toISOString(),
    );
    const at = (text: string | undefined, sequenceId: number) => ({
      timestamp: text ?? '',
      sequenceId,
    });
    const row = (version: string) => [
      { name: 'p.csv', type: 'PDE' as const, text: onePde('UPDATE', { PRSCRBR_ID: version }) },
    ];
    await bench.send(row('fourth'), at(newer, 7));
    await bench.send(row('second'), { ...at(older, 10), folder: 'Synthetic/Incoming' });
    await bench.send(row('third'), { ...at(newer, 0), folder: 'Synthetic/Incoming' });
    await bench.send(row('first'), at(older, 9));

    expect(await bench.run()).toMatchObject({ counts: { dataSets: 4 } });

    const { rows } = await bench.db.query('select prscrbr_id from ccw.partd_events');
    expect(rows).toEqual([{ prscrbr_id: 'fourth' }]);
    const order = await bench.db.query<{ key: string }>(
      'select s3_key as key from ccw.s3_manifest_files order by status_timestamp',
    );
    expect(order.rows.map(({ key }) => /(\d+)_manifest/.exec(key)?.[1])).toEqual([
      '9',
      '10',
      '0',
      '7',
    ]);
  });

  it('loads beneficiaries first, and files of one type in the order of the manifest', async () => {
    await using bench = await Workbench.make();
    await bench.send([
      pde('2.csv', 1),
      carrier('3.csv', 1),
      {
        name: '1.csv',
        type: 'BENEFICIARY',
        text: recordsText('BENEFICIARY', new Random('1'), { records: 1, firstId: 1 }),
      },
      {
        name: '0.csv',
        type: 'BENEFICIARY',
        text: recordsText('BENEFICIARY', new Random('0'), { records: 1, firstId: 2 }),
      },
    ]);
    await bench.run();

    const { rows } = await bench.db.query(
      'select s3_file_index from ccw.loaded_files order by loaded_file_id',
    );
    expect(rows.map((row) => row.s3_file_index)).toEqual([3, 4, 2, 1]);
  });

  it('tells readers whose data changed, and writes the time of the transaction', async () => {
    await using bench = await Workbench.make();
    const text = recordsText('CARRIER', new Random('batches'), {
      records: 9,
      firstId: 1,
      beneficiaries: ['-12', '-13', '-14'],
    });
    await bench.send([{ name: 'c.csv', type: 'CARRIER', text }]);
    await bench.run();

    const { rows } = await bench.db.query(
      `select file.rif_type, batch.beneficiaries,
              (select count(*)::int from ccw.carrier_claims where last_updated = batch.created) as claims
         from ccw.loaded_files file join ccw.loaded_batches batch using (loaded_file_id)`,
    );
    expect(rows).toEqual([{ rif_type: 'CARRIER', beneficiaries: '-12,-13,-14', claims: 9 }]);
    const state = await bench.db.query('select status, last_record_number from ccw.s3_data_files');
    expect(state.rows).toEqual([{ status: 'COMPLETED', last_record_number: '9' }]);
    expect(await bench.count('ccw.load_chunks')).toBe(0);
  });

  it('forgets what it loaded more than 40 days ago', async () => {
    await using bench = await Workbench.make();
    await bench.db.query(
      `insert into ccw.loaded_files (loaded_file_id, rif_type, created)
       values (-1, 'PDE', now() - interval '101 days'), (-2, 'PDE', now() - interval '39 days')`,
    );
    await bench.db.query(
      `insert into ccw.loaded_batches (loaded_batch_id, loaded_file_id, beneficiaries, created)
       select -n, -1 - n % 2, '1', now() from generate_series(1, 5) n`,
    );
    await bench.send([pde('p.csv', 1)]);
    await bench.run();

    const { rows } = await bench.db.query(
      'select loaded_file_id as id from ccw.loaded_files where loaded_file_id < 0',
    );
    expect(rows).toEqual([{ id: '-2' }]);
    expect(await bench.count('ccw.loaded_batches where loaded_batch_id < 0')).toBe(3);
  });

  it('warns when claims come without their beneficiary, and loads them', async () => {
    await using bench = await Workbench.make();
    await bench.send([pde('p.csv', 3)]);
    await bench.run();

    expect(bench.log).toContainEqual(
      expect.objectContaining({
        level: 'warn',
        message: 'records refer to beneficiaries that are not stored',
        fields: { beneficiaries: 3 },
      }),
    );
  });

  it('ignores columns that it does not know, and says so', async () => {
    await using bench = await Workbench.make();
    const { text, ...file } = pde('p.csv', 2);
    const [header, ...rows] = String(text).trimEnd().split('\n');
    const wider = [`${header}|NEW_COLUMN`, ...rows.map((row) => `${row}|new`)].join('\n');
    await bench.send([{ ...file, text: wider }]);
    await bench.run();

    expect(await bench.count('ccw.partd_events')).toBe(2);
    expect(bench.log).toContainEqual(
      expect.objectContaining({ level: 'warn', fields: expect.objectContaining({ columns: 1 }) }),
    );
  });

  it('moves a loaded data set to Done when told to, also one that was left half moved', async () => {
    await using bench = await Workbench.make({ ...TEST_HASHING, whenDone: 'move' });
    const key = await bench.send([pde('p.csv', 1), carrier('c.csv', 1)], {
      folder: 'Synthetic/Incoming',
    });
    await bench.run();

    const done = key.replace('Synthetic/Incoming', 'Synthetic/Done');
    const folder = done.slice(0, done.lastIndexOf('/'));
    expect((await bench.keys()).sort()).toEqual(
      [done, `${folder}/c.csv`, `${folder}/p.csv`].sort(),
    );
    const head = await bench.bucket.client.headObject({
      Bucket: bench.bucket.name,
      Key: `${folder}/p.csv`,
    });
    expect(head.Metadata).toHaveProperty('md5chksum');

    await bench.put(key, { text: '<half-moved/>', md5: null });
    expect(await bench.run()).toEqual({ kind: 'nothing-to-do' });
    expect(await bench.keys()).not.toContain(key);
  });

  it('tells bytes and rows of all files together and of each, those of a run before included', async () => {
    await using bench = await Workbench.make({ ...TEST_HASHING, typesAtOnce: 1 });
    const abort = new AbortController();
    const files = [pde('p.csv', 5), carrier('c.csv', 5)];
    const sizes = files.map(({ text }) => Buffer.byteLength(text));
    const total = sizes.reduce((sum, size) => sum + size, 0);
    await bench.send(files);
    bench.beforeCommit = async () => {
      if ((await bench.count('ccw.carrier_claims')) > 0) abort.abort();
    };
    await bench.runToError(abort.signal);
    const carrierRows = String(files[1]?.text).trimEnd().split('\n').length - 1;
    expect(bench.progress.at(-1)).toMatchObject({
      done: sizes[1],
      total,
      unit: 'bytes',
      rows: carrierRows,
      label: { value: expect.stringMatching(/c\.csv$/) },
      part: { done: sizes[1], total: sizes[1], rows: carrierRows },
    });

    bench.beforeCommit = async () => undefined;
    await bench.run();
    expect(bench.progress.at(-1)).toMatchObject({
      done: total,
      total,
      label: { value: expect.stringMatching(/p\.csv$/) },
      part: { done: sizes[0], total: sizes[0], rows: 5 },
    });
  });

  it('loads only data sets of the type it is allowed, if it is', async () => {
    await using bench = await Workbench.make({ ...TEST_HASHING, allowedType: 'PDE' });
    await bench.send([pde('p.csv', 1), carrier('c.csv', 1)]);
    expect(await bench.run()).toEqual({ kind: 'nothing-to-do' });

    await bench.send([pde('p.csv', 1)], { sequenceId: 1 });
    expect(await bench.run()).toMatchObject({ counts: { dataSets: 1 } });
    expect(await bench.count('ccw.carrier_claims')).toBe(0);
  });

  it('stops when it is told to, and goes on with the next run', async () => {
    await using bench = await Workbench.make({ ...TEST_HASHING, typesAtOnce: 1 });
    const abort = new AbortController();
    await bench.send([pde('p.csv', 5), carrier('c.csv', 5)]);
    bench.beforeCommit = async () => {
      if ((await bench.count('ccw.carrier_claims')) > 0) abort.abort();
    };

    expect((await bench.runToError(abort.signal)).name).toBe('AbortError');
    expect(await bench.count('ccw.partd_events')).toBe(0);

    bench.beforeCommit = async () => undefined;
    await bench.run();
    expect(await bench.count('ccw.partd_events')).toBe(5);
    expect(await bench.count('ccw.carrier_claims')).toBe(5);
  });
});

function everyType(seed: string): DataFile[] {
  const beneficiaries = Array.from({ length: 20 }, (_, index) => String(-1 - index));
  const years = [2011, 2012, 2013].map((year, index): DataFile => {
    const random = new Random(`${seed} ${index === 0 ? 'insert' : 'update'}`);
    const rows = beneficiaries.map((id) =>
      rowFields('BENEFICIARY', random, {
        action: index === 0 ? 'INSERT' : 'UPDATE',
        values: {
          BENE_ID: id,
          RFRNC_YR: String(year),
          ...(index === 2 && { BENE_SEX_IDENT_CD: '2' }),
        },
      }),
    );
    return {
      name: `beneficiary_${year}.csv`,
      type: 'BENEFICIARY',
      text: fileText('BENEFICIARY', rows),
    };
  });
  const others = TYPES.map(
    (type): DataFile => ({
      name: `${type.toLowerCase()}.csv`,
      type,
      text: recordsText(type, new Random(`${seed} ${type}`), {
        records: 25,
        firstId: -500,
        beneficiaries,
      }),
    }),
  );
  return [...others, ...years];
}

function pde(name: string, records: number): DataFile {
  return {
    name,
    type: 'PDE',
    text: recordsText('PDE', new Random(name), { records, firstId: -900 }),
  };
}

function carrier(name: string, records: number): DataFile {
  return {
    name,
    type: 'CARRIER',
    text: recordsText('CARRIER', new Random(name), { records, firstId: -900 }),
  };
}

function onePde(action: string, values: Record<string, string>): string {
  return fileText('PDE', [
    rowFields('PDE', new Random('one'), {
      action,
      values: { PDE_ID: '1', BENE_ID: '1', ...values },
    }),
  ]);
}
