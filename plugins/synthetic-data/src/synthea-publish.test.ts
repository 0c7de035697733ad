import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type FreshBucket, freshBucket } from '@bfd-host/testkit';
import { describe, expect, it } from 'vitest';
import { keysIn, manifestsIn, read } from './bucket.testkit.ts';
import { make, OPTIONS } from './generate/read-back.testkit.ts';
import { endStateOf, planDataSet } from './generator.ts';
import { clientFromOutside, Harness } from './harness.testkit.ts';
import plugin from './plugin.ts';

const SAMPLES = resolve(import.meta.dirname, '../../../../shared/bfd/rif-samples/rif-synthea');
const hasSamples = existsSync(SAMPLES);

const PEOPLE = planDataSet({ ...OPTIONS, beneficiaries: 2 });
const FILES = Object.fromEntries(
  PEOPLE.files.map((file) => [file.name, make(file, PEOPLE).toString()]),
);
const NAMES = PEOPLE.files.map(({ name }) => name);

describe('publishing the output of Synthea', () => {
  it('uploads its files as they are, each with its MD5, and then a manifest in load order', async () => {
    await using bucket = await freshBucket();
    await using harness = await Harness.for(bucket);
    await put(bucket, 'Synthea/run-1/', FILES);

    const outcome = await publish(harness);

    const [manifest] = await manifestsIn(bucket);
    expect(manifest?.files).toEqual(NAMES);
    expect(harness.uploads.at(-1)).toMatch(/\/0_manifest\.xml$/);
    let bytes = 0;
    for (const [name, text] of Object.entries(FILES)) {
      const key = `Synthetic/Incoming/${manifest?.timestamp}/${name}`;
      const { content, md5chksum } = await read(bucket, key);
      expect(content.toString()).toBe(text);
      expect(md5chksum).toBe(createHash('md5').update(text).digest('base64'));
      bytes += content.length;
    }
    expect(outcome).toMatchObject({
      counts: { runs: 1, dataSets: 1, files: NAMES.length, rows: expect.any(Number), bytes },
    });
    expect(await readdir(harness.tempFolder), 'nothing is left on disk').toEqual([]);
  });

  it('leaves out what is no RIF', async () => {
    await using bucket = await freshBucket();
    await using harness = await Harness.for(bucket);
    await put(bucket, 'Synthea/', {
      ...FILES,
      'manifest.xml': '<xml/>',
      'export_summary.csv': 'a,b',
      'end_state.properties': '#',
      'notes.txt': 'x',
    });

    await publish(harness);

    expect((await manifestsIn(bucket))[0]?.files).toEqual(NAMES);
  });

  it('tells in the manifest which numbers the files take, and when Synthea ran', async () => {
    await using bucket = await freshBucket();
    await using harness = await Harness.for(bucket);
    const generated = 'Tue Oct 18 15:24:11 EDT 2022';
    await put(bucket, 'Synthea/', {
      ...FILES,
      'end_state.properties': `#BFD Properties End State\n#${generated}\nexporter.bfd.bene_id_start=-1\n`,
    });

    await publish(harness);

    const start = endStateOf(PEOPLE.start);
    const end = endStateOf(PEOPLE.next);
    expect((await manifestsIn(bucket))[0]?.properties).toMatchObject({
      bene_id_start: String(start.bene_id_start),
      clm_id_start: String(start.clm_id_start),
      clm_grp_id_start: String(start.clm_grp_id_start),
      pde_id_start: String(start.pde_id_start),
      carr_clm_cntl_num_start: String(start.carr_clm_cntl_num_start),
      fi_doc_cntl_num_start: String(start.fi_doc_cntl_num_start),
      hicn_start: start.hicn_start,
      bene_id_end: String(end.bene_id_start),
      clm_id_end: String(end.clm_id_start),
      pde_id_end: String(end.pde_id_start),
      generated,
    });
  });

  it('asks for no pre-validation when it is told so, nor for a run without new people', async () => {
    await using bucket = await freshBucket();
    await using harness = await Harness.for(bucket);
    await put(bucket, 'Synthea/a/', FILES);
    await publish(harness, { preValidation: false });
    const updates = { 'beneficiary_2024.csv': FILES['beneficiary_2024.csv'] ?? '' };
    await put(bucket, 'Synthea/b/', updates);

    await publish(harness);

    const manifests = await manifestsIn(bucket);
    expect(manifests.map(({ properties }) => properties)).toEqual([{}, {}]);
  });

  it('publishes each folder once, and again when its files are others', async () => {
    await using bucket = await freshBucket();
    await using harness = await Harness.for(bucket);
    await put(bucket, 'Synthea/b/', FILES);
    await put(bucket, 'Synthea/a/', { 'carrier.csv': FILES['carrier.csv'] ?? '' });

    expect(await publish(harness)).toMatchObject({ counts: { runs: 2, dataSets: 2 } });
    expect((await manifestsIn(bucket)).map(({ files }) => files.length)).toEqual([1, NAMES.length]);
    expect(await publish(harness)).toEqual({ kind: 'nothing-to-do' });

    await put(bucket, 'Synthea/a/', { 'dme.csv': FILES['dme.csv'] ?? '' });
    expect(await publish(harness)).toMatchObject({ counts: { runs: 1, files: 2 } });
  });

  it('goes on with the data set it had begun when it was interrupted', async () => {
    await using bucket = await freshBucket();
    await using harness = await Harness.for(bucket);
    await put(bucket, 'Synthea/', FILES);
    harness.failAtUpload = 3;
    await expect(publish(harness)).rejects.toThrow('interrupted');
    expect(await manifestsIn(bucket)).toEqual([]);

    harness.failAtUpload = undefined;
    await publish(harness);

    const folders = (await keysIn(bucket)).filter((key) => key.startsWith('Synthetic/'));
    expect(new Set(folders.map((key) => key.split('/')[2])).size).toBe(1);
  });

  it('takes the files from another bucket', async () => {
    await using source = await freshBucket();
    await using bucket = await freshBucket();
    await using harness = await Harness.for(bucket);
    await put(source, 'output/bfd/', FILES);

    await publish(harness, { fromBucket: source.name, prefix: 'output/bfd/' });

    expect(await manifestsIn(bucket)).toHaveLength(1);
    expect(await manifestsIn(source)).toHaveLength(0);
  });

  it('stops when a file changes while it is published', async () => {
    await using bucket = await freshBucket();
    await using harness = await Harness.for(bucket);
    await put(bucket, 'Synthea/', FILES);
    // After the check and before the upload.
    harness.atCheckpoint = () => put(bucket, 'Synthea/', { 'snf.csv': FILES['hha.csv'] ?? '' });

    await expect(publish(harness)).rejects.toMatchObject({
      code: 'BFD_SYNTHEA_CHANGED',
      isPermanent: false,
    });
    expect(await manifestsIn(bucket)).toEqual([]);
  });

  it('refuses a bucket that is not the embedded one', async () => {
    await using bucket = await freshBucket();
    await using harness = await Harness.for(bucket, await clientFromOutside(bucket));
    await put(bucket, 'Synthea/', FILES);

    await expect(publish(harness)).rejects.toMatchObject({
      code: 'BFD_SYNTHETIC_EXTERNAL_BUCKET',
      message: expect.stringContaining('synthea-publish'),
    });
    await publish(harness, { allowExternalBucket: true });
    expect(await manifestsIn(bucket)).toHaveLength(1);
  });

  it('says so when there is nothing below the prefix, or no such bucket', async () => {
    await using bucket = await freshBucket();
    await using harness = await Harness.for(bucket);

    await expect(publish(harness)).rejects.toMatchObject({ code: 'BFD_SYNTHEA_NOTHING' });
    await expect(publish(harness, { fromBucket: `${bucket.name}-none` })).rejects.toMatchObject({
      code: 'BFD_SYNTHEA_SOURCE',
      fields: { status: 404 },
    });
  });

  it.each(['', 'Synthetic/Incoming/', 'Incoming/', 'Synthea'])('takes no prefix "%s"', (prefix) => {
    expect(plugin.parseConfig('synthea-publish', { prefix })).toMatchObject({ ok: false });
  });
});

