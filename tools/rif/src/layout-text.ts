/**
 * Reads the layout tables in `layouts/`. They are text, one column a line, because some 1,450 columns
 * are checked by eye and compared by diff:
 *
 *     HEADER_NAME   SQL type   what an empty field becomes   [role]
 *
 * The role is `key`, `beneficiary`, `line-number`, `not-stored` or `as=other_db_name`.
 */

import type {
  ColumnRole,
  DerivedColumn,
  RifColumn,
  RifLayout,
  RifType,
  WhenEmpty,
} from './layout.ts';

interface LayoutText {
  readonly type: RifType;
  readonly table: string;
  readonly grouping?: string;
  readonly columns: string;
  readonly lines?: { readonly table: string; readonly columns: string };
  readonly derived: readonly DerivedColumn[];
}

/**
 * Makes a layout of its text form.
 *
 * @throws Error naming the line that does not follow the form; a mistake in this package
 */
export function defineLayout(text: LayoutText): RifLayout {
  const columns = readColumns(text.columns);
  const key = columns.find((column) => column.role === 'key');
  const lines = text.lines && { table: text.lines.table, columns: readColumns(text.lines.columns) };
  const lineNumber = lines?.columns.find((column) => column.role === 'line-number');
  if (lines && !(key && lineNumber)) throw new Error(`${text.type} has lines but no key for them`);
  return {
    type: text.type,
    table: text.table,
    hasAction: true,
    columns,
    derived: text.derived,
    ...(key && { primaryKey: [key.dbName] }),
    ...(text.grouping && { grouping: text.grouping }),
    ...(lines && key && lineNumber
      ? { lines: { ...lines, lineNumber: lineNumber.dbName, parentKey: key.dbName } }
      : {}),
  };
}

function readColumns(text: string): RifColumn[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map(readColumn);
}

function readColumn(line: string): RifColumn {
  const [rifName, sqlType, empty, role, surplus] = line.split(/ +/);
  if (!rifName || !sqlType || !isWhenEmpty(empty) || surplus) throw badLine(line);
  const column = {
    rifName,
    dbName: rifName.toLowerCase(),
    isStored: true,
    sqlType,
    whenEmpty: empty,
    ...readType(sqlType, line),
  };
  if (role === undefined) return column;
  if (role === 'not-stored') return { ...column, isStored: false };
  if (role.startsWith('as=')) return { ...column, dbName: role.slice('as='.length) };
  if (isRole(role)) return { ...column, role };
  throw badLine(line);
}

function readType(
  sqlType: string,
  line: string,
): Pick<RifColumn, 'kind' | 'maxLength' | 'range' | 'precision' | 'scale'> {
  const [, name, first, second] = /^(\w+)(?:\((\d+)(?:,(\d+))?\))?$/.exec(sqlType) ?? [];
  switch (name) {
    case 'varchar':
      return { kind: 'text', maxLength: Number(first) };
    case 'char':
      return { kind: 'char', maxLength: Number(first) };
    case 'date':
      return { kind: 'date' };
    case 'smallint':
    case 'integer':
    case 'bigint':
      return { kind: 'integer', range: name };
    case 'numeric':
      if (first === undefined) return { kind: 'decimal' };
      return { kind: 'decimal', precision: Number(first), scale: Number(second) };
    default:
      throw badLine(line);
  }
}

function isWhenEmpty(text: string | undefined): text is WhenEmpty {
  return text === 'null' || text === 'empty-text' || text === 'zero' || text === 'error';
}

function isRole(text: string): text is ColumnRole {
  return text === 'key' || text === 'beneficiary' || text === 'line-number';
}

function badLine(line: string): Error {
  return new Error(
    `"${line}" is no column; write: HEADER_NAME type null|empty-text|zero|error [role]`,
  );
}
