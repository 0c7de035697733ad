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
import { type ChangedStatements, changedStatements } from './changed-statements.ts';
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

/** What became of a stretch of records. */
export interface Merged {
  /** Whether none of it was there. */
  readonly isNew: boolean;
  /** How many updates were not stored just so already, if there were any and they were compared. */
  readonly changed?: number;
}

export class StageLoader {
  readonly #plan: FilePlan;
  readonly #target: StageTarget;
  readonly #statements: TableStatements;
  readonly #changed: ChangedStatements | undefined;

  constructor(plan: FilePlan, target: StageTarget) {
    this.#plan = plan;
    this.#target = target;
    this.#statements = tableStatements(plan);
    this.#changed = changedStatements(plan);
  }

  /** Merges a stretch of a chunk into what is stored. */
  async load(tx: Transaction, chunk: Chunk, stretch: Stretch): Promise<Merged> {
    const isHistory = !this.#plan.layout.primaryKey;
    const parts = isHistory ? [wholePart(chunk, stretch)] : partsOf(chunk, stretch, this.#target);
    await tx.query(isHistory ? STAGE_HISTORY : this.#statements.stage);
    if (this.#changed) await tx.query(this.#changed.create);
    let isNew = !isHistory;
    let changed: number | undefined;
    for (const [index, part] of parts.entries()) {
      if (index > 0 || stretch.from > 0) await this.#empty(tx);
      const rows = await this.#copy(tx, part);
      if (isHistory) await this.#addHistory(tx);
      else if (part.isUpdate) {
        isNew = false;
        changed = (changed ?? 0) + (await this.#replace(tx, part));
      } else if ((await this.#insert(tx)) < rows) isNew = false;
    }
    return { isNew, ...(changed !== undefined && { changed }) };
  }

  async #empty(tx: Transaction): Promise<void> {
    await tx.query(this.#statements.unstage);
    if (this.#changed) await tx.query(this.#changed.empty);
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

  /** @returns how many of the records differ from what is stored, as far as that was looked at */
  async #replace(tx: Transaction, part: Part): Promise<number> {
    const changed = await this.#findChanged(tx, part);
    if (changed === 0) return 0;
    const { manifestId, replaceAll } = this.#target;
    const hasMonths = this.#plan.monthly !== undefined;
    if (hasMonths) await tx.query(KEEP_FORMER_STATES, [manifestId, replaceAll]);
    for (const statement of this.#statements.replaceStaged) await tx.query(statement);
    if (hasMonths) {
      await tx.query(DELETE_VANISHED_MONTHS);
      await tx.query(REPLACE_MONTHS);
    }
    return changed;
  }

  async #findChanged(tx: Transaction, { count }: Part): Promise<number> {
    if (!this.#changed) return count;
    const { rowCount } = await tx.query(this.#changed.find);
    const changed = rowCount ?? 0;
    if (changed > 0 && changed < count) {
      for (const statement of this.#changed.keep) await tx.query(statement);
    }
    return changed;
  }

  async #addHistory(tx: Transaction): Promise<void> {
    const { manifestId, fileIndex } = this.#target;
    await tx.query(TAKE_OVER_OR_ADD_HISTORY, [manifestId, fileIndex]);
  }
}
