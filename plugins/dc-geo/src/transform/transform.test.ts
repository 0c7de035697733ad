import { describe, expect, it } from 'vitest';
import { LAYOUTS } from '../layout/layouts.ts';
import type { ClaimChange, Message } from '../protocol/protocol.ts';
import { claimIdOf, fissChange, mcsChange } from '../testing/claims.testkit.ts';
import { storedColumns, Transformer } from './transform.ts';

const FISS = new Transformer(LAYOUTS.FISS);
const MCS = new Transformer(LAYOUTS.MCS);

function fissErrors(claim: Message, change: Message = {}): unknown {
  const transformed = FISS.transform(fissChange(1, claim, change));
  return transformed.kind === 'faulty'
    ? transformed.errors.map(({ fieldName, errorMessage }) => `${fieldName}: ${errorMessage}`)
    : transformed.kind;
}

function mcsCell(column: string, change: ClaimChange): unknown {
  const transformed = MCS.transform(change);
  if (transformed.kind !== 'stored') return transformed;
  return transformed.row[storedColumns(LAYOUTS.MCS).indexOf(column)];
}

describe('a coded field', () => {
  it('has the text of its enum value, or the raw text', () => {
    const of = (claim: Message) => mcsCell('idr_hdr_audit_ind', mcsChange(1, claim));

    expect(of({ idr_hdr_audit_ind_enum: 'AUDIT_INDICATOR_HEADER_EDIT_NUMBER' })).toBe('H');
    // Spaces count.
    expect(of({ idr_hdr_audit_ind_enum: 'AUDIT_INDICATOR_IDR_HDR_AUDIT_IS_ZEROES' })).toBe(' ');
    expect(of({ idr_hdr_audit_ind_unrecognized: 'Q' })).toBe('Q');
    expect(of({})).toBeNull();
  });

  it('is in error where it must be there, is unknown or too long', () => {
    expect(fissErrors({ curr_status_enum: undefined })).toEqual(['currStatus: no value set']);
    expect(fissErrors({ curr_status_enum: 12_345 })).toEqual([
      'currStatusEnum: unrecognized enum value',
    ]);
    expect(fissErrors({ curr_loc_2_unrecognized: 'ABCDEF' })).toEqual([
      'currLoc2Unrecognized: invalid length: expected=[0,5] actual=6',
    ]);
    expect(fissErrors({ curr_status_enum: undefined, curr_status_unrecognized: '' })).toEqual([
      'currStatusUnrecognized: invalid length: expected=[1,1] actual=0',
    ]);
  });
});

describe('the type of service of a bill', () => {
  it.each([
    ['serv_type_cd_enum', 'BILL_CLASSIFICATION_OUTPATIENT', '3', 'Normal'],
    ['serv_type_cd_for_clinics_enum', 'BILL_CLASSIFICATION_FOR_CLINICS_OTHER', '9', 'Clinic'],
    [
      'serv_type_cd_for_special_facilities_enum',
      'BILL_CLASSIFICATION_FOR_SPECIAL_FACILITIES_OTHER',
      '9',
      'SpecialFacility',
    ],
    ['serv_typ_cd_unrecognized', 'X', 'X', 'Unrecognized'],
  ])('comes from %s, and says so', (field, value, text, mapping) => {
    const transformed = FISS.transform(fissChange(1, { [field]: value }));
    const columns = storedColumns(LAYOUTS.FISS);
    const row = transformed.kind === 'stored' ? transformed.row : [];

    expect(row[columns.indexOf('serv_type_cd')]).toBe(text);
    expect(row[columns.indexOf('serv_type_cd_mapping')]).toBe(mapping);
  });
});

describe('a text field', () => {
  it('is measured in UTF-16 units', () => {
    expect(fissErrors({ hic_no: '😀'.repeat(6) })).toBe('stored');
    expect(fissErrors({ hic_no: `${'😀'.repeat(6)}x` })).toEqual([
      'hicNo: invalid length: expected=[1,12] actual=13',
    ]);
  });

  it('may be empty only where the claim system sends it so', () => {
    expect(fissErrors({ npi_number: '' })).toEqual([
      'npiNumber: invalid length: expected=[1,10] actual=0',
    ]);
    expect(fissErrors({ fiss_diag_codes: [{ rda_position: 1, bit_flags: '' }] })).toBe('stored');
    expect(mcsCell('idr_hic', mcsChange(1, { mcs_details: [{ idr_proc_code: '' }] }))).toBeNull();
  });
});

describe('the key of a FISS claim', () => {
  it('is stored as URL-safe Base64', () => {
    expect(FISS.transform(fissChange(1, { rda_claim_key: '2643602id' }))).toMatchObject({
      claimId: 'MjY0MzYwMmlk',
    });
  });

  it('has at most 32 characters before and 43 after', () => {
    expect(fissErrors({ rda_claim_key: 'x'.repeat(32) })).toBe('stored');
    expect(fissErrors({ rda_claim_key: 'x'.repeat(33) })).toEqual([
      'rdaClaimKey: invalid length: expected=[1,32] actual=33',
    ]);
    expect(fissErrors({ rda_claim_key: 'ä'.repeat(17) })).toEqual([
      'rdaClaimKey: invalid length: expected=[1,43] actual=46',
    ]);
  });
});

