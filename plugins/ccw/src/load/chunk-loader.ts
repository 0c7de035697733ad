// One chunk, one transaction: its rows, the records left out of it, and the mark that this stretch of the file is done.
// When PostgreSQL takes exception to a row, the file fails, or the record is found and put into quarantine.

import {
  PermanentError,
  type SafeText,
  safe,
  type Transaction,
  type WorkContext,
} from '@bfd-host/sdk';
import { recordChunk } from '../bookkeeping/chunk-record.ts';
import type { Quarantine } from '../bookkeeping/quarantine.ts';
import type { BadRecord, Chunk } from '../rif/chunk.ts';
import type { FilePlan } from '../rif/file-plan.ts';
import type { Stretch } from './parts.ts';
import { RowLoader } from './row-loader.ts';
import type { StageTarget } from './stage-loader.ts';

const UNIQUE_VIOLATION = '23505';
/** Classes of SQLSTATEs that say a value or a row is wrong, not the server or the connection. */
const DATA_ERROR = /^2[23]/;

export interface ChunkTarget extends StageTarget {
  readonly file: SafeText;
  readonly loadedFileId: string;
  readonly objectEtag: string;
  /** Where wrong records go; absent: they fail the file. */
  readonly quarantine: Quarantine | undefined;
}

/** What became of a chunk. */
export interface LoadedChunk {
  /** Whether all of it was new; else it was merged into what was there. */
  readonly isNew: boolean;
  /** How many records PostgreSQL refused, which are in quarantine. */
  readonly refused: number;
}

export class ChunkLoader {
  readonly #ctx: WorkContext;
  readonly #target: ChunkTarget;
  readonly #rows: RowLoader;

  constructor(ctx: WorkContext, plan: FilePlan, target: ChunkTarget) {
    this.#ctx = ctx;
    this.#target = target;
    this.#rows = new RowLoader(plan, target);
  }

  /**
   * Stores a chunk and the mark that it is stored, or nothing.
   *
   * @throws PermanentError `BFD_RIF_REFUSED` when PostgreSQL takes exception to a row, and there is no quarantine
   */
  async load(
    chunk: Chunk,
    chunkNumber: number,
    lastRecordNumber: () => number,
  ): Promise<LoadedChunk> {
    const { quarantine } = this.#target;
    const mark = async (tx: Transaction, refused: readonly BadRecord[] = []) => {
      await quarantine?.store(tx, [...chunk.bad, ...refused]);
      await recordChunk(tx, chunk, {
        ...this.#target,
        chunkNumber,
        lastRecordNumber: lastRecordNumber(),
      });
    };
    let way = this.#rows.wayOf(chunk);
    for (;;) {
      try {
        return await this.#ctx.transaction(async (tx) => {
          const isNew = await this.#rows.load(tx, chunk, way);
          await mark(tx);
          return { isNew, refused: 0 };
        });
      } catch (error) {
        const state = sqlState(error);
        if (state === undefined || !DATA_ERROR.test(state)) throw error;
        if (way === 'copy' && state === UNIQUE_VIOLATION) {
          this.#rows.expectKnown();
          way = 'ask';
          continue;
        }
        if (!quarantine) throw this.#refused(state, chunk, error);
      }
      return this.#ctx.transaction(async (tx) => {
        const refused = await this.#loadAround(tx, chunk);
        await mark(tx, refused);
        return { isNew: false, refused: refused.length };
      });
    }
  }

  /** Finds the records that PostgreSQL refuses, by halves, and loads the others. */
  async #loadAround(tx: Transaction, chunk: Chunk): Promise<BadRecord[]> {
    const refused: BadRecord[] = [];
    const pending: Stretch[] = [{ from: 0, to: chunk.count }];
    for (let stretch = pending.pop(); stretch; stretch = pending.pop()) {
      const { from, to } = stretch;
      await tx.query('savepoint stretch');
      try {
        await this.#rows.merge(tx, chunk, stretch);
        await tx.query('release savepoint stretch');
      } catch (error) {
        const state = sqlState(error);
        if (state === undefined || !DATA_ERROR.test(state)) throw error;
        await tx.query('rollback to savepoint stretch');
        const middle = (from + to) >> 1;
        if (to - from > 1) pending.push({ from: middle, to }, { from, to: middle });
        else refused.push({ code: problemOf(state), ...chunk.placeOf(from) });
      }
    }
    return refused;
  }

  #refused(state: string, chunk: Chunk, cause: unknown): PermanentError {
    const { file } = this.#target;
    const code = problemOf(state);
    return new PermanentError(
      'BFD_RIF_REFUSED',
      'PostgreSQL refused a row of {file}, among {records} records from line {line} on ({problem}). None of these is loaded. Correct the file and upload it again.',
      { file, records: chunk.count, line: chunk.firstLine, problem: safe.name(code) },
      { cause, places: [{ code, file, line: chunk.firstLine }] },
    );
  }
}

function problemOf(state: string): 'BFD_RIF_LINE_TWICE' | 'BFD_RIF_REFUSED' {
  return state === UNIQUE_VIOLATION ? 'BFD_RIF_LINE_TWICE' : 'BFD_RIF_REFUSED';
}

function sqlState(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' && /^[0-9A-Z]{5}$/.test(error.code)
    ? error.code
    : undefined;
}
