import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { MANIFEST_KEY_PATTERN, PRE_VALIDATION_PROPERTIES, RIF_TYPES } from '@bfd-host/rif';
import { type FreshBucket, freshBucket } from '@bfd-host/testkit';
import { describe, expect, it } from 'vitest';
import { contentsIn, keysIn, manifestsIn, read } from './bucket.testkit.ts';
import { clientFromOutside, Harness } from './harness.testkit.ts';

const SMALL = { beneficiaries: 40, seed: 3 };

describe('the synthetic-data job', () => {
  it('puts every file with its MD5 into the bucket, and the manifest last', async () => {
    await using bucket = await freshBucket();
    await using harness = await Harness.for(bucket);

    const outcome = await harness.run(SMALL);

    const keys = await keysIn(bucket);
    const folder = keys[0]?.split('/').slice(0, 3).join('/') ?? '';
    expect(folder).toMatch(/^Synthetic\/Incoming\/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(keys).toEqual(
      [
        '0_manifest.xml',
        'beneficiary_2023.csv',
        'beneficiary_2024.csv',
        'beneficiary_2025.csv',
        'beneficiary_history.csv',
        'carrier.csv',
        'dme.csv',
        'hha.csv',
        'hospice.csv',
        'inpatient.csv',
        'outpatient.csv',
        'pde.csv',
        'snf.csv',
      ].map((name) => `${folder}/${name}`),
    );
    expect(harness.uploads.at(-1)).toBe(`${folder}/0_manifest.xml`);
    let rows = 0;
    let bytes = 0;
    for (const key of keys) {
      const { content, md5chksum } = await read(bucket, key);
      expect(createHash('md5').update(content).digest('base64'), key).toBe(md5chksum);
      if (key.endsWith('.xml')) continue;
      rows += content.toString().split('\n').length - 2; // without the header and behind the last row
      bytes += content.length;
    }
    expect(outcome).toMatchObject({
      kind: 'work-done',
      counts: {
        dataSets: 1,
        files: 12,
        beneficiaries: 40,
        claims: expect.any(Number),
        rows,
        bytes,
      },
    });
  });

  it('writes a manifest that lists all files in load order and marks them as synthetic', async () => {
    await using bucket = await freshBucket();
    await using harness = await Harness.for(bucket);
    await harness.run(SMALL);

    const key = (await keysIn(bucket)).find((name) => MANIFEST_KEY_PATTERN.test(name)) ?? '';
    const xml = (await read(bucket, key)).content.toString();

    const [, , timestamp] = MANIFEST_KEY_PATTERN.exec(key) ?? [];
    expect(xml).toContain(`timestamp="${timestamp}" sequenceId="0" syntheticData="true"`);
    const entries = [...xml.matchAll(/<entry name="([^"]+)" type="([^"]+)"\/>/g)];
    expect(entries.map(([, , type]) => type)).toEqual(['BENEFICIARY', 'BENEFICIARY', ...RIF_TYPES]);
    const beside = key.slice(0, key.lastIndexOf('/') + 1);
    const named = entries.map(([, name]) => `${beside}${name}`);
    expect(await keysIn(bucket)).toEqual(expect.arrayContaining(named));
  });

  it('tells in the manifest which numbers the data set takes', async () => {
    await using bucket = await freshBucket();
    await using harness = await Harness.for(bucket);
    await harness.run(SMALL);

    const [first] = await manifestsIn(bucket);

    const people = await idsIn(bucket, harness.uploads);
    expect(first?.properties).toMatchObject({
      hicn_start: 'T50000000A',
      bene_id_start: people[0],
      bene_id_end: String(Number(people.at(-1)) - 1),
      generated: expect.stringMatching(/^[A-Z][a-z]{2} [A-Z][a-z]{2} \d\d [\d:]{8} UTC \d{4}$/),
    });
    expect(Object.keys(first?.properties ?? {})).toEqual(
      PRE_VALIDATION_PROPERTIES.map(({ name }) => name),
    );
    for (const [file, column, start, end] of [
      ['carrier.csv', 'CLM_ID', 'clm_id_start', 'clm_id_end'],
      ['snf.csv', 'CLM_ID', 'clm_id_start', 'clm_id_end'],
      ['pde.csv', 'PDE_ID', 'pde_id_start', 'pde_id_end'],
    ] as const) {
      for (const id of await valuesIn(bucket, harness.uploads, file, column)) {
        expect(Number(id)).toBeLessThanOrEqual(Number(first?.properties[start]));
        expect(Number(id)).toBeGreaterThan(Number(first?.properties[end]));
      }
    }
  });

  it('begins the next data set with the numbers that the last one ended with', async () => {
    await using bucket = await freshBucket();
    await using harness = await Harness.for(bucket);
    await harness.run(SMALL);
    await harness.run({ ...SMALL, seed: 4 });

    const [first, second] = await manifestsIn(bucket);

    for (const kind of ['bene_id', 'clm_id', 'pde_id'] as const) {
      expect(second?.properties[`${kind}_start`]).toBe(first?.properties[`${kind}_end`]);
    }
    expect(harness.checkpoints.get('synthetic-data end-state')).toMatchObject({
      bene_id_start: Number(second?.properties['bene_id_end']),
      hicn_start: 'T50000080A',
      mbi_start: expect.stringMatching(/^2S/),
    });
  });

  it('leaves the numbers out of the manifest when it is told to', async () => {
    await using bucket = await freshBucket();
    await using harness = await Harness.for(bucket);

    await harness.run({ ...SMALL, preValidation: false });

    expect((await manifestsIn(bucket))[0]?.properties).toEqual({});
  });

  it('publishes updates as data sets of their own, later than what they update', async () => {
    await using bucket = await freshBucket();
    await using harness = await Harness.for(bucket);

    const outcome = await harness.run({ ...SMALL, updates: 2 });

    expect(outcome).toMatchObject({
      counts: { dataSets: 3, files: 12 + 9 + 9, beneficiaries: 40 },
    });
    const manifests = await manifestsIn(bucket);
    expect(manifests.map(({ files }) => files.length)).toEqual([12, 9, 9]);
    expect(manifests.map(({ properties }) => Object.keys(properties).length > 0)).toEqual([
      true,
      false,
      false,
    ]);
    const times = manifests.map(({ timestamp }) => Date.parse(timestamp));
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(new Set(times).size).toBe(3);
    expect(Math.max(...times)).toBeLessThanOrEqual(Date.now());
  });

  it('publishes the updates alone when they are asked for later', async () => {
    await using bucket = await freshBucket();
    await using harness = await Harness.for(bucket);
    await harness.run(SMALL);

    const outcome = await harness.run({ ...SMALL, updates: 1 });

    expect(outcome).toMatchObject({ counts: { dataSets: 1, files: 9, beneficiaries: 0 } });
    expect((await manifestsIn(bucket)).map(({ files }) => files.length)).toEqual([12, 9]);
    expect(await harness.run({ ...SMALL, updates: 1 })).toEqual({ kind: 'nothing-to-do' });
  });

  it('finds nothing to do the second time', async () => {
    await using bucket = await freshBucket();
    await using harness = await Harness.for(bucket);
    await harness.run(SMALL);
    const { length } = harness.uploads;

    expect(await harness.run(SMALL)).toEqual({ kind: 'nothing-to-do' });
    expect(harness.uploads).toHaveLength(length);
  });

  it('publishes a further data set, with other ids, when its configuration changes', async () => {
    await using bucket = await freshBucket();
    await using harness = await Harness.for(bucket);
    await harness.run(SMALL);
    const first = await idsIn(bucket, harness.uploads);
    harness.uploads.length = 0;

    await harness.run({ ...SMALL, seed: 4 });

    const second = await idsIn(bucket, harness.uploads);
    expect(second).toHaveLength(40);
    expect(new Set([...first, ...second]).size).toBe(80);
    // And going back to the first configuration publishes nothing a second time.
    expect(await harness.run(SMALL)).toEqual({ kind: 'nothing-to-do' });
  });

  it('has finished the data set it had begun when it was interrupted', async () => {
    await using bucket = await freshBucket();
    await using harness = await Harness.for(bucket);
    harness.failAtUpload = 4;
    await expect(harness.run(SMALL)).rejects.toThrow('interrupted');
    expect((await keysIn(bucket)).filter((key) => key.endsWith('.xml'))).toEqual([]);
    expect(await readdir(harness.tempFolder), 'nothing is left on disk').toEqual([]);
    const begun = await contentsIn(bucket);

    harness.failAtUpload = undefined;
    const outcome = await harness.run(SMALL);

    expect(outcome).toMatchObject({ kind: 'work-done', counts: { files: 12 } });
    const ended = await contentsIn(bucket);
    expect(ended.size, 'all in one folder').toBe(13);
    for (const [key, content] of begun) expect(ended.get(key)).toBe(content);
  });

  it('publishes again when the embedded S3 was emptied', async () => {
    await using bucket = await freshBucket();
    await using harness = await Harness.for(bucket);
    await harness.run(SMALL);
    const before = await idsIn(bucket, harness.uploads);
    for (const key of await keysIn(bucket)) {
      await bucket.client.deleteObject({ Bucket: bucket.name, Key: key });
    }
    harness.uploads.length = 0;

    await harness.run(SMALL);

    expect(await idsIn(bucket, harness.uploads)).toEqual(before);
    // The database may have kept what it loaded: that its numbers are taken is no reason to refuse them.
    expect((await manifestsIn(bucket))[0]?.properties).toEqual({});
  });

  it('does not publish again what a load has moved away', async () => {
    await using bucket = await freshBucket();
    await using harness = await Harness.for(bucket);
    await harness.run(SMALL);
    const manifest = (await keysIn(bucket)).find((key) => key.endsWith('.xml')) ?? '';
    await bucket.client.copyObject({
      Bucket: bucket.name,
      CopySource: `${bucket.name}/${encodeURIComponent(manifest)}`,
      Key: manifest.replace('Incoming', 'Done'),
    });
    await bucket.client.deleteObject({ Bucket: bucket.name, Key: manifest });

    expect(await harness.run(SMALL)).toEqual({ kind: 'nothing-to-do' });
  });

  it('makes the bucket when there is none', async () => {
    await using bucket = await freshBucket();
    await bucket.client.deleteBucket({ Bucket: bucket.name });
    await using harness = await Harness.for(bucket);

    await harness.run(SMALL);

    expect(await keysIn(bucket)).toHaveLength(13);
  });

  it('refuses a bucket that is not the embedded one', async () => {
    await using bucket = await freshBucket();
    await using harness = await Harness.for(bucket, await clientFromOutside(bucket));

    await expect(harness.run(SMALL)).rejects.toMatchObject({
      code: 'BFD_SYNTHETIC_EXTERNAL_BUCKET',
      isPermanent: true,
      message: expect.stringContaining('"allowExternalBucket": true'),
    });
    expect(await keysIn(bucket)).toEqual([]);
  });

  it('writes to another bucket when it is told to', async () => {
    await using bucket = await freshBucket();
    await using harness = await Harness.for(bucket, await clientFromOutside(bucket));

    await harness.run({ ...SMALL, allowExternalBucket: true });

    expect(await keysIn(bucket)).toHaveLength(13);
  });

  it('makes no bucket in an S3 that is not the embedded one', async () => {
    await using bucket = await freshBucket();
    await using harness = await Harness.for(bucket, await clientFromOutside(bucket));
    const config = { ...SMALL, bucket: `${bucket.name}-none`, allowExternalBucket: true };

    await expect(harness.run(config)).rejects.toMatchObject({
      code: 'BFD_SYNTHETIC_BUCKET',
      fields: { status: 404 },
    });
  });

  it('stops at the abort signal and leaves nothing on disk', async () => {
    await using bucket = await freshBucket();
    await using harness = await Harness.for(bucket);
    harness.abortAtProgress = 2;

    await expect(harness.run(SMALL)).rejects.toThrow('stopped');

    expect(await readdir(harness.tempFolder)).toEqual([]);
  });

  it('says how far it is, up to the end', async () => {
    await using bucket = await freshBucket();
    await using harness = await Harness.for(bucket);

    await harness.run(SMALL);

    const done = harness.steps.map((step) => step.done);
    expect(done).toEqual([...done].sort((a, b) => a - b));
    expect(done.at(-1)).toBe(harness.steps.at(-1)?.total);
    expect(new Set(harness.steps.map((step) => String(step.label)))).toContain('carrier.csv');
  });
});

function idsIn(bucket: FreshBucket, uploads: readonly string[]): Promise<string[]> {
  return valuesIn(bucket, uploads, 'beneficiary_2023.csv', 'BENE_ID');
}

/** The values of a column of an uploaded file. */
async function valuesIn(
  bucket: FreshBucket,
  uploads: readonly string[],
  file: string,
  column: string,
): Promise<string[]> {
  const key = uploads.find((name) => name.endsWith(`/${file}`)) ?? '';
  const { content } = await read(bucket, key);
  const [header = '', ...rows] = content.toString().trim().split('\n');
  const place = header.split('|').indexOf(column);
  return rows.map((row) => row.split('|')[place] ?? '');
}
