import { existsSync, readFileSync } from 'node:fs';
import { manifestXml } from '@bfd-host/rif';
import { safe } from '@bfd-host/sdk';
import { describe, expect, it } from 'vitest';
import { parseManifest } from './manifest.ts';

const FILE = safe.file('Incoming/2024-03-06T12:00:00Z/0_manifest.xml');
const SAMPLES = new URL('../../../../../shared/bfd/rif-samples/manifests/', import.meta.url);
const HAS_SAMPLES = existsSync(SAMPLES);

const PROPERTIES = {
  clm_grp_id_start: -1n,
  pde_id_start: -2n,
  carr_clm_cntl_num_start: -3n,
  fi_doc_cntl_num_start: -4n,
  hicn_start: 'T01A',
  bene_id_start: -10000010009985n,
  clm_id_start: -6n,
  mbi_start: '1S00EU1FY85',
  bene_id_end: -7n,
  clm_id_end: -8n,
  pde_id_end: -9n,
};

const GOOD = manifestXml({
  timestamp: '2024-03-06T12:00:00Z',
  sequenceId: 3,
  syntheticData: true,
  entries: [
    { name: 'a & b.csv', type: 'BENEFICIARY' },
    { name: 'c.csv', type: 'CARRIER', exportType: 'INSERT' },
  ],
  preValidation: PROPERTIES,
});

describe('a manifest', () => {
  it('says what belongs to the data set, in order', () => {
    expect(parseManifest(GOOD, FILE)).toEqual({
      timestamp: Date.parse('2024-03-06T12:00:00Z'),
      sequenceId: 3,
      isSynthetic: true,
      entries: [
        { name: 'a & b.csv', type: 'BENEFICIARY' },
        { name: 'c.csv', type: 'CARRIER' },
      ],
      preValidation: Object.fromEntries(
        Object.entries(PROPERTIES).map(([name, value]) => [name, String(value)]),
      ),
    });
  });

  it('may name its namespace by a prefix', () => {
    const prefixed = GOOD.replaceAll(/<(\/?)(?=[a-z])/g, '<$1m:').replace('xmlns=', 'xmlns:m=');
    expect(parseManifest(prefixed, FILE).entries).toHaveLength(2);
  });

  it.each([
    ['of another namespace', (xml: string) => xml.replace('/v10', '/v9'), 'BFD_MANIFEST_NAMESPACE'],
    [
      'with another root',
      (xml: string) => xml.replaceAll('dataSetManifest', 'dataSet'),
      'BFD_MANIFEST_ROOT',
    ],
    [
      'without timestamp',
      (xml: string) => xml.replace(/ timestamp="[^"]*"/, ''),
      'BFD_MANIFEST_TIMESTAMP',
    ],
    [
      'with a day for a timestamp',
      (xml: string) => xml.replace('T12:00:00Z"', '"'),
      'BFD_MANIFEST_TIMESTAMP',
    ],
    [
      'without sequence id',
      (xml: string) => xml.replace('sequenceId="3"', ''),
      'BFD_MANIFEST_NUMBER',
    ],
    [
      'with a sequence id that is no number',
      (xml: string) => xml.replace('="3"', '="three"'),
      'BFD_MANIFEST_NUMBER',
    ],
    [
      'with another word for true',
      (xml: string) => xml.replace('"true"', '"junk"'),
      'BFD_MANIFEST_BOOLEAN',
    ],
    [
      'without entries',
      (xml: string) => xml.replaceAll(/ *<entry[^>]*>/g, ''),
      'BFD_MANIFEST_EMPTY',
    ],
    [
      'with an unknown type',
      (xml: string) => xml.replace('"CARRIER"', '"CARRIAGE"'),
      'BFD_MANIFEST_TYPE',
    ],
    [
      'with a path for a name',
      (xml: string) => xml.replace('"c.csv"', '"../c.csv"'),
      'BFD_MANIFEST_NAME',
    ],
    [
      'with a file twice',
      (xml: string) => xml.replace('"c.csv"', '"a &amp; b.csv"'),
      'BFD_MANIFEST_TWICE',
    ],
    [
      'with an unknown element',
      (xml: string) => xml.replace('  <entry', '  <exit/><entry'),
      'BFD_MANIFEST_ELEMENT',
    ],
    [
      'with a property missing',
      (xml: string) => xml.replace(/<pde_id_start>.*\n/, ''),
      'BFD_MANIFEST_PROPERTY',
    ],
    [
      'with a property that is no number',
      (xml: string) => xml.replace('>-2<', '>two<'),
      'BFD_MANIFEST_NUMBER',
    ],
    ['with properties in another order', (xml: string) => swap(xml), 'BFD_MANIFEST_ORDER'],
    [
      'with a document type',
      (xml: string) => xml.replace('<data', '<!DOCTYPE a><data'),
      'BFD_MANIFEST_DOCTYPE',
    ],
  ])('%s is refused, and the error says which part', (_, change, problem) => {
    const changed = change(GOOD);
    expect(changed).not.toBe(GOOD);
    expect(problemsOf(changed)).toMatchObject({
      code: 'BFD_MANIFEST_INVALID',
      problems: [problem],
    });
  });

  it('that is cut off is refused with the line', () => {
    expect(problemsOf(GOOD.slice(0, 300))).toMatchObject({ code: 'BFD_MANIFEST_MALFORMED' });
  });

  it('tells all of its problems at once', () => {
    const bad = GOOD.replace('"CARRIER"', '"X"').replace('"true"', '"x"').replace('="3"', '=""');
    expect(problemsOf(bad).problems).toEqual([
      'BFD_MANIFEST_NUMBER',
      'BFD_MANIFEST_BOOLEAN',
      'BFD_MANIFEST_TYPE',
    ]);
  });
});

