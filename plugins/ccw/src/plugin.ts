import { definePlugin } from '@bfd-host/sdk';
import { CcwRifLoad } from './ccw-rif-load.ts';
import { BeneficiaryHistoryMbiFixup } from './fixups/beneficiary-history-mbi-fixup.ts';
import { BeneficiaryMbiFixup } from './fixups/beneficiary-mbi-fixup.ts';

export default definePlugin({
  jobs: [CcwRifLoad, BeneficiaryMbiFixup, BeneficiaryHistoryMbiFixup],
  schemas: ['ccw'],
});
