// What one run does to the table, in stages of which each goes on where an earlier run was stopped.

import { type Json, type Logger, type Pool, type RunContext, safe } from '@bfd-host/sdk';
import type { FixupConfig } from './fixup-config.ts';
import type { FixupStatements, FixupTable, StoredRow } from './fixup-statements.sql.ts';
import type { HashedRow, HashMaker } from './hash-maker.ts';
import { LOWEST_KEY } from './slice-reader.ts';
import { type PassPlan, type PassResult, passOver } from './table-pass.ts';

export interface FixupTools {
  readonly ctx: RunContext;
  readonly db: Pool;
  readonly log: Logger;
  readonly table: FixupTable;
  readonly statements: FixupStatements;
  readonly config: FixupConfig;
  readonly maker: HashMaker;
}

type Stage = 'rotate' | 'forget';

/** How far a stage over the whole table is; a checkpoint. */
interface Cursor {
  readonly stage: Stage;
  /** Lowest key not looked at. It only saves time: the last pass of a stage is over the whole table. */
  readonly from: string;
  readonly done: number;
  readonly total: number;
}

const CURSOR = 'cursor';

export class FixupRun {
  readonly #tools: FixupTools;
  /** The time of a run begins with its first slice: counting the rows of a large table takes a while. */
  #endsAt: number | undefined;
  #added = 0;
  #rotated = 0;
  #forgotten = 0;
  #left = 0;
  #skipped = 0;

  constructor(tools: FixupTools) {
    this.#tools = tools;
  }

  get hasTime(): boolean {
    return this.#endsAt === undefined || performance.now() < this.#endsAt;
  }

  /** What was done, for people to read. */
  get counts(): Record<string, number> {
    const { made } = this.#tools.maker;
    const counts = { rows: this.#added, rotated: this.#rotated, forgotten: this.#forgotten };
    const rest = { hashes: made, left: this.#left, skipped: this.#skipped };
    return Object.fromEntries(
      Object.entries({ ...counts, ...rest }).filter(([, count]) => count > 0),
    );
  }

  /**
   * Makes the hashes that are missing. Rows that somebody else is writing are tried once more, then left.
   *
   * @param expected - how many rows that are, if it is known; else they are counted
   * @returns how many are left for the next run, as far as they were there at the beginning
   */
  async addMissing(expected: number): Promise<number> {
    const { ctx, statements } = this.#tools;
    const total = expected || (await this.#count(statements.countMissing));
    const report = (rows: number): void => {
      this.#added += rows;
      ctx.progress({ done: this.#added, total: Math.max(total, this.#added), unit: 'rows' });
    };
    report(0);
    for (;;) {
      const pass = await this.#pass({ find: statements.findMissing, wrote: report });
      this.#left = pass.isAtEnd ? 0 : Math.max(0, total - this.#added);
      if (!pass.isAtEnd || pass.written === 0) return this.#left;
    }
  }

  /**
   * Makes the hashes of rows anew that have no former hash yet, and keeps the former one.
   *
   * @returns whether there is no such row any more
   */
  async rotate(): Promise<boolean> {
    return this.#stage('rotate', this.#tools.statements.findUnrotated, this.#hash, (rows) => {
      this.#rotated += rows;
    });
  }

  /** As {@link rotate}, for the few rows that came since it ended. */
  async rotateNew(): Promise<boolean> {
    const find = this.#tools.statements.findUnrotated;
    for (;;) {
      const wrote = (rows: number): void => {
        this.#rotated += rows;
        this.#tools.ctx.progress({ done: this.#rotated, unit: 'rows' });
      };
      const pass = await this.#pass({ find, wrote });
      if (pass.found === 0) return pass.isAtEnd;
      if (!pass.isAtEnd || pass.written === 0) return false;
    }
  }

  /**
   * Empties the former hashes.
   *
   * @returns whether there is none any more
   */
  async forgetFormer(): Promise<boolean> {
    return this.#stage('forget', this.#tools.statements.findRotated, withoutFormer, (rows) => {
      this.#forgotten += rows;
    });
  }

  async #stage(
    stage: Stage,
    find: string,
    hash: PassPlan['hash'],
    wrote: (rows: number) => void,
  ): Promise<boolean> {
    const { ctx, statements } = this.#tools;
    let cursor = asCursor(await ctx.checkpoint(CURSOR), stage);
    cursor ??= {
      stage,
      from: LOWEST_KEY,
      done: 0,
      total: await this.#count(statements.countIdentified),
    };
    let { done } = cursor;
    for (;;) {
      const { from, total }: Cursor = cursor;
      const pass = await this.#pass({
        find,
        from,
        hash,
        mark: (tx, slice) => {
          const next = { stage, from: slice.at(-1)?.id ?? from, done, total };
          return tx.checkpoint(CURSOR, next);
        },
        wrote: (rows) => {
          done += rows;
          wrote(rows);
          ctx.progress({ done, total: Math.max(total, done), unit: 'rows' });
        },
      });
      this.#left = Math.max(0, total - done);
      if (!pass.isAtEnd) return false;
      const isWhole = from === LOWEST_KEY;
      if (isWhole && pass.found === 0) {
        this.#left = 0;
        await ctx.checkpoint(CURSOR, null);
        return true;
      }
      cursor = { stage, from: LOWEST_KEY, done, total };
      await ctx.checkpoint(CURSOR, { ...cursor });
      if (isWhole && pass.written === 0) return false;
    }
  }

  readonly #hash = (rows: readonly StoredRow[]): Promise<HashedRow[]> =>
    this.#tools.maker.hash(rows, this.#tools.ctx.signal);

  async #pass(
    plan: Pick<PassPlan, 'find' | 'wrote'> & Partial<Pick<PassPlan, 'from' | 'hash' | 'mark'>>,
  ): Promise<PassResult> {
    const { db, ctx, log, table, statements, config } = this.#tools;
    this.#endsAt ??= performance.now() + config.runSeconds * 1000;
    const pass = await passOver({
      db,
      ctx,
      from: LOWEST_KEY,
      sliceRows: config.sliceRows,
      store: statements.store,
      hasTime: () => this.hasTime,
      hash: this.#hash,
      ...plan,
    });
    this.#skipped = pass.found - pass.written;
    if (pass.found > 0 && pass.written === 0) {
      log.warn('rows are being written by another session and are left for the next run', {
        table: safe.name(table),
        rows: pass.found,
      });
    }
    return pass;
  }

  async #count(statement: string): Promise<number> {
    const { rows } = await this.#tools.db.query<{ count: string }>(statement);
    return Number(rows[0]?.count ?? 0);
  }
}

async function withoutFormer(rows: readonly StoredRow[]): Promise<HashedRow[]> {
  return rows.map((row) => ({
    row,
    hashes: { ...row, hicnHashOld: null, mbiHashOld: null },
  }));
}

function asCursor(value: Json | undefined, stage: Stage): Cursor | undefined {
  // Only this file writes it.
  const cursor = value as unknown as Cursor | undefined;
  return cursor?.stage === stage ? cursor : undefined;
}
