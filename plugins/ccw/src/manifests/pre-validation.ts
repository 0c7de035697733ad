// Whether a synthetic data set would collide with what is stored. It is asked once, before anything is loaded.
// Source: CcwRifLoadPreValidateSynthea of CMSgov/beneficiary-fhir-data; names and order of the checks are its.

import { type Pool, type SafeText, safe } from '@bfd-host/sdk';
import type { PreValidation } from './manifest.ts';

interface Check {
  readonly name: string;
  /** Properties it is about; it is left out when one of them is 0 or not there. */
  readonly needs: readonly string[];
  /** Properties that are the statement's parameters. */
  readonly parameters: readonly string[];
  readonly statement: string;
}

const CLAIM_TABLES = ['carrier', 'dme', 'hha', 'hospice', 'inpatient', 'outpatient', 'snf'].map(
  (type) => `ccw.${type}_claims`,
);
const INSTITUTIONAL_TABLES = ['inpatient', 'outpatient', 'snf', 'hha', 'hospice'].map(
  (type) => `ccw.${type}_claims`,
);
/** Claim groups at and below it are of an older generation of synthetic data, which is left out. */
const OLDEST_GROUP = '-99999831003';

const CHECKS: readonly Check[] = [
  {
    name: 'CHECK_BENE_RANGE',
    needs: ['bene_id_start', 'bene_id_end'],
    parameters: ['bene_id_start', 'bene_id_end'],
    statement:
      'select exists (select from ccw.beneficiaries where bene_id <= $1::bigint and bene_id > $2::bigint) as hit',
  },
  {
    name: 'CHECK_CARR_CLAIM_CNTL_NUM',
    needs: ['carr_clm_cntl_num_start'],
    parameters: ['carr_clm_cntl_num_start', 'clm_id_start'],
    statement: `select exists (select from ccw.carrier_claims
                                where carr_clm_cntl_num <= $1::text and clm_id <= $2::bigint) as hit`,
  },
  {
    name: 'CHECK_CLAIMS_GROUP_ID',
    needs: ['clm_grp_id_start'],
    parameters: ['clm_grp_id_start'],
    statement: anyOf(CLAIM_TABLES, `clm_grp_id <= $1::bigint and clm_grp_id > ${OLDEST_GROUP}`),
  },
  {
    name: 'CHECK_PDE_CLAIMS_GROUP_ID',
    needs: ['pde_id_start', 'clm_grp_id_start'],
    parameters: ['pde_id_start', 'clm_grp_id_start'],
    statement: `select exists (select from ccw.partd_events
                                where pde_id <= $1::bigint
                                   or (clm_grp_id <= $2::bigint and clm_grp_id > ${OLDEST_GROUP})) as hit`,
  },
  {
    name: 'CHECK_HICN_MBI_HASH',
    needs: ['hicn_start', 'mbi_start'],
    parameters: ['hicn_start', 'mbi_start'],
    statement: `select exists (select from ccw.beneficiaries
                                where hicn_unhashed = $1::text or mbi_num = $2::text) as hit`,
  },
  {
    name: 'CHECK_FI_DOC_CNTL',
    needs: ['fi_doc_cntl_num_start'],
    parameters: ['fi_doc_cntl_num_start'],
    statement: anyOf(INSTITUTIONAL_TABLES, 'fi_doc_clm_cntl_num = $1::text'),
  },
  {
    name: 'CHECK_MBI_DUPES',
    needs: [],
    parameters: [],
    // One such MBI is known and allowed.
    statement: `select count(*) >= 2 as hit
                  from (select from ccw.beneficiaries_history
                         where bene_id < 0 and mbi_num is not null
                         group by mbi_num having count(distinct bene_id) > 1
                         limit 2) as shared`,
  },
];

/**
 * The first check that finds a collision; `undefined` if none does.
 *
 * @example
 * if (await findCollision(db, manifest.preValidation)) await setStatus(ctx, manifestId, 'REJECTED');
 */
export async function findCollision(
  db: Pool,
  properties: PreValidation,
): Promise<SafeText | undefined> {
  for (const { name, needs, parameters, statement } of CHECKS) {
    if (needs.some((need) => /^([+-]?0+)?$/.test(properties[need] ?? ''))) continue;
    const values = parameters.map((parameter) => properties[parameter]);
    const { rows } = await db.query<{ hit: boolean }>(statement, values);
    if (rows[0]?.hit) return safe.name(name);
  }
  return undefined;
}

function anyOf(tables: readonly string[], condition: string): string {
  const each = tables.map((table) => `exists (select from ${table} where ${condition})`);
  return `select ${each.join(' or ')} as hit`;
}