describe('files that the load would not take', () => {
  const header = (name: string): string => FILES[name]?.split('\n')[0] ?? '';
  const withField = (name: string, column: string, value: string): string => {
    const [first = '', row = '', ...rows] = FILES[name]?.split('\n') ?? [];
    const changed = row.split('|').with(first.split('|').indexOf(column), value);
    return [first, changed.join('|'), ...rows].join('\n');
  };

  it.each([
    [
      'carrier.csv',
      withField('carrier.csv', 'CLM_FROM_DT', '31-Feb-2024'),
      'BFD_RIF_DATE',
      2,
      'CLM_FROM_DT',
    ],
    [
      'carrier.csv',
      withField('carrier.csv', 'CLM_PMT_AMT', 'SECRET'),
      'BFD_RIF_DECIMAL',
      2,
      'CLM_PMT_AMT',
    ],
    ['pde.csv', withField('pde.csv', 'PDE_ID', ''), 'BFD_RIF_EMPTY', 2, 'PDE_ID'],
    ['pde.csv', withField('pde.csv', 'PDE_ID', '567834'), 'BFD_SYNTHEA_REAL_ID', 2, 'PDE_ID'],
    [
      'pde.csv',
      withField('pde.csv', 'FINAL_ACTION', 'X'),
      'BFD_RIF_FINAL_ACTION',
      2,
      'FINAL_ACTION',
    ],
    ['pde.csv', withField('pde.csv', 'DML_IND', 'DELETE'), 'BFD_RIF_ACTION', 2, 'DML_IND'],
    [
      'pde.csv',
      withField('pde.csv', 'PTNT_RSDNC_CD', 'SECRET'),
      'BFD_RIF_LENGTH',
      2,
      'PTNT_RSDNC_CD',
    ],
    ['snf.csv', withField('snf.csv', 'AT_PHYSN_NPI', '"SECRET"'), 'BFD_RIF_QUOTE', 2, undefined],
    ['snf.csv', `${header('snf.csv')}\nINSERT|-1\n`, 'BFD_RIF_FIELDS_MISSING', 2, undefined],
    [
      'hha.csv',
      FILES['hha.csv']?.replace('|BENE_ID|', '|BENE|') ?? '',
      'BFD_RIF_COLUMN_MISSING',
      undefined,
      'BENE_ID',
    ],
  ])('are named by place: %s', async (name, text, code, line, column) => {
    await using bucket = await freshBucket();
    await using harness = await Harness.for(bucket);
    await put(bucket, 'Synthea/', { [name]: text });

    const error: unknown = await publish(harness).catch((caught: unknown) => caught);

    expect(error).toMatchObject({ code: 'BFD_SYNTHEA_FILES', isPermanent: true });
    const { places, message } = error as { places: readonly object[]; message: string };
    const expected = {
      code,
      file: expect.objectContaining({ value: name }),
      ...(line !== undefined && { line }),
      ...(column !== undefined && { column: expect.objectContaining({ value: column }) }),
    };
    expect(places).toContainEqual(expected);
    expect(message).not.toContain('SECRET');
    expect(harness.uploads).toEqual([]);
  });

  it('are all named at once', async () => {
    await using bucket = await freshBucket();
    await using harness = await Harness.for(bucket);
    await put(bucket, 'Synthea/', {
      'carrier.csv': withField('carrier.csv', 'CLM_FROM_DT', 'never'),
      'pde.csv': withField('pde.csv', 'SRVC_DT', 'never'),
    });

    await expect(publish(harness)).rejects.toMatchObject({
      fields: { count: 2 },
      places: [{ code: 'BFD_RIF_DATE' }, { code: 'BFD_RIF_DATE' }],
    });
  });
});

