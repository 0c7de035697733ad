// The reader that knows the whole format: csv-parse finds the fields, and every value is checked in full. It
// gets the stretches of a file that are not plain enough for the scanner, stores from them what the scanner would, and
// says for everything wrong on which line and in which column it is, never what it is.

import { ACTION_COLUMN, type RifColumn } from '@bfd-host/rif';
import type { Chunk, RowProblem } from './chunk.ts';
import { type DialectRecord, readDialect } from './dialect.ts';
import type { ColumnRun, FilePlan } from './file-plan.ts';
import type { RowErrors } from './row-errors.ts';
import { type FilePlace, keyNumber } from './scanner.ts';
import { readValue } from './values.ts';

const HASH_ROOM = ' '.repeat(64);
const YEAR_COLUMN = 'RFRNC_YR';

/** Values of a row by their place in the file; `null` is null. */
type Values = readonly (string | null)[];

export interface CarefulRead {
  /** Offset in the window behind the last complete record. */
  readonly end: number;
  /** Line of the file at `end`. */
  readonly line: number;
  /** Whether quotes do not match, so that nobody knows where the following fields begin. */
  readonly isBroken: boolean;
}

export class CarefulReader {
  readonly #plan: FilePlan;
  readonly #withHashes: boolean;
  readonly #errors: RowErrors;
  readonly #recordColumns: ReadonlySet<RifColumn>;
  readonly #lineColumns: ReadonlySet<RifColumn>;

  /** @param options.withHashes - as the scanner's */
  constructor(plan: FilePlan, errors: RowErrors, options: { readonly withHashes: boolean }) {
    this.#plan = plan;
    this.#errors = errors;
    this.#withHashes = options.withHashes;
    this.#recordColumns = new Set(plan.layout.columns);
    this.#lineColumns = new Set(plan.layout.lines?.columns);
  }

  /**
   * Adds the complete records in `window[from, to)` to the chunk, and what is wrong with the others.
   *
   * @param isEnd - whether the file ends at `to`
   */
  read(
    window: Buffer,
    from: number,
    to: number,
    place: FilePlace & { readonly isEnd: boolean },
    chunk: Chunk,
  ): CarefulRead {
    const { records, end, lines, brokenLine } = readDialect(window.subarray(from, to), place.isEnd);
    if (brokenLine !== undefined) {
      this.#errors.add({ code: 'BFD_RIF_QUOTE', line: place.line + brokenLine });
    }
    for (const record of records) {
      this.#addRow(record, place.windowByte + from + record.start, place.line + record.line, chunk);
    }
    if (!this.#plan.isGrouped) chunk.closeRecord(place.windowByte + from + end);
    return {
      end: from + end,
      line: place.line + lines,
      isBroken: brokenLine !== undefined,
    };
  }

  #addRow({ fields }: DialectRecord, byte: number, line: number, chunk: Chunk): void {
    const { columns, isGrouped, keyAt, layout } = this.#plan;
    const key = Buffer.from(fields[keyAt] ?? '', 'latin1');
    const continues =
      isGrouped && chunk.isOpen && key.equals(chunk.openKey.subarray(0, chunk.openKeyLength));
    const isStray = !continues && !this.#hasKey(fields);
    if (!continues) {
      // Nobody knows to which record a stray row belongs: maybe to the one before, or to the one that follows.
      const stray = { code: 'BFD_RIF_STRAY', line };
      if (isStray && isGrouped && chunk.isOpen) chunk.spoil(stray);
      chunk.reserve(0, 0, 1);
      chunk.openRecord(byte, line);
      chunk.setOpenKey(key, 0, key.length);
      if (isStray && isGrouped) chunk.nextProblem = stray;
    }
    if (fields.length < columns.length) {
      this.#spoil(chunk, { code: 'BFD_RIF_FIELDS', line });
      return;
    }
    if (!continues) this.#addRecord(fields, line, chunk);
    if (layout.lines) this.#addLine(fields, line, chunk);
  }

