/** Holds a data set against rules. */

import type { RifType } from '@bfd-host/rif';
import { type RifFile, Row, type RowHandler, RowReader } from '../rif/rows.ts';
import type { Claim, Finding, Rule, Watcher } from './rule.ts';

const MOST_FINDINGS_PER_RULE = 20;

/**
 * Watches data sets with several rules in one pass; what each reports is kept up to some twenty places.
 *
 * @example
 * const check = new Check(CHECK_LIST);
 * check.dataSet();
 * const reader = check.open('carrier.csv', 'CARRIER');
 * for (const chunk of chunks) reader.push(chunk);
 * reader.end();
 * check.end(); // [{ rule: 'claim-total', problem: 'paid', file: 'carrier.csv', line: 7 }]
 */
export class Check {
  private readonly watchers: readonly Watcher[];
  private readonly found: Finding[] = [];

  /** @param others - watch along and report nothing */
  constructor(rules: readonly Rule[], others: readonly Watcher[] = []) {
    const ofRules = rules.map((rule) => {
      let count = 0;
      return rule.watch((problem, at, column) => {
        if (++count > MOST_FINDINGS_PER_RULE) return;
        const file = at instanceof Row ? at.file : at;
        this.found.push({
          rule: rule.name,
          problem,
          ...(file && { file: file.name }),
          ...(at instanceof Row && { line: at.line }),
          ...(column !== undefined && { column }),
        });
      });
    });
    this.watchers = [...ofRules, ...others];
  }

  /** Begins a data set: the first, or one that updates those before. */
  dataSet(): void {
    for (const watcher of this.watchers) watcher.dataSet?.();
  }

  /** Begins a file. They come in load order, one at a time. */
  open(name: string, type: RifType): Pick<RowReader, 'push' | 'end'> {
    const records = new Records((rows) => {
      for (const watcher of this.watchers) watcher.record?.(rows);
    });
    const handler: RowHandler = {
      file: (file: RifFile) => {
        for (const watcher of this.watchers) watcher.file?.(file);
      },
      row: (row: Row) => {
        for (const watcher of this.watchers) watcher.row?.(row);
        records.add(row);
      },
    };
    const reader = new RowReader(name, type, handler);
    return {
      push: (chunk) => reader.push(chunk),
      end: () => {
        reader.end();
        records.end();
      },
    };
  }

  /** What was found, at the end of the last file. */
  end(): readonly Finding[] {
    for (const watcher of this.watchers) watcher.end?.();
    return this.found;
  }
}

/** Puts rows together that follow each other with the same id. */
class Records {
  private open: [Row, ...Row[]] | undefined;
  private readonly done: (rows: Claim) => void;

  constructor(done: (rows: Claim) => void) {
    this.done = done;
  }

  add(row: Row): void {
    const { grouping } = row.file.layout;
    const [first] = this.open ?? [];
    if (first && grouping !== undefined && first.get(grouping) === row.get(grouping)) {
      this.open?.push(row);
      return;
    }
    this.end();
    this.open = [row];
  }

  end(): void {
    if (this.open) this.done(this.open);
    this.open = undefined;
  }
}