describe.skipIf(!HAS_SAMPLES)('the manifests of the original (skipped where they are not)', () => {
  it.each([
    ['a', '1994-11-05T13:15:30Z', 1, false, ['BENEFICIARY', 'CARRIER']],
    [
      'b',
      '2016-12-19T10:29:51Z',
      1,
      false,
      'BENEFICIARY CARRIER DME HHA HOSPICE INPATIENT OUTPATIENT SNF PDE'.split(' '),
    ],
    ['c', '2017-02-13T10:10:10Z', 121_212, false, ['BENEFICIARY']],
    ['d', '1994-11-05T13:15:30Z', 1, true, ['BENEFICIARY', 'CARRIER']],
  ])('sample %s is read', (name, timestamp, sequenceId, isSynthetic, types) => {
    const manifest = parseManifest(sample(`sample-${name}`), FILE);

    expect(manifest).toMatchObject({ timestamp: Date.parse(timestamp), sequenceId, isSynthetic });
    expect(manifest.entries.map(({ type }) => type)).toEqual(types);
  });

  it('sample e lies in the future', () => {
    expect(parseManifest(sample('sample-e'), FILE).timestamp).toBe(
      Date.parse('2525-02-13T10:10:10Z'),
    );
  });

  it('the one with a valid state has twenty entries and all properties', () => {
    const { entries, preValidation } = parseManifest(sample('sample-state-valid'), FILE);
    expect(entries).toHaveLength(20);
    expect(preValidation).toMatchObject({ bene_id_start: '-1000010', mbi_start: '1S00E00AA10' });
    expect(Object.keys(preValidation ?? {})).toHaveLength(12);
  });

  it.each([
    ['invalid-sample-a', 'BFD_MANIFEST_INVALID', ['BFD_MANIFEST_BOOLEAN']],
    ['malformed-sample-a', 'BFD_MANIFEST_MALFORMED', ['BFD_MANIFEST_XML']],
    ['sample-state-invalid', 'BFD_MANIFEST_INVALID', ['BFD_MANIFEST_PROPERTY']],
  ])('%s is refused', (name, code, problems) => {
    expect(problemsOf(sample(name))).toMatchObject({ code, problems });
  });
});

function sample(name: string): string {
  return readFileSync(new URL(`manifest-${name}.xml`, SAMPLES), 'utf8');
}

function problemsOf(xml: string): { code: string; problems: string[] } {
  try {
    parseManifest(xml, FILE);
  } catch (error) {
    const { code, places } = error as { code: string; places: { code: string }[] };
    return { code, problems: places.map((place) => place.code) };
  }
  return { code: 'none', problems: [] };
}

function swap(xml: string): string {
  return xml.replace(/(<hicn_start>.*\n\s*)(<bene_id_start>.*\n)/, '$2$1');
}
