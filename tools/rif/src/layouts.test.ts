import { describe, expect, it } from 'vitest';
import { RIF_TYPES, type RifLayout, type RifType, rifHeader } from './layout.ts';
import { defineLayout } from './layout-text.ts';
import { RIF_LAYOUTS } from './layouts.ts';
import { MONTHLY_COLUMNS } from './monthly.ts';

const LAYOUTS = Object.values(RIF_LAYOUTS);
const CLAIM_TYPES = LAYOUTS.filter((layout) => layout.lines !== undefined);

/** Columns of a file's first row, DML_IND included. */
const HEADER_COLUMNS: Readonly<Record<RifType, number>> = {
  BENEFICIARY: 210,
  BENEFICIARY_HISTORY: 21,
  CARRIER: 100,
  DME: 95,
  HHA: 132,
  HOSPICE: 130,
  INPATIENT: 275,
  OUTPATIENT: 234,
  PDE: 41,
  SNF: 230,
};

describe('the layouts', () => {
  it.each(RIF_TYPES)('of %s have as many columns as its files', (type) => {
    expect(rifHeader(RIF_LAYOUTS[type])).toHaveLength(HEADER_COLUMNS[type]);
  });

  it('are filed under their own type', () => {
    expect(LAYOUTS.map((layout) => layout.type)).toEqual(RIF_TYPES);
  });

  it.each(LAYOUTS)('of $type name no column twice', (layout) => {
    const header = rifHeader(layout);

    expect(new Set(header).size).toBe(header.length);
  });

  it('begin a header with the action and end it with the lines', () => {
    const header = rifHeader(RIF_LAYOUTS.CARRIER);

    expect(header.slice(0, 3)).toEqual(['DML_IND', 'BENE_ID', 'CLM_ID']);
    expect(header[55]).toBe('LINE_NUM');
  });

  it('group claims by CLM_ID and drug events by PDE_ID', () => {
    expect(CLAIM_TYPES).toHaveLength(7);
    expect(CLAIM_TYPES.map(({ grouping }) => grouping)).toEqual(Array(7).fill('CLM_ID'));
    expect(RIF_LAYOUTS.PDE.grouping).toBe('PDE_ID');
    expect(RIF_LAYOUTS.BENEFICIARY.grouping).toBeUndefined();
  });

  it('give every type but the history a key', () => {
    const without = LAYOUTS.filter((layout) => layout.primaryKey === undefined);

    expect(without.map(({ type }) => type)).toEqual(['BENEFICIARY_HISTORY']);
  });

  it('number the lines of a claim', () => {
    expect(RIF_LAYOUTS.CARRIER.lines).toMatchObject({
      lineNumber: 'line_num',
      parentKey: 'clm_id',
    });
    expect(RIF_LAYOUTS.SNF.lines).toMatchObject({
      lineNumber: 'clm_line_num',
      parentKey: 'clm_id',
    });
  });

  it('send the plain HICN to hicn_unhashed and derive its hash', () => {
    for (const layout of [RIF_LAYOUTS.BENEFICIARY, RIF_LAYOUTS.BENEFICIARY_HISTORY]) {
      const hicn = layout.columns.find(({ rifName }) => rifName === 'BENE_CRNT_HIC_NUM');

      expect(hicn).toMatchObject({ dbName: 'hicn_unhashed', maxLength: 11, isStored: true });
      expect(layout.derived).toContainEqual(
        expect.objectContaining({ dbName: 'bene_crnt_hic_num', of: 'BENE_CRNT_HIC_NUM' }),
      );
    }
  });

  it('store all columns but thirteen of the history', () => {
    const dropped = LAYOUTS.flatMap((layout) =>
      allColumns(layout).flatMap(({ isStored, rifName }) =>
        isStored ? [] : `${layout.type} ${rifName}`,
      ),
    );

    expect(dropped).toHaveLength(13);
    expect(dropped.every((column) => column.startsWith('BENEFICIARY_HISTORY '))).toBe(true);
  });

  it('derive hashes only of columns they have', () => {
    for (const layout of LAYOUTS) {
      for (const derived of layout.derived) {
        if (derived.source === 'hash') expect(rifHeader(layout)).toContain(derived.of);
      }
    }
  });

  it('hold limits that fit the kind', () => {
    for (const column of LAYOUTS.flatMap(allColumns)) {
      const { kind, maxLength, range, precision, scale } = column;

      expect(maxLength !== undefined, column.rifName).toBe(kind === 'text' || kind === 'char');
      expect(range !== undefined, column.rifName).toBe(kind === 'integer');
      expect(precision === undefined, column.rifName).toBe(scale === undefined);
    }
  });
});

describe('the text form of a layout', () => {
  it('refuses a line it does not understand, and quotes it', () => {
    const define = () =>
      defineLayout({ type: 'PDE', table: 'ccw.x', columns: 'PDE_ID money error', derived: [] });

    expect(define).toThrow('"PDE_ID money error" is no column');
  });

  it('refuses lines without a key', () => {
    const define = () =>
      defineLayout({
        type: 'CARRIER',
        table: 'ccw.x',
        columns: 'CLM_ID bigint error',
        lines: { table: 'ccw.y', columns: 'LINE_NUM smallint zero line-number' },
        derived: [],
      });

    expect(define).toThrow('CARRIER has lines but no key');
  });
});

describe('the monthly columns', () => {
  it('are thirteen, with twelve columns of BENEFICIARY each', () => {
    const header = new Set(rifHeader(RIF_LAYOUTS.BENEFICIARY));

    expect(MONTHLY_COLUMNS).toHaveLength(13);
    for (const { rifNames } of MONTHLY_COLUMNS) {
      expect(rifNames).toHaveLength(12);
      expect(rifNames.filter((name) => !header.has(name))).toEqual([]);
    }
  });

  it('have the type of the columns they are taken from', () => {
    const types = new Map(
      RIF_LAYOUTS.BENEFICIARY.columns.map(({ rifName, sqlType }) => [rifName, sqlType]),
    );

    for (const { rifNames, sqlType } of MONTHLY_COLUMNS) {
      expect(new Set(rifNames.map((name) => types.get(name)))).toEqual(new Set([sqlType]));
    }
  });

  it('abbreviate September as SEPT', () => {
    const contract = MONTHLY_COLUMNS.find(({ dbName }) => dbName === 'partd_contract_number_id');

    expect(contract?.rifNames[8]).toBe('PTD_CNTRCT_SEPT_ID');
  });
});

function allColumns(layout: RifLayout) {
  return [...layout.columns, ...(layout.lines?.columns ?? [])];
}
