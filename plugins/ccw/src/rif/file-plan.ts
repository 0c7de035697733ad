// What to do with each column of one file. Made from the file's header and the layout of its type, once; after
// that nobody looks up a name again. Both readers of rows (scanner.ts, careful-reader.ts) follow it.

import { ACTION_COLUMN, MONTHLY_COLUMNS, type RifColumn, type RifLayout } from '@bfd-host/rif';
import { PermanentError, type Place, type SafeText, safe } from '@bfd-host/sdk';
import { parse } from 'csv-parse/sync';

export interface PlannedColumn {
  /** As the layout knows it; absent for the action and for columns that no layout has. */
  readonly column?: RifColumn;
  /** Which row its value becomes a part of, if any. */
  readonly target: 'record' | 'line' | 'none';
}

/** File columns `first` to `last` stand side by side in the rows of one table as they do in the file. */
export interface ColumnRun {
  readonly first: number;
  readonly last: number;
}

/** Rows for one table, as COPY gets them. */
export interface RowPlan {
  readonly table: string;
  /** Database columns in the order in which the rows have them. */
  readonly columns: readonly string[];
  /** Those of them where nothing means empty text, not null. */
  readonly emptyTextColumns: readonly string[];
}

export interface MonthlyPlan {
  /** Place of RFRNC_YR. */
  readonly yearAt: number;
  /** For each month its thirteen places, in the order of `MONTHLY_COLUMNS`. */
  readonly months: readonly (readonly number[])[];
}

export interface FilePlan {
  readonly layout: RifLayout;
  /** By place in the header. */
  readonly columns: readonly PlannedColumn[];
  readonly actionAt: number;
  /** Key of the record; where records have none (BENEFICIARY_HISTORY), the beneficiary. */
  readonly keyAt: number;
  readonly beneficiaryAt: number;
  /** Whether rows with the same key, one after the other, are one record. */
  readonly isGrouped: boolean;
  readonly records: RowPlan;
  readonly recordRuns: readonly ColumnRun[];
  /** What belongs to a record in another table: a claim's lines, a beneficiary's months. */
  readonly children?: RowPlan;
  readonly lineRuns: readonly ColumnRun[];
  /**
   * How many columns at the start of a row, the key among them, say nothing about a line: what the rows of a claim
   * repeat. 0 if there are no lines, or the key is not among them.
   */
  readonly sharedColumns: number;
  readonly monthly?: MonthlyPlan;
  /** Places of the two identifiers whose hashes end each record row. */
  readonly hashed?: { readonly hicnAt: number; readonly mbiAt: number };
  /** How many columns of the file no layout has; they are ignored. */
  readonly unknownColumns: number;
}

/**
 * @param header - the first line of the file, without byte order mark and line end
 * @throws PermanentError `BFD_RIF_HEADER` naming every column that is missing or there twice
 * @example
 * planFile(RIF_LAYOUTS.PDE, 'DML_IND|PDE_ID|…', safe.file(key));
 */
export function planFile(layout: RifLayout, header: string, file: SafeText): FilePlan {
  const names = readHeader(header, file);
  const lineColumns = layout.lines?.columns ?? [];
  checkNames(names, layout, file);

  const inRecord = new Map(layout.columns.map((column) => [column.rifName, column]));
  const inLine = new Map(lineColumns.map((column) => [column.rifName, column]));
  const columns = names.map((name): PlannedColumn => {
    const column = inRecord.get(name) ?? inLine.get(name);
    if (!column) return { target: 'none' };
    if (!column.isStored) return { column, target: 'none' };
    return { column, target: inLine.has(name) ? 'line' : 'record' };
  });

  const place = (name: string) => names.indexOf(name);
  const keyColumn =
    layout.columns.find(({ role }) => role === 'key') ??
    layout.columns.find(({ role }) => role === 'beneficiary');
  const beneficiary = layout.columns.find(({ role }) => role === 'beneficiary') ?? keyColumn;
  if (!keyColumn || !beneficiary) throw new TypeError(`the layout of ${layout.type} has no key`);

  const recordRuns = runsOf(columns, 'record');
  const lineRuns = runsOf(columns, 'line');
  const firstOfLine = columns.findIndex(({ target }) => target === 'line');
  const hashes = layout.derived.flatMap((derived) => (derived.source === 'hash' ? [derived] : []));
  const [hicn, mbi] = hashes;
  const children = childRows(layout, columns, lineRuns);
  return {
    layout,
    columns,
    actionAt: place(ACTION_COLUMN),
    keyAt: place(keyColumn.rifName),
    beneficiaryAt: place(beneficiary.rifName),
    isGrouped: layout.grouping !== undefined,
    records: {
      table: layout.table,
      columns: [...namesOf(columns, recordRuns), ...hashes.map(({ dbName }) => dbName)],
      emptyTextColumns: [
        ...emptyTextOf(columns, recordRuns),
        ...hashes
          .filter(({ of }) => inRecord.get(of)?.whenEmpty === 'empty-text')
          .map(({ dbName }) => dbName),
      ],
    },
    recordRuns,
    lineRuns,
    sharedColumns: place(keyColumn.rifName) < firstOfLine ? firstOfLine : 0,
    ...(children && { children }),
    ...(layout.type === 'BENEFICIARY' && {
      monthly: {
        yearAt: place('RFRNC_YR'),
        months: Array.from({ length: 12 }, (_, month) =>
          MONTHLY_COLUMNS.map(({ rifNames }) => place(rifNames[month] ?? '')),
        ),
      },
    }),
    ...(hicn && mbi && { hashed: { hicnAt: place(hicn.of), mbiAt: place(mbi.of) } }),
    unknownColumns: names.filter(
      (name) => name !== ACTION_COLUMN && !inRecord.has(name) && !inLine.has(name),
    ).length,
  };
}

