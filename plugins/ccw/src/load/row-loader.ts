// The ways in which a chunk's rows get into the tables, and which one is the cheapest for what seems to be there:
//
//   copy     new records go straight into the tables
//   replace  records that replace others, most of which differ: those go, and the new ones are copied
//   try      the first such records: some are merged, which shows whether most differ
//   ask      after a key was there already: asks for all keys first; if none or all are there, nothing else is needed
//   merge    everything else, through temporary tables
//
// All leave the same; only `last_updated` of a replaced record that is the same as before may differ.

import type { Transaction } from '@bfd-host/sdk';
import type { Chunk } from '../rif/chunk.ts';
import type { FilePlan } from '../rif/file-plan.ts';
import { copyRows } from './copy.ts';
import type { Stretch } from './parts.ts';
import { StageLoader, type StageTarget } from './stage-loader.ts';
import { type TableStatements, tableStatements } from './table-statements.ts';

export type Way = 'copy' | 'replace' | 'try' | 'ask' | 'merge';

/** What share of compared records must differ for the next ones to be replaced without a comparison. */
const MOSTLY = 0.5;
/** How many records are compared to learn that. */
const TRIED = 200;

export class RowLoader {
  readonly #plan: FilePlan;
  readonly #target: StageTarget;
  readonly #statements: TableStatements;
  readonly #stage: StageLoader;
  #expectsKnown = false;
  /** Unknown until records have been compared. */
  #expectsChanges: boolean | undefined;

  constructor(plan: FilePlan, target: StageTarget) {
    this.#plan = plan;
    this.#target = target;
    this.#statements = tableStatements(plan);
    this.#stage = new StageLoader(plan, target);
  }

  wayOf(chunk: Chunk): Way {
    const { layout, monthly } = this.#plan;
    if (this.#target.replaceAll || !layout.primaryKey) return 'merge';
    const updates = chunk.updates.subarray(0, chunk.count);
    if (!updates.includes(1)) {
      if (!this.#expectsKnown) return 'copy';
      return hasExactKeys(chunk) ? 'ask' : 'merge';
    }
    // The former state of a beneficiary becomes history, and unchanged identifiers keep their hashes.
    const canReplace = !monthly && !updates.includes(0) && hasExactKeys(chunk);
    if (!canReplace || this.#expectsChanges === false || repeatsKeys(chunk)) return 'merge';
    return this.#expectsChanges ? 'replace' : 'try';
  }

  /** Takes note that a key was there already, which a record that was copied has. */
  expectKnown(): void {
    this.#expectsKnown = true;
  }

  /** @returns whether nothing of the chunk was there */
  async load(tx: Transaction, chunk: Chunk, way: Way): Promise<boolean> {
    switch (way) {
      case 'copy':
        await this.#copy(tx, chunk);
        return true;
      case 'replace':
        await this.#replace(tx, chunk);
        return false;
      case 'try':
        await this.#try(tx, chunk);
        return false;
      case 'ask':
        return this.#ask(tx, chunk);
      case 'merge':
        return this.merge(tx, chunk, { from: 0, to: chunk.count });
    }
  }

  /** As {@link load}, a part of it, whatever is there. */
  async merge(tx: Transaction, chunk: Chunk, stretch: Stretch): Promise<boolean> {
    const { isNew, changed } = await this.#stage.load(tx, chunk, stretch);
    if (changed !== undefined)
      this.#expectsChanges = changed > MOSTLY * (stretch.to - stretch.from);
    return isNew;
  }

  async #ask(tx: Transaction, chunk: Chunk): Promise<boolean> {
    const keys = keysOf(chunk);
    const { rows } = await tx.query<{ known: number }>(this.#statements.countKnown, [keys]);
    const known = rows[0]?.known ?? 0;
    this.#expectsKnown = known > 0;
    if (known === keys.length) return false;
    if (known > 0 || keys.length < chunk.count) {
      return this.merge(tx, chunk, { from: 0, to: chunk.count });
    }
    await this.#copy(tx, chunk);
    return true;
  }

  async #try(tx: Transaction, chunk: Chunk): Promise<void> {
    const tried = Math.min(TRIED, chunk.count);
    await this.merge(tx, chunk, { from: 0, to: tried });
    if (tried === chunk.count) return;
    if (this.#expectsChanges) await this.#replace(tx, chunk, tried);
    else await this.merge(tx, chunk, { from: tried, to: chunk.count });
  }

  async #replace(tx: Transaction, chunk: Chunk, from = 0): Promise<void> {
    const keys = keysOf(chunk, from);
    for (const statement of this.#statements.deleteKeys) await tx.query(statement, [keys]);
    await this.#copy(tx, chunk, from);
  }

  async #copy(tx: Transaction, chunk: Chunk, from = 0): Promise<void> {
    const { copyRecords, copyChildren } = this.#statements;
    const [recordsFrom, childrenFrom] =
      from === 0 ? [0, 0] : [chunk.recordEnds[from - 1], chunk.childEnds[from - 1]];
    const records = chunk.records.subarray(recordsFrom, chunk.recordsEnd);
    mustBe(await copyRows(tx, copyRecords, records), chunk.count - from);
    if (!copyChildren) return;
    const children = chunk.children.subarray(childrenFrom, chunk.childrenEnd);
    const rows = await copyRows(tx, copyChildren, children);
    if (from === 0) mustBe(rows, chunk.childRows);
  }
}

/** Whether the numbers of its keys say exactly what they are. */
function hasExactKeys({ keys, count }: Chunk): boolean {
  return keys.subarray(0, count).every((key) => Number.isSafeInteger(key));
}

function repeatsKeys({ keys, count }: Chunk): boolean {
  return new Set(keys.subarray(0, count)).size < count;
}

/** Each once, as PostgreSQL takes them. */
function keysOf({ keys, count }: Chunk, from = 0): string[] {
  return [...new Set(keys.subarray(from, count))].map(String);
}

/** A reader that counts otherwise than PostgreSQL has written something else than it meant to. */
function mustBe(stored: number, sent: number): void {
  if (stored !== sent) throw new Error(`COPY took ${stored} rows where ${sent} were sent`);
}