describe('claims that are dated ahead', () => {
  const year = new Date().getUTCFullYear() + 1;
  const ahead = planDataSet({ ...OPTIONS, beneficiaries: 2, years: 2, year });
  const files = Object.fromEntries(
    ahead.files.map((file) => [file.name, make(file, ahead).toString()]),
  );

  it('are published with the others by default', async () => {
    await using bucket = await freshBucket();
    await using harness = await Harness.for(bucket);
    await put(bucket, 'Synthea/', files);

    await publish(harness);

    expect(await manifestsIn(bucket)).toHaveLength(1);
  });

  it('can be held back in data sets that wait for a Wednesday', async () => {
    await using bucket = await freshBucket();
    await using harness = await Harness.for(bucket);
    await put(bucket, 'Synthea/', files);

    await publish(harness, { holdFutureClaims: true });

    const [now, ...later] = await manifestsIn(bucket);
    expect(now?.files).toEqual(expect.arrayContaining([`beneficiary_${year}.csv`]));
    expect(Object.keys(now?.properties ?? {})).not.toEqual([]);
    expect(later.length).toBeGreaterThan(0);
    for (const { timestamp, properties, files: names } of later) {
      expect(timestamp).toMatch(/T12:00:00Z$/);
      expect(new Date(timestamp).getUTCDay(), 'a Wednesday').toBe(3);
      expect(Date.parse(timestamp)).toBeGreaterThan(Date.now());
      expect(properties).toEqual({});
      expect(names.length).toBeGreaterThan(0);
    }
    // Each row is in one of them, and each file begins with the header.
    const [header = '', ...rows] = (files['pde.csv'] ?? '').trimEnd().split('\n');
    const keys = (await keysIn(bucket)).filter((key) => /^Synthetic\/.*\/pde\.csv$/.test(key));
    const found: string[] = [];
    for (const key of keys) {
      const [first, ...others] = (await read(bucket, key)).content.toString().trimEnd().split('\n');
      expect(first).toBe(header);
      found.push(...others);
    }
    expect(found.sort()).toEqual(rows.sort());
  });
});

