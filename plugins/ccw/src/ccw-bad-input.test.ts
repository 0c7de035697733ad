import { manifestKey } from '@bfd-host/rif';
import { describe, expect, it } from 'vitest';
import { pde, type RunError, TEST_HASHING, Workbench } from './load.testkit.ts';
import { fileText, Random, recordsText, rowFields } from './rif/rows.testkit.ts';

const DAY_MS = 86_400_000;

describe('a manifest', () => {
  it('that cannot be read fails the run with its place, and holds up only what comes after it', async () => {
    await using bench = await Workbench.make();
    const key = manifestKey('Incoming', ago(2 * 3_600_000), 0);
    await bench.put(key, { text: '<dataSetManifest>', md5: null });
    await bench.send([pde('early.csv')], { timestamp: ago(3 * 3_600_000) });
    await bench.send([pde('late.csv')]);

    expect(await bench.runToError()).toMatchObject({
      code: 'BFD_MANIFEST_MALFORMED',
      isPermanent: true,
    });
    expect(await loadedFiles(bench)).toEqual(['early.csv']);

    await bench.bucket.client.deleteObject({ Bucket: bench.bucket.name, Key: key });
    await bench.run();
    expect(await loadedFiles(bench)).toEqual(['early.csv', 'late.csv']);
  });

  it('with an unknown type is refused before anything is loaded', async () => {
    await using bench = await Workbench.make();
    const key = await bench.send([pde('p.csv')]);
    await bench.put(key, {
      md5: null,
      text: `<dataSetManifest xmlns="http://cms.hhs.gov/bluebutton/api/schema/ccw-rif/v10"
        timestamp="${ago(60_000)}" sequenceId="0"><entry name="p.csv" type="PDX"/></dataSetManifest>`,
    });

    const error = await bench.runToError();
    expect(error).toMatchObject({
      code: 'BFD_MANIFEST_INVALID',
      places: [{ code: 'BFD_MANIFEST_TYPE' }],
    });
    expect(error.places[0]?.column?.value).toBe('entry-1.type');
    expect(await loadedFiles(bench)).toEqual([]);
  });

  it.each([
    ['of tomorrow', -DAY_MS],
    ['older than 60 days', 61 * DAY_MS],
  ])('%s is left alone', async (_, age) => {
    await using bench = await Workbench.make();
    await bench.send([pde('p.csv')], { timestamp: ago(age) });
    expect(await bench.run()).toEqual({ kind: 'nothing-to-do' });
    expect(await bench.count('ccw.s3_manifest_files')).toBe(0);
  });

  it('in a folder of today that is dated in the future waits', async () => {
    await using bench = await Workbench.make();
    const { timestamp } = { timestamp: '2525-02-13T10:10:10Z' };
    await bench.put(manifestKey('Incoming', ago(60_000), 0), {
      md5: null,
      text: `<dataSetManifest xmlns="http://cms.hhs.gov/bluebutton/api/schema/ccw-rif/v10"
        timestamp="${timestamp}" sequenceId="0"><entry name="p.csv" type="PDE"/></dataSetManifest>`,
    });
    expect(await bench.run()).toEqual({ kind: 'nothing-to-do' });
  });

  it('under a key that is none is ignored, and so is anything else', async () => {
    await using bench = await Workbench.make();
    for (const key of [
      'not a valid key',
      'Incoming/yesterday/0_manifest.xml',
      `Incoming/${ago(0)}/manifest.xml`,
      'Done/x',
    ]) {
      await bench.put(key, { text: 'junk', md5: null });
    }
    expect(await bench.run()).toEqual({ kind: 'nothing-to-do' });
  });

  it('that names other files than when it was found is refused', async () => {
    await using bench = await Workbench.make();
    const timestamp = ago(60_000);
    await bench.send([pde('p.csv')], {
      timestamp,
      entries: [
        { name: 'p.csv', type: 'PDE' },
        { name: 'q.csv', type: 'PDE' },
      ],
    });
    await bench.run();
    await bench.send([pde('p.csv')], { timestamp });

    expect(await bench.runToError()).toMatchObject({
      code: 'BFD_MANIFEST_OUT_OF_SYNC',
      isPermanent: true,
    });
    expect(await loadedFiles(bench)).toEqual([]);
  });

  it('that names a file of another one is refused', async () => {
    await using bench = await Workbench.make();
    const timestamp = ago(60_000);
    await bench.send([pde('p.csv')], { timestamp });
    await bench.send([pde('p.csv')], { timestamp, sequenceId: 1 });

    expect(await bench.runToError()).toMatchObject({
      code: 'BFD_MANIFEST_FILE_TAKEN',
      isPermanent: true,
    });
    expect(await bench.count('ccw.partd_events')).toBe(5);
  });

  it('whose files are not there yet waits, is told once, and holds up later data sets', async () => {
    await using bench = await Workbench.make();
    const entries = [
      { name: 'there.csv', type: 'PDE' as const },
      { name: 'missing.csv', type: 'CARRIER' as const },
    ];
    const timestamp = ago(3_600_000);
    await bench.send([pde('there.csv')], { timestamp, entries });
    await bench.send([pde('later.csv')]);

    expect(await bench.run()).toEqual({ kind: 'nothing-to-do' });
    expect(await bench.run()).toEqual({ kind: 'nothing-to-do' });
    expect(bench.workStarted).toBe(false);
    expect(bench.log).toMatchObject([
      { level: 'info', message: 'data set waits for its files', fields: { missing: 1, files: 2 } },
    ]);
    expect(await loadedFiles(bench)).toEqual([]);

    await bench.put(`Incoming/${timestamp}/missing.csv`, { text: fileText('CARRIER', []) });
    expect(await bench.run()).toMatchObject({ counts: { dataSets: 2 } });
  });

  it('whose files are missing for too long fails the run, and says which', async () => {
    await using bench = await Workbench.make();
    await bench.send([], {
      entries: [
        { name: 'a.csv', type: 'PDE' },
        { name: 'b.csv', type: 'CARRIER' },
      ],
    });
    await bench.run();
    await bench.db.query(
      `update ccw.s3_manifest_files set discovery_timestamp = now() - interval '61 minutes'`,
    );

    const error = await bench.runToError();
    expect(error).toMatchObject({ code: 'BFD_S3_FILES_MISSING', isPermanent: false });
    expect(error.places.map(({ column }) => column?.value)).toEqual([
      'entry-1:PDE',
      'entry-2:CARRIER',
    ]);
  });
});

