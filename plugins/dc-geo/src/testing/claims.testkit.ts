/** For tests: the least a claim needs. */

import type { ClaimChange, Message } from '../protocol/protocol.ts';

/** A FISS change that can be stored. */
export function fissChange(seq: number, claim: Message = {}, change: Message = {}): ClaimChange {
  return {
    seq: String(seq),
    change_type: 'CHANGE_TYPE_UPDATE',
    claim: {
      rda_claim_key: `key-${seq}`,
      dcn: `dcn-${seq}`,
      intermediary_nb: '12345',
      hic_no: '123456789A',
      curr_status_enum: 'CLAIM_STATUS_MOVE',
      curr_loc_1_enum: 'PROCESSING_TYPE_MANUAL',
      curr_loc_2_unrecognized: 'ABC',
      ...claim,
    },
    ...change,
  };
}

/** An MCS change that can be stored. */
export function mcsChange(seq: number, claim: Message = {}, change: Message = {}): ClaimChange {
  return {
    seq: String(seq),
    change_type: 'CHANGE_TYPE_UPDATE',
    claim: {
      idr_clm_hd_icn: `icn-${seq}`,
      idr_contr_id: '12345',
      idr_claim_type_enum: 'CLAIM_TYPE_MEDICAL',
      ...claim,
    },
    ...change,
  };
}

/** The Base64 form of a claim's key. */
export function claimIdOf(key: string): string {
  return Buffer.from(key).toString('base64url');
}
