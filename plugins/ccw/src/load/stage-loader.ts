// Records that are there already, or replace others: the rows go through temporary tables, and from there by set-based
// statements into what is stored.

import type { Transaction } from '@bfd-host/sdk';
import type { Chunk } from '../rif/chunk.ts';
import type { FilePlan } from '../rif/file-plan.ts';
import {
  DELETE_VANISHED_MONTHS,
  KEEP_FORMER_STATES,
  REPLACE_MONTHS,
} from './beneficiary-statements.sql.ts';
import { copyRows } from './copy.ts';
import { STAGE_HISTORY, TAKE_OVER_OR_ADD_HISTORY } from './history-statements.sql.ts';
import { type Part, partsOf, type Stretch, wholePart } from './parts.ts';
import { type TableStatements, tableStatements } from './table-statements.ts';

export interface StageTarget {
  readonly manifestId: string;
  readonly fileIndex: number;
  /** Whether the file is loaded over what another object with its name left behind. */
  readonly replaceAll: boolean;
}

export class StageLoader {
  readonly #plan: FilePlan;
  readonly #target: StageTarget;
  readonly #statements: TableStatements;

  constructor(plan: FilePlan, target: StageTarget) {
    this.#plan = plan;
    this.#target = target;
    this.#statements = tableStatements(plan);
  }

  /**
   * Merges a stretch of a chunk into what is stored.
   *
   * @returns whether none of it was there
   */
  async load(tx: Transaction, chunk: Chunk, stretch: Stretch): Promise<boolean> {
    const isHistory = !this.#plan.layout.primaryKey;
    const { stage, unstage } = this.#statements;
    await tx.query(isHistory ? STAGE_HISTORY : stage);
    const parts = isHistory ? [wholePart(chunk, stretch)] : partsOf(chunk, stretch, this.#target);
    let isNew = !isHistory;
    for (const [index, part] of parts.entries()) {
      if (index > 0 || stretch.from > 0) await tx.query(unstage);
      const rows = await this.#copy(tx, part);
      if (isHistory) await this.#addHistory(tx);
      else if (part.isUpdate) await this.#replace(tx);
      else if ((await this.#insert(tx)) === rows) continue;
      isNew = false;
    }
    return isNew;
  }

  /** @returns how many rows the records, or what belongs to them, have */
  async #copy(tx: Transaction, part: Part): Promise<number> {
    const { copyStagedRecords, copyStagedChildren } = this.#statements;
    const records = await copyRows(tx, copyStagedRecords, part.records);
    return copyStagedChildren ? copyRows(tx, copyStagedChildren, part.children) : records;
  }

  /** @returns as {@link #copy}, of what was new */
  async #insert(tx: Transaction): Promise<number> {
    const { rowCount } = await tx.query(this.#statements.insertStaged);
    return rowCount ?? 0;
  }

  async #replace(tx: Transaction): Promise<void> {
    const { manifestId, replaceAll } = this.#target;
    const hasMonths = this.#plan.monthly !== undefined;
    if (hasMonths) await tx.query(KEEP_FORMER_STATES, [manifestId, replaceAll]);
    for (const statement of this.#statements.replaceStaged) await tx.query(statement);
    if (!hasMonths) return;
    await tx.query(DELETE_VANISHED_MONTHS);
    await tx.query(REPLACE_MONTHS);
  }

  async #addHistory(tx: Transaction): Promise<void> {
    const { manifestId, fileIndex } = this.#target;
    await tx.query(TAKE_OVER_OR_ADD_HISTORY, [manifestId, fileIndex]);
  }
}
