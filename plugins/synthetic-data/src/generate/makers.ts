/**
 * How a column gets its text. For each column of a layout the first of these that fits is chosen, once per file:
 *
 * 1. a rule of that name: facts that other columns or files must agree with, such as ids, dates and money;
 * 2. the code list of that name (`code-lists.ts`);
 * 3. its kind and size in the layout, so that a column new to a layout is filled, too.
 */

import type { RifColumn } from '@bfd-host/rif';
import { type Day, rifDate } from './calendar.ts';
import { CODE_LISTS } from './code-lists.ts';
import type { Random } from './random.ts';
import type { RowChunk } from './row-chunk.ts';
import { digits, money } from './text.ts';

/** What a row tells of. */
export interface Subject {
  /** The day of a date that has no rule. */
  readonly day: Day;
}

/** Makes one field. Draws from the random stream are part of the output: their order is fixed. */
export type Maker<S extends Subject> = (subject: S, random: Random) => string;

/** What is known of the columns of one kind of subject. */
export interface Rules<S extends Subject> {
  readonly columns: Readonly<Record<string, Maker<S>>>;
  /** Columns of one name with a number behind it, which is given as index from 0. */
  readonly families?: Readonly<Record<string, (index: number) => Maker<S>>>;
}

/** Writes the fields of some columns, in order. */
export type RowWriter<S extends Subject> = (subject: S, random: Random, rows: RowChunk) => void;

/**
 * Chooses the makers of these columns, once for all rows.
 *
 * @example
 * const writeEvent = rowWriter(RIF_LAYOUTS.PDE.columns, PRESCRIPTION_RULES);
 * writeEvent(prescription, random, rows); // -500000000001|-100000000091|F|…
 */
export function rowWriter<S extends Subject>(
  columns: readonly RifColumn[],
  rules: Rules<S>,
): RowWriter<S> {
  const makers = columns.map((column) => makerOf(column, rules));
  return (subject, random, rows) => {
    for (const make of makers) rows.field(make(subject, random));
  };
}

/** The maker of one column. */
export function makerOf<S extends Subject>(column: RifColumn, rules: Rules<S>): Maker<S> {
  const rule = rules.columns[column.rifName];
  if (rule !== undefined) return rule;
  const [, family = '', number = ''] = /^(.*?)(\d+)$/.exec(column.rifName) ?? [];
  const numbered = rules.families?.[family];
  if (numbered !== undefined) return numbered(Number(number) - 1);
  const list = CODE_LISTS.get(column.rifName);
  if (list !== undefined) return filled(list.percent, codeOf(list.codes));
  return filled(column.whenEmpty === 'null' ? PERCENT_FILLED : 100, byKind(column));
}

/** How often an optional column without rule and list has a value: seldom, as in life. */
const PERCENT_FILLED = 10;

/** Leaves the field empty in all but `percent` of 100 cases. */
export function filled<S extends Subject>(percent: number, make: Maker<S>): Maker<S> {
  if (percent === 100) return make;
  return (subject, random) => (random.chance(percent) ? make(subject, random) : '');
}

function codeOf(codes: readonly string[]): Maker<Subject> {
  const makers = codes.map(codeMaker);
  const [only] = makers;
  if (makers.length === 1 && only !== undefined) return only;
  return (subject, random) => random.pick(makers)(subject, random);
}

// In a code list `#` stands for any digit and `@` for any letter.
function codeMaker(code: string): Maker<Subject> {
  const parts = (code.match(/#{1,6}|@|[^#@]+/g) ?? []).map((part): Maker<Subject> => {
    const { length } = part;
    if (part.startsWith('#')) return (_, random) => digits(random.below(10 ** length), length);
    if (part === '@') return (_, random) => String.fromCharCode(65 + random.below(26));
    return () => part;
  });
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return only;
  return (subject, random) => {
    let text = '';
    for (const make of parts) text += make(subject, random);
    return text;
  };
}

const LARGEST = { smallint: 32_767, integer: 1_000_000, bigint: 1_000_000 } as const;

function byKind(column: RifColumn): Maker<Subject> {
  switch (column.kind) {
    case 'char':
      return (_, random) => String(random.below(10));
    case 'text': {
      const width = Math.min(column.maxLength ?? 1, 6);
      return (_, random) => digits(random.below(10 ** width), width);
    }
    case 'date':
      return (subject) => rifDate(subject.day);
    case 'timestamp':
      return (subject) => `${rifDate(subject.day)} 00:00:00`;
    case 'integer': {
      const limit = LARGEST[column.range ?? 'integer'];
      return (_, random) => String(random.below(limit + 1));
    }
    case 'decimal':
      return decimalOf(column.precision, column.scale ?? 0);
  }
}

function decimalOf(precision: number | undefined, scale: number): Maker<Subject> {
  // Small numbers look likely in every column: at most three digits before the point.
  const whole = 10 ** Math.min(3, (precision ?? 3) - scale);
  if (scale === 0) return (_, random) => String(random.below(whole));
  if (scale === 2) return (_, random) => money(random.below(whole * 100));
  return (_, random) => `${random.below(whole)}.${digits(random.below(10 ** scale), scale)}`;
}