function readHeader(header: string, file: SafeText): string[] {
  try {
    const [names] = parse(header, { delimiter: '|', relax_column_count: true });
    return names ?? [];
  } catch (cause) {
    throw new PermanentError(
      'BFD_RIF_HEADER',
      'The first line of {file} cannot be read as a header: its quotes do not match. Upload the file with the header of its type.',
      { file },
      { cause, places: [{ code: 'BFD_RIF_QUOTE', file, line: 1 }] },
    );
  }
}

function checkNames(names: readonly string[], layout: RifLayout, file: SafeText): void {
  const known = [
    ACTION_COLUMN,
    ...[...layout.columns, ...(layout.lines?.columns ?? [])].map(({ rifName }) => rifName),
  ];
  const places = known.flatMap((name): Place[] => {
    const count = names.filter((other) => other === name).length;
    if (count === 1) return [];
    const code = count === 0 ? 'BFD_RIF_COLUMN_MISSING' : 'BFD_RIF_COLUMN_TWICE';
    return [{ code, file, line: 1, column: safe.name(name) }];
  });
  const [first] = places;
  if (!first) return;
  throw new PermanentError(
    'BFD_RIF_HEADER',
    'The header of {file} does not fit type {type}: {count} columns are missing or there twice, {column} first. Upload the file with the header of its type, or mend the type in the manifest.',
    {
      file,
      type: safe.name(layout.type),
      count: places.length,
      column: first.column ?? safe.name('none'),
    },
    { places },
  );
}

function runsOf(columns: readonly PlannedColumn[], target: 'record' | 'line'): ColumnRun[] {
  const runs: ColumnRun[] = [];
  let first = -1;
  for (let at = 0; at <= columns.length; at++) {
    const isPart = columns[at]?.target === target;
    if (isPart && first < 0) first = at;
    if (!isPart && first >= 0) {
      runs.push({ first, last: at - 1 });
      first = -1;
    }
  }
  return runs;
}

function columnsOf(columns: readonly PlannedColumn[], runs: readonly ColumnRun[]): RifColumn[] {
  return runs
    .flatMap(({ first, last }) => columns.slice(first, last + 1))
    .flatMap(({ column }) => column ?? []);
}

function namesOf(columns: readonly PlannedColumn[], runs: readonly ColumnRun[]): string[] {
  return columnsOf(columns, runs).map(({ dbName }) => dbName);
}

function emptyTextOf(columns: readonly PlannedColumn[], runs: readonly ColumnRun[]): string[] {
  return columnsOf(columns, runs)
    .filter(({ whenEmpty }) => whenEmpty === 'empty-text')
    .map(({ dbName }) => dbName);
}

/** Where what belongs to records goes: lines of claims, months of beneficiaries. */
export function childTableOf({ lines, type }: RifLayout): string | undefined {
  return lines?.table ?? (type === 'BENEFICIARY' ? 'ccw.beneficiary_monthly' : undefined);
}

function childRows(
  layout: RifLayout,
  columns: readonly PlannedColumn[],
  lineRuns: readonly ColumnRun[],
): RowPlan | undefined {
  const table = childTableOf(layout);
  if (table === undefined) return undefined;
  if (layout.lines) {
    return {
      table,
      columns: [layout.lines.parentKey, ...namesOf(columns, lineRuns)],
      emptyTextColumns: emptyTextOf(columns, lineRuns),
    };
  }
  return {
    table,
    columns: ['bene_id', 'year_month', ...MONTHLY_COLUMNS.map(({ dbName }) => dbName)],
    emptyTextColumns: [],
  };
}
