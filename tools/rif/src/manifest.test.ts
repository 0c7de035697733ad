import { describe, expect, it } from 'vitest';
import {
  MANIFEST_KEY_PATTERN,
  type ManifestContent,
  manifestKey,
  manifestXml,
  type PreValidationProperties,
} from './manifest.ts';

const SMALL: ManifestContent = {
  timestamp: '2024-03-06T12:00:00Z',
  sequenceId: 0,
  entries: [{ name: 'pde.csv', type: 'PDE' }],
};

const PROPERTIES: PreValidationProperties = {
  generated: 'Wed Mar 06 08:00:00 UTC 2024',
  pde_id_end: -10594495397n,
  clm_id_end: -10000917326479n,
  bene_id_end: -10000010019985n,
  mbi_start: '1S00EU1FY85',
  clm_id_start: -10000917226479n,
  bene_id_start: -10000010009985n,
  hicn_start: 'T11059985A',
  fi_doc_cntl_num_start: -421735666n,
  carr_clm_cntl_num_start: -692315335n,
  pde_id_start: -10594485397n,
  clm_grp_id_start: -1611711876n,
};

describe('writing a manifest', () => {
  it('gives the document a reader expects', () => {
    const entries = [
      { name: 'beneficiary.csv', type: 'BENEFICIARY' },
      { name: 'carrier.csv', type: 'CARRIER', exportType: 'INSERT' },
    ] as const;

    expect(manifestXml({ ...SMALL, sequenceId: 7, syntheticData: true, entries })).toBe(
      `<?xml version="1.0" encoding="UTF-8"?>
<dataSetManifest xmlns="http://cms.hhs.gov/bluebutton/api/schema/ccw-rif/v10" timestamp="2024-03-06T12:00:00Z" sequenceId="7" syntheticData="true">
  <entry name="beneficiary.csv" type="BENEFICIARY"/>
  <entry name="carrier.csv" type="CARRIER" exportType="INSERT"/>
</dataSetManifest>
`,
    );
  });

  it('leaves out what is not said', () => {
    expect(manifestXml(SMALL)).not.toMatch(/syntheticData|exportType|preValidation/);
  });

  it('puts the pre-validation properties in the order of the schema, whatever order they came in', () => {
    const xml = manifestXml({ ...SMALL, preValidation: PROPERTIES });
    const names = [...xml.matchAll(/^ {4}<(\w+)>/gm)].map(([, name]) => name);

    expect(names).toEqual([
      'clm_grp_id_start',
      'pde_id_start',
      'carr_clm_cntl_num_start',
      'fi_doc_cntl_num_start',
      'hicn_start',
      'bene_id_start',
      'clm_id_start',
      'mbi_start',
      'bene_id_end',
      'clm_id_end',
      'pde_id_end',
      'generated',
    ]);
    expect(xml).toContain('<bene_id_start>-10000010009985</bene_id_start>');
  });

  it('leaves out the one optional property', () => {
    const { generated: _, ...required } = PROPERTIES;

    expect(manifestXml({ ...SMALL, preValidation: required })).not.toContain('generated');
  });

  it('escapes what would end a value or be read as something else', () => {
    const xml = manifestXml({ ...SMALL, entries: [{ name: `a<b>&"c'\t\n.csv`, type: 'PDE' }] });

    expect(xml).toContain('name="a&lt;b&gt;&amp;&quot;c&apos;&#9;&#10;.csv"');
  });

  it.each(['\u0000', '\u001B', '\uFFFE', '\uD800'])(
    'refuses %j, which XML has no way to say',
    (bad) => {
      const write = () => manifestXml({ ...SMALL, entries: [{ name: `a${bad}`, type: 'PDE' }] });

      expect(write).toThrow(RangeError);
    },
  );
});

describe('the key of a manifest', () => {
  it.each(['Incoming', 'Synthetic/Incoming'] as const)('below %s follows the pattern', (folder) => {
    const key = manifestKey(folder, '2017-07-11T00:00:00.000Z', 12);

    expect(MANIFEST_KEY_PATTERN.exec(key)?.slice(1)).toEqual([
      folder,
      '2017-07-11T00:00:00.000Z',
      '12',
    ]);
  });

  it.each([
    'not a valid key',
    'Done/2017-07-11T00:00:00.000Z/0_manifest.xml',
    'Incoming/2017-07-11T00:00:00.000Z/pde.csv',
    'x/Incoming/2017-07-11T00:00:00.000Z/0_manifest.xml',
  ])('is not %s', (key) => {
    expect(MANIFEST_KEY_PATTERN.test(key)).toBe(false);
  });
});
