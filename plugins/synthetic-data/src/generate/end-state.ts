/**
 * Numbers under Synthea's names: what a run leaves for the next one to go on with, and what the manifest tells the
 * load, so that it can refuse a data set whose numbers are taken.
 */

import type { PreValidationProperties } from '@bfd-host/rif';
import { type DataSet, type Numbers, personOf } from './data-set.ts';
import { hicn } from './identifiers.ts';
import { mbiOf } from './identities.ts';

/** The next free value of each kind, as in Synthea's `end_state.properties`. */
export interface EndState {
  readonly clm_grp_id_start: number;
  readonly pde_id_start: number;
  readonly carr_clm_cntl_num_start: number;
  readonly fi_doc_cntl_num_start: number;
  readonly hicn_start: string;
  readonly bene_id_start: number;
  readonly clm_id_start: number;
  readonly mbi_start: string;
}

/**
 * @example
 * endStateOf(FIRST_NUMBERS).hicn_start; // 'T50000000A'
 */
export function endStateOf(numbers: Numbers): EndState {
  const person = personOf(numbers.beneficiary);
  return {
    clm_grp_id_start: numbers.claimGroup,
    pde_id_start: numbers.pde,
    carr_clm_cntl_num_start: numbers.carrierControl,
    fi_doc_cntl_num_start: numbers.fiscalControl,
    hicn_start: hicn(person),
    bene_id_start: numbers.beneficiary,
    clm_id_start: numbers.claim,
    mbi_start: mbiOf(person, 0),
  };
}

/** The numbers of an end state; its HICN and MBI follow from that of the beneficiary. */
export function numbersOf(state: EndState): Numbers {
  return {
    beneficiary: state.bene_id_start,
    claim: state.clm_id_start,
    claimGroup: state.clm_grp_id_start,
    pde: state.pde_id_start,
    carrierControl: state.carr_clm_cntl_num_start,
    fiscalControl: state.fi_doc_cntl_num_start,
  };
}

/** The ranges of a data set of new people, for its manifest: from its first numbers to those that are free after it. */
export function preValidationOf(
  { start, next }: DataSet,
  generated: Date,
): PreValidationProperties {
  const first = endStateOf(start);
  return {
    clm_grp_id_start: BigInt(first.clm_grp_id_start),
    pde_id_start: BigInt(first.pde_id_start),
    carr_clm_cntl_num_start: BigInt(first.carr_clm_cntl_num_start),
    fi_doc_cntl_num_start: BigInt(first.fi_doc_cntl_num_start),
    hicn_start: first.hicn_start,
    bene_id_start: BigInt(first.bene_id_start),
    clm_id_start: BigInt(first.clm_id_start),
    mbi_start: first.mbi_start,
    bene_id_end: BigInt(next.beneficiary),
    clm_id_end: BigInt(next.claim),
    pde_id_end: BigInt(next.pde),
    generated: timeLine(generated),
  };
}

/**
 * A moment as Synthea writes it.
 *
 * @example
 * timeLine(new Date('2024-03-06T08:00:00Z')); // 'Wed Mar 06 08:00:00 UTC 2024'
 */
export function timeLine(moment: Date): string {
  const [weekday, day, month, year, time] = moment.toUTCString().replace(',', '').split(' ');
  return `${weekday} ${month} ${day} ${time} UTC ${year}`;
}