describe('a file', () => {
  it('with a wrong MD5 fails the run, and none of it is loaded', async () => {
    await using bench = await Workbench.make();
    const wrong = Buffer.alloc(16).toString('base64');
    const key = await bench.send([{ ...pde('p.csv'), md5: wrong }]);

    expect(await bench.runToError()).toMatchObject({ code: 'BFD_RIF_MD5', isPermanent: true });
    expect(await bench.count('ccw.partd_events')).toBe(0);

    await bench.put(key.replace('0_manifest.xml', 'p.csv'), pde('p.csv'));
    await bench.run();
    expect(await bench.count('ccw.partd_events')).toBe(5);
  });

  it('without an MD5 in its metadata loads', async () => {
    await using bench = await Workbench.make();
    await bench.send([{ ...pde('p.csv'), md5: null }]);
    await bench.run();
    expect(await bench.count('ccw.partd_events')).toBe(5);
  });

  it('damaged behind its first chunks is replaced as a whole by the right one', async () => {
    await using bench = await Workbench.make({ ...TEST_HASHING, chunkBytes: 8_000 });
    const right = recordsText('CARRIER', new Random('damage'), { records: 60, firstId: 1 });
    const damaged = right
      .replaceAll('|INSERT', '|INSERT')
      .replace(/^(INSERT\|\d+\|5\|)-?\d*/m, '$177');
    const key = await bench.send([
      {
        name: 'c.csv',
        type: 'CARRIER',
        text: damaged,
        md5: Buffer.alloc(16, 1).toString('base64'),
      },
    ]);
    expect(await bench.runToError()).toMatchObject({ code: 'BFD_RIF_MD5' });
    expect(await bench.count('ccw.carrier_claims where clm_grp_id = 77')).toBe(1);

    await bench.put(key.replace('0_manifest.xml', 'c.csv'), { text: right });
    await bench.run();
    await using other = await Workbench.make();
    await other.send([{ name: 'c.csv', type: 'CARRIER', text: right }]);
    await other.run();
    expect(await bench.contents()).toEqual(await other.contents());
  });

  it('that is cut off fails the run at the line where it ends', async () => {
    await using bench = await Workbench.make();
    const text = String(pde('p.csv').text);
    await bench.send([{ name: 'p.csv', type: 'PDE', text: text.slice(0, -40) }]);

    expect(await bench.runToError()).toMatchObject({
      code: 'BFD_RIF_ROWS',
      places: [{ code: 'BFD_RIF_FIELDS', line: 6 }],
    });
    expect(await bench.count('ccw.partd_events')).toBe(0);
  });

  it('with a bad value says the same each time, doubles nothing, and loads once it is mended', async () => {
    await using bench = await Workbench.make({ ...TEST_HASHING, chunkBytes: 3_000 });
    const good = recordsText('PDE', new Random('mend'), { records: 60, firstId: 100 });
    const bad = good.replace(/^INSERT(?=\|140\|)/m, 'DELETE');
    const key = await bench.send([pde('first.csv'), { name: 'p.csv', type: 'PDE', text: bad }]);

    for (let run = 0; run < 2; run++) {
      const error = await bench.runToError();
      expect(error).toMatchObject({
        code: 'BFD_RIF_ROWS',
        isPermanent: true,
        places: [{ code: 'BFD_RIF_ACTION', line: 42 }],
      });
    }
    expect(await bench.count('ccw.partd_events')).toBeLessThan(5 + 40);

    await bench.put(key.replace('0_manifest.xml', 'p.csv'), { text: good });
    await bench.run();
    expect(await bench.count('ccw.partd_events')).toBe(65);
    expect(await bench.count("ccw.s3_manifest_files where status = 'COMPLETED'")).toBe(1);
  });

  it('with the same line number twice in a claim is refused, and the claim is not there', async () => {
    await using bench = await Workbench.make();
    const line = rowFields('CARRIER', new Random('twice'), {
      values: { CLM_ID: '5', LINE_NUM: '1' },
    });
    await bench.send([{ name: 'c.csv', type: 'CARRIER', text: fileText('CARRIER', [line, line]) }]);

    expect(await bench.runToError()).toMatchObject({
      code: 'BFD_RIF_REFUSED',
      places: [{ code: 'BFD_RIF_LINE_TWICE', line: 2 }],
    });
    expect(await bench.count('ccw.carrier_claims')).toBe(0);
  });

  it('never puts a value of a row into an error', async () => {
    const secret = 'XSECRETX';
    const columns = [
      'CLM_ID',
      'BENE_ID',
      'CLM_FROM_DT',
      'CLM_PMT_AMT',
      'FINAL_ACTION',
      'CARR_NUM',
      'LINE_NUM',
      'DML_IND',
    ];
    await using bench = await Workbench.make();
    const rows = columns.map((column) =>
      rowFields('CARRIER', new Random(column), {
        action: column === 'DML_IND' ? secret : 'INSERT',
        values: { CLM_ID: column, [column]: secret },
      }),
    );
    await bench.send([{ name: 'c.csv', type: 'CARRIER', text: fileText('CARRIER', rows) }]);

    const error: RunError = await bench.runToError();

    expect(error.places.map(({ column }) => column?.value)).toEqual(
      expect.arrayContaining(columns),
    );
    expect(`${error.message} ${JSON.stringify(error)}`).not.toContain(secret);
  });
});

describe('a bucket that cannot be read', () => {
  it('fails the run with what to do', async () => {
    await using bench = await Workbench.make({ ...TEST_HASHING, bucket: 'no-such-bucket' });
    expect(await bench.runToError()).toMatchObject({ code: 'BFD_S3_BUCKET', isPermanent: false });
  });
});

function ago(ms: number): string {
  return new Date(Date.now() - ms).toISOString();
}

async function loadedFiles(bench: Workbench): Promise<string[]> {
  const { rows } = await bench.db.query<{ name: string }>(
    `select file_name as name from ccw.s3_data_files where status = 'COMPLETED' order by status_timestamp`,
  );
  return rows.map(({ name }) => name);
}
