// One chunk, one transaction. New records go straight into the final tables by COPY. When a key is there already,
// or records replace others, the same rows go through temporary tables instead.

import {
  PermanentError,
  type RunContext,
  type SafeText,
  safe,
  type Transaction,
} from '@bfd-host/sdk';
import { recordChunk } from '../bookkeeping/chunk-record.ts';
import type { Chunk } from '../rif/chunk.ts';
import type { FilePlan } from '../rif/file-plan.ts';
import {
  DELETE_VANISHED_MONTHS,
  KEEP_FORMER_STATES,
  REPLACE_MONTHS,
} from './beneficiary-statements.sql.ts';
import { copyRows } from './copy.ts';
import { STAGE_HISTORY, TAKE_OVER_OR_ADD_HISTORY } from './history-statements.sql.ts';
import { type Part, partsOf } from './parts.ts';
import {
  copyStatement,
  stageOf,
  type TableStatements,
  tableStatements,
} from './table-statements.ts';

const UNIQUE_VIOLATION = '23505';
/** Classes of SQLSTATEs that say a value or a row is wrong, not the server or the connection. */
const DATA_ERROR = /^2[23]/;

export interface ChunkTarget {
  readonly file: SafeText;
  readonly manifestId: string;
  readonly fileIndex: number;
  readonly loadedFileId: string;
  readonly objectEtag: string;
  /** Whether the file is loaded over what another object with its name left behind. */
  readonly replaceAll: boolean;
}

export class ChunkLoader {
  readonly #ctx: RunContext;
  readonly #plan: FilePlan;
  readonly #target: ChunkTarget;
  readonly #statements: TableStatements;
  #expectsConflicts = false;

  constructor(ctx: RunContext, plan: FilePlan, target: ChunkTarget) {
    this.#ctx = ctx;
    this.#plan = plan;
    this.#target = target;
    this.#statements = tableStatements(plan);
  }

  /**
   * Stores a chunk and the mark that it is stored, or nothing.
   *
   * @returns whether all of it was new; else it was merged into what was there
   * @throws PermanentError `BFD_RIF_REFUSED` when PostgreSQL takes exception to a row
   */
  async load(chunk: Chunk, chunkNumber: number, lastRecordNumber: () => number): Promise<boolean> {
    const mark = (tx: Transaction) =>
      recordChunk(tx, chunk, {
        ...this.#target,
        chunkNumber,
        lastRecordNumber: lastRecordNumber(),
      });
    try {
      if (this.#isDirect(chunk) && (await this.#loadDirectly(chunk, mark))) return true;
      await this.#ctx.transaction(async (tx) => {
        await this.#loadThroughStage(tx, chunk);
        await mark(tx);
      });
      return false;
    } catch (error) {
      throw this.#located(error, chunk);
    }
  }

  #isDirect(chunk: Chunk): boolean {
    const hasUpdates = chunk.updates.subarray(0, chunk.count).includes(1);
    const { layout } = this.#plan;
    return !(hasUpdates || this.#target.replaceAll || this.#expectsConflicts || !layout.primaryKey);
  }

  /** @returns false if a key is there already; nothing is stored then */
  async #loadDirectly(chunk: Chunk, mark: (tx: Transaction) => Promise<void>): Promise<boolean> {
    const { copyRecords, copyChildren } = this.#statements;
    try {
      await this.#ctx.transaction(async (tx) => {
        const records = await copyRows(
          tx,
          copyRecords,
          chunk.records.subarray(0, chunk.recordsEnd),
        );
        mustBe(records, chunk.count);
        if (copyChildren) {
          const rows = chunk.children.subarray(0, chunk.childrenEnd);
          mustBe(await copyRows(tx, copyChildren, rows), chunk.childRows);
        }
        await mark(tx);
      });
      return true;
    } catch (error) {
      if (sqlState(error) !== UNIQUE_VIOLATION) throw error;
      this.#expectsConflicts = true;
      return false;
    }
  }

  async #loadThroughStage(tx: Transaction, chunk: Chunk): Promise<void> {
    if (!this.#plan.layout.primaryKey) return this.#loadHistory(tx, chunk);
    const { stage, unstage, insertStaged } = this.#statements;
    await tx.query(stage);
    const parts = partsOf(chunk, this.#target);
    for (const [index, part] of parts.entries()) {
      if (index > 0) await tx.query(unstage);
      await this.#stage(tx, part);
      if (part.isUpdate) await this.#replace(tx);
      else {
        const { rowCount } = await tx.query(insertStaged);
        const isAllNew = rowCount === (this.#plan.children ? chunk.childRows : chunk.count);
        this.#expectsConflicts = !isAllNew;
      }
    }
  }

  async #stage(tx: Transaction, part: Part): Promise<void> {
    const { copyStagedRecords, copyStagedChildren } = this.#statements;
    await copyRows(tx, copyStagedRecords, part.records);
    if (copyStagedChildren) await copyRows(tx, copyStagedChildren, part.children);
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

  async #loadHistory(tx: Transaction, chunk: Chunk): Promise<void> {
    const { records } = this.#plan;
    await tx.query(STAGE_HISTORY);
    const rows = chunk.records.subarray(0, chunk.recordsEnd);
    await copyRows(tx, copyStatement(stageOf(records), records), rows);
    const { manifestId, fileIndex } = this.#target;
    await tx.query(TAKE_OVER_OR_ADD_HISTORY, [manifestId, fileIndex]);
  }

  #located(error: unknown, chunk: Chunk): unknown {
    const state = sqlState(error);
    if (state === undefined || !DATA_ERROR.test(state)) return error;
    const { file } = this.#target;
    const code = state === UNIQUE_VIOLATION ? 'BFD_RIF_LINE_TWICE' : 'BFD_RIF_REFUSED';
    return new PermanentError(
      'BFD_RIF_REFUSED',
      'PostgreSQL refused a row of {file}, among {records} records from line {line} on ({problem}). None of these is loaded. Correct the file and upload it again.',
      { file, records: chunk.count, line: chunk.firstLine, problem: safe.name(code) },
      { cause: error, places: [{ code, file, line: chunk.firstLine }] },
    );
  }
}

function sqlState(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' && /^[0-9A-Z]{5}$/.test(error.code)
    ? error.code
    : undefined;
}

/** A reader that counts otherwise than PostgreSQL has written something else than it meant to. */
function mustBe(stored: number, sent: number): void {
  if (stored !== sent) throw new Error(`COPY took ${stored} rows where ${sent} were sent`);
}