describe('an MBI', () => {
  it('has one to eleven characters', () => {
    expect(fissErrors({ mbi: '1S00E00AA00' })).toBe('stored');
    expect(fissErrors({ mbi: '' })).toEqual(['mbi: invalid length: expected=[1,11] actual=0']);
    expect(fissErrors({ mbi: 'x'.repeat(12) })).toEqual([
      'mbi: invalid length: expected=[1,11] actual=12',
    ]);
  });
});

describe('positions', () => {
  const positions = (...all: (number | undefined)[]) => {
    const elements = all.map((position) => ({
      proc_cd: 'A',
      ...(position === undefined ? {} : { rda_position: position }),
    }));
    const transformed = FISS.transform(fissChange(1, { fiss_proc_codes: elements }));
    if (transformed.kind !== 'stored') return fissErrors({ fiss_proc_codes: elements });
    return transformed.children[0]?.map((row) => row[1]);
  };

  it('are what the message says', () => {
    expect(positions(3, 1, 32_767)).toEqual(['3', '1', '32767']);
    expect(positions(0, 5)).toEqual(['0', '5']);
  });

  it('are the places in the list where the message says nothing', () => {
    expect(positions(undefined, undefined)).toEqual(['1', '2']);
  });

  it('are in error when they are too large, signed or used twice', () => {
    expect(positions(1, 32_768)).toEqual(['fissProcCodes[1].rdaPosition: is too large']);
    expect(positions(1, 4_294_967_295)).toEqual(['fissProcCodes[1].rdaPosition: is signed']);
    expect(positions(1, 2, 2)).toEqual(['fissProcCodes[2].rdaPosition: is used twice']);
  });
});

describe('whole numbers', () => {
  it('may be negative, and have to fit', () => {
    expect(mcsCell('idr_hdr_audit', mcsChange(1, { idr_hdr_audit: -7 }))).toBe('-7');
    expect(
      fissErrors({ fiss_revenue_lines: [{ rda_position: 1, rev_units_billed: 2_147_483_648 }] }),
    ).toEqual(['fissRevenueLines[0].revUnitsBilled: is too large']);
  });
});

describe('a payer', () => {
  it('is of the kind that is there, and may be of none', () => {
    const transformed = FISS.transform(
      fissChange(1, {
        fiss_payers: [
          {
            insuredPayer: {
              rda_position: 1,
              insured_name: 'A',
              payers_id_enum: 'PAYERS_CODE_MEDICARE',
            },
          },
          { beneZPayer: { rda_position: 2, bene_last_name: '', bene_first_name: 'B' } },
          {},
        ],
      }),
    );
    const payers = LAYOUTS.FISS.children.findIndex(({ field }) => field === 'fiss_payers');
    const columns = storedColumns(LAYOUTS.FISS.children[payers] ?? LAYOUTS.FISS);
    const rows = transformed.kind === 'stored' ? (transformed.children[payers] ?? []) : [];
    const cells = (column: string) => rows.map((row) => row[columns.indexOf(column)]);

    expect(cells('payer_type')).toEqual(['Insured', 'BeneZ', null]);
    expect(cells('rda_position')).toEqual(['1', '2', '0']);
    expect(cells('insured_name')).toEqual(['A', null, null]);
    expect(cells('bene_last_name')).toEqual([null, null, null]);
    expect(cells('bene_first_name')).toEqual([null, 'B', null]);
  });
});

describe('the source of a message', () => {
  it('has phases P1 to P3, dates and times', () => {
    const bad = {
      phase: 'P4',
      phase_seq_num: 40_000,
      extract_date: '2024-02-30',
      transmission_timestamp: 'now',
    };

    expect(fissErrors({}, { source: { phase: 'p3', phase_seq_num: 32_767 } })).toBe('stored');
    expect(fissErrors({}, { source: bad })).toEqual([
      'source.phase: is unknown phase',
      'source.phaseSeqNum: is too large',
      'source.extractDate: invalid date',
      'source.transmissionTimestamp: invalid timestamp',
    ]);
  });
});

describe('a change without its claim', () => {
  it('is in error, but for a DELETE, which names it', () => {
    const change = { seq: '1', rda_claim_key: 'gone' };

    expect(FISS.transform(change)).toMatchObject({ kind: 'faulty', claimId: 'gone' });
    expect(FISS.transformDelete(change)).toMatchObject({
      kind: 'deleted',
      claimId: claimIdOf('gone'),
    });
    expect(FISS.transformDelete({ seq: '1' })).toMatchObject({ kind: 'faulty' });
  });
});

describe('the places of an MCS claim', () => {
  it('are the codes of its locations, by position', () => {
    const locations = [
      { rda_position: 2, idr_loc_code: 'B' },
      { rda_position: 3 },
      { rda_position: 1, idr_loc_code: 'A' },
    ];

    expect(MCS.transform(mcsChange(1, { mcs_locations: locations }))).toMatchObject({
      places: ['A', 'B'],
    });
  });
});
