// The ways in which a chunk's rows get into the tables, and which one is the cheapest for what seems to be there:
//
//   copy     new records go straight into the tables
//   replace  records that replace others, most of which differ: those go, and the new ones are copied
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

export type Way = 'copy' | 'replace' | 'ask' | 'merge';

/** What share of compared records must differ for the next ones to be replaced without a comparison. */
const MOSTLY = 0.5;

export class RowLoader {
  readonly #plan: FilePlan;
  readonly #target: StageTarget;
  readonly #statements: TableStatements;
  readonly #stage: StageLoader;
  #expectsKnown = false;
  #expectsChanges = false;

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
    return canReplace && this.#expectsChanges && !repeatsKeys(chunk) ? 'replace' : 'merge';
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
        await this.#delete(tx, chunk);
        await this.#copy(tx, chunk);
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

  async #delete(tx: Transaction, chunk: Chunk): Promise<void> {
    const keys = keysOf(chunk);
    for (const statement of this.#statements.deleteKeys) await tx.query(statement, [keys]);
  }

  async #copy(tx: Transaction, chunk: Chunk): Promise<void> {
    const { copyRecords, copyChildren } = this.#statements;
    const records = chunk.records.subarray(0, chunk.recordsEnd);
    mustBe(await copyRows(tx, copyRecords, records), chunk.count);
    if (!copyChildren) return;
    const children = chunk.children.subarray(0, chunk.childrenEnd);
    mustBe(await copyRows(tx, copyChildren, children), chunk.childRows);
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
function keysOf({ keys, count }: Chunk): string[] {
  return [...new Set(keys.subarray(0, count))].map(String);
}

/** A reader that counts otherwise than PostgreSQL has written something else than it meant to. */
function mustBe(stored: number, sent: number): void {
  if (stored !== sent) throw new Error(`COPY took ${stored} rows where ${sent} were sent`);
}