describe.skipIf(!hasSamples)('the samples of Synthea, where they lie beside the checkout', () => {
  it('are published as one data set, byte for byte', async () => {
    await using bucket = await freshBucket();
    await using harness = await Harness.for(bucket);
    const names = readdirSync(SAMPLES);
    const samples = Object.fromEntries(
      names.map((name) => [name, readFileSync(join(SAMPLES, name))]),
    );
    await put(bucket, 'Synthea/', samples);

    const outcome = await publish(harness);

    expect(outcome).toMatchObject({ counts: { runs: 1, dataSets: 1, files: 20 } });
    const [manifest] = await manifestsIn(bucket);
    expect(manifest?.properties).toMatchObject({
      bene_id_start: '-1000006',
      bene_id_end: '-1000019',
      hicn_start: 'T01000006A',
      mbi_start: '1S00E00AA06',
    });
    for (const name of manifest?.files ?? []) {
      const { content } = await read(bucket, `Synthetic/Incoming/${manifest?.timestamp}/${name}`);
      expect(content.equals(samples[name] ?? Buffer.of()), name).toBe(true);
    }
  });
});

function publish(harness: Harness, config: Readonly<Record<string, unknown>> = {}) {
  return harness.run(config, 'synthea-publish');
}

async function put(
  { client, name }: FreshBucket,
  folder: string,
  files: Readonly<Record<string, string | Buffer>>,
): Promise<void> {
  await Promise.all(
    Object.entries(files).map(([file, content]) =>
      client.putObject({ Bucket: name, Key: folder + file, Body: content }),
    ),
  );
}