  #hasKey(fields: readonly string[]): boolean {
    const { columns, keyAt } = this.#plan;
    const column = columns[keyAt]?.column;
    const text = fields[keyAt];
    return column !== undefined && text !== undefined && !readValue(column, text).problem;
  }

  #addRecord(fields: readonly string[], line: number, chunk: Chunk): void {
    const plan = this.#plan;
    const action = fields[plan.actionAt];
    if (action !== 'INSERT' && action !== 'UPDATE') {
      this.#spoil(chunk, { code: 'BFD_RIF_ACTION', line, column: ACTION_COLUMN });
    }
    const values = this.#check(fields, line, this.#recordColumns, chunk);
    const months = this.#months(values, line, chunk);
    if (chunk.openProblem) return;

    chunk.updates[chunk.count] = Number(action === 'UPDATE');
    const keyText = Buffer.from(values[plan.keyAt] ?? '');
    chunk.keys[chunk.count] = keyNumber(keyText, 0, keyText.length);
    chunk.addBeneficiary(values[plan.beneficiaryAt] ?? '');
    const cells = cellsOf(values, plan.recordRuns);
    if (!plan.hashed) chunk.writeRecord(`${cells}\n`);
    else if (!this.#withHashes) chunk.writeRecord(`${cells}||\n`);
    else this.#writeWithHashes(cells, values, plan.hashed, chunk);
    for (const month of months) chunk.writeChild(month);
  }

  #addLine(fields: readonly string[], line: number, chunk: Chunk): void {
    const values = this.#check(fields, line, this.#lineColumns, chunk);
    if (chunk.openProblem) return;
    const { columns, keyAt, lineRuns } = this.#plan;
    const keyColumn = columns[keyAt]?.column;
    const key = keyColumn && readValue(keyColumn, fields[keyAt] ?? '');
    chunk.writeChild(`${key?.text ?? ''}|${cellsOf(values, lineRuns)}\n`);
  }

  /** The values of the wanted columns by their place in the file; null for the others. */
  #check(
    fields: readonly string[],
    line: number,
    wanted: ReadonlySet<RifColumn>,
    chunk: Chunk,
  ): (string | null)[] {
    return this.#plan.columns.map(({ column }, at) => {
      if (!column || !wanted.has(column)) return null;
      const value = readValue(column, fields[at] ?? '');
      if (!value.problem) return value.text;
      this.#spoil(chunk, { code: value.problem, line, column: column.rifName });
      return null;
    });
  }

  #spoil(chunk: Chunk, problem: RowProblem): void {
    chunk.spoil(problem);
    this.#errors.add(problem);
  }

  #months(values: Values, line: number, chunk: Chunk): string[] {
    const { monthly, keyAt } = this.#plan;
    const yearText = monthly && values[monthly.yearAt];
    if (!monthly || typeof yearText !== 'string') return [];
    const year = Math.trunc(Number(yearText));
    const rows = monthly.months.flatMap((places, month) => {
      const cells = places.map((place) => values[place] ?? null);
      if (cells.every((cell) => cell === null)) return [];
      const first = `${String(year).padStart(4, '0')}-${String(month + 1).padStart(2, '0')}-01`;
      return [`${[values[keyAt] ?? null, first, ...cells].map(csvCell).join('|')}\n`];
    });
    if (rows.length === 0 || (year >= 1 && year <= 9999)) return rows;
    this.#spoil(chunk, { code: 'BFD_RIF_RANGE', line, column: YEAR_COLUMN });
    return [];
  }

  #writeWithHashes(
    cells: string,
    values: Values,
    { hicnAt, mbiAt }: { readonly hicnAt: number; readonly mbiAt: number },
    chunk: Chunk,
  ): void {
    const mbi = values[mbiAt] ?? null;
    const hicnHashAt = chunk.recordsEnd + cells.length + 1;
    chunk.identifiers.push({
      beneficiary: values[this.#plan.beneficiaryAt] ?? '',
      hicn: asText(values[hicnAt] ?? ''),
      mbi: mbi === null ? null : asText(mbi),
      hicnHashAt,
      mbiHashAt: mbi === null ? -1 : hicnHashAt + HASH_ROOM.length + 1,
    });
    chunk.writeRecord(`${cells}|${HASH_ROOM}|${mbi === null ? '' : HASH_ROOM}\n`);
  }
}

function cellsOf(values: Values, runs: readonly ColumnRun[]): string {
  return runs
    .flatMap(({ first, last }) => values.slice(first, last + 1))
    .map(csvCell)
    .join('|');
}

/** A value as COPY's CSV takes it. Nothing is null, or empty text in the columns that FORCE_NOT_NULL names. */
function csvCell(value: string | null): string {
  if (value === null) return '';
  return /["|\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}

function asText(bytes: string): string {
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
