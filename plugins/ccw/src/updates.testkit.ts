// Claims and beneficiaries of one row and more, for tests of what updates make of them.

import { type DataFile, TEST_HASHING, type Workbench } from './load.testkit.ts';
import { fileText, Random, rowFields } from './rif/rows.testkit.ts';

export const SMALL_CHUNKS = { ...TEST_HASHING, chunkBytes: 1_500 };

/** A claim of so many lines, recognisable by its version. */
export function claim(action: string, id: string, version: string, lines: number): string[][] {
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

export function claims(...rows: string[][][]): DataFile {
  return { name: 'carrier.csv', type: 'CARRIER', text: fileText('CARRIER', rows.flat()) };
}

export async function storedClaims(bench: Workbench): Promise<string[]> {
  const { rows } = await bench.db.query<{ claim: string }>(
    `select format('%s %s %s', clm_id, carr_num, string_agg(tax_num, ',' order by line_num)) as claim
       from ccw.carrier_claims join ccw.carrier_claim_lines using (clm_id) group by clm_id order by clm_id`,
  );
  return rows.map((row) => row.claim);
}

export const IDENTITY = {
  BENE_ID: '7',
  BENE_BIRTH_DT: '17-MAR-1981',
  BENE_CRNT_HIC_NUM: '123456789A',
  BENE_SEX_IDENT_CD: '1',
  MBI_NUM: '3456789',
  EFCTV_BGN_DT: '01-JAN-2020',
  EFCTV_END_DT: '',
  RFRNC_YR: '2020',
};

export function beneficiary(
  action: string,
  changes: Readonly<Record<string, string>> = {},
): string[] {
  return rowFields('BENEFICIARY', new Random('beneficiary'), {
    action,
    values: { ...IDENTITY, ...changes },
  });
}

export function beneficiaries(...rows: string[][]): DataFile {
  return { name: 'beneficiary.csv', type: 'BENEFICIARY', text: fileText('BENEFICIARY', rows) };
}

export async function formerMbis(bench: Workbench): Promise<string[]> {
  const { rows } = await bench.db.query<{ mbi_num: string }>(
    'select mbi_num from ccw.beneficiaries_history order by bene_history_id',
  );
  return rows.map((row) => row.mbi_num);
}
