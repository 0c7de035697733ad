/** Which numbers a run's new records have, so that the load can refuse them when they are taken. */

import { ACTION_COLUMN, type PreValidationProperties } from '@bfd-host/rif';
import type { Claim, Watcher } from '../rules/rule.ts';

interface Range {
  /** Numbers count down: the first is the largest. */
  first: number;
  last: number;
}

const COLUMNS = [
  'BENE_ID',
  'CLM_ID',
  'PDE_ID',
  'CLM_GRP_ID',
  'CARR_CLM_CNTL_NUM',
  'FI_DOC_CLM_CNTL_NUM',
] as const;

type Column = (typeof COLUMNS)[number];

/** Watches the rows of a run. */
export class IdRanges implements Watcher {
  private readonly ranges = new Map<Column, Range>();
  private hicn = '';
  private mbi = '';

  record([row]: Claim): void {
    if (row.get(ACTION_COLUMN) !== 'INSERT' || row.file.type === 'BENEFICIARY_HISTORY') return;
    const isPerson = row.file.type === 'BENEFICIARY';
    for (const column of COLUMNS) {
      if ((column === 'BENE_ID') !== isPerson) continue;
      const text = row.get(column);
      const number = Number(text);
      // A control number may be text; one without number has no range.
      if (text === '' || !Number.isSafeInteger(number)) continue;
      const range = this.ranges.get(column);
      if (isPerson && (range === undefined || number > range.first)) {
        this.hicn = row.get('BENE_CRNT_HIC_NUM');
        this.mbi = row.get('MBI_NUM');
      }
      if (range === undefined) this.ranges.set(column, { first: number, last: number });
      else {
        range.first = Math.max(range.first, number);
        range.last = Math.min(range.last, number);
      }
    }
  }

  /**
   * The properties for the manifest: from the first number to the one after the last, and 0, which is not asked
   * about, where a run has no number of a kind.
   *
   * @param generated - when Synthea ran, if known
   * @returns nothing for a run without new people: its numbers are taken, as they should be
   */
  properties(generated: string | undefined): PreValidationProperties | undefined {
    const first = (column: Column) => BigInt(this.ranges.get(column)?.first ?? 0);
    const end = (column: Column) => {
      const range = this.ranges.get(column);
      return BigInt(range === undefined ? 0 : range.last - 1);
    };
    if (!this.ranges.has('BENE_ID')) return undefined;
    return {
      clm_grp_id_start: first('CLM_GRP_ID'),
      pde_id_start: first('PDE_ID'),
      carr_clm_cntl_num_start: first('CARR_CLM_CNTL_NUM'),
      fi_doc_cntl_num_start: first('FI_DOC_CLM_CNTL_NUM'),
      hicn_start: this.hicn,
      bene_id_start: first('BENE_ID'),
      clm_id_start: first('CLM_ID'),
      mbi_start: this.mbi,
      bene_id_end: end('BENE_ID'),
      clm_id_end: end('CLM_ID'),
      pde_id_end: end('PDE_ID'),
      ...(generated !== undefined && { generated }),
    };
  }
}

/**
 * The time line of an `end_state.properties`: its second comment.
 *
 * @example
 * generatedOf('#BFD Properties End State\n#Tue Oct 18 15:24:11 EDT 2022\n…'); // 'Tue Oct 18 15:24:11 EDT 2022'
 */
export function generatedOf(endState: string): string | undefined {
  const lines = endState.split(/\r?\n/).filter((line) => line.startsWith('#'));
  const line = lines.map((text) => text.slice(1).trim());
  return line.find((text) => /^[A-Z][a-z]{2} [A-Z][a-z]{2} \d\d [\d:]{8} \S+ \d{4}$/.test(text));
}
