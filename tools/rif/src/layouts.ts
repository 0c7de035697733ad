/** All layouts by type. The tables themselves are in `layouts/`, one file a type. */

import type { RifLayout, RifType } from './layout.ts';
import { BENEFICIARY } from './layouts/beneficiary.ts';
import { BENEFICIARY_HISTORY } from './layouts/beneficiary-history.ts';
import { CARRIER } from './layouts/carrier.ts';
import { DME } from './layouts/dme.ts';
import { HHA } from './layouts/hha.ts';
import { HOSPICE } from './layouts/hospice.ts';
import { INPATIENT } from './layouts/inpatient.ts';
import { OUTPATIENT } from './layouts/outpatient.ts';
import { PDE } from './layouts/pde.ts';
import { SNF } from './layouts/snf.ts';

/**
 * The layout of each record type.
 *
 * @example
 * const { table, columns } = RIF_LAYOUTS.CARRIER;
 * columns.filter((column) => column.isStored).map((column) => column.dbName);
 */
export const RIF_LAYOUTS: Readonly<Record<RifType, RifLayout>> = {
  BENEFICIARY,
  BENEFICIARY_HISTORY,
  CARRIER,
  DME,
  HHA,
  HOSPICE,
  INPATIENT,
  OUTPATIENT,
  PDE,
  SNF,
};
