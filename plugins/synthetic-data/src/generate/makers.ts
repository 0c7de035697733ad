/**
 * How a column gets its text. For each column of a layout the first of these that fits is chosen, once per file:
 *
 * 1. a rule of that name: facts that other columns or files must agree with, such as ids, dates and money;
 * 2. the code list of that name (`code-lists.ts`);
 * 3. its kind and size in the layout, so that a column new to a layout is filled, too.
 */

import { RIF_DELIMITER, type RifColumn } from '@bfd-host/rif';
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

/** A field: text as it is, or a number, which in a column with two decimals is money in cents. */
export type Field = string | number;

/** Makes one field. Draws from the random stream are part of the output: their order is fixed. */
export type Maker<S extends Subject> = (subject: S, random: Random) => Field;

/** What is known of the columns of one kind of subject. */
export interface Rules<S extends Subject> {
  readonly columns: Readonly<Record<string, Maker<S>>>;
  readonly families?: readonly Family<S>[];
  readonly runs?: readonly Run<S>[];
}

/** Columns that tell of a list: their names end in a number, the place in the list from 1. */
export interface Family<S extends Subject> {
  /** By name without the number; makes the field of one place, from 0. */
  readonly columns: Readonly<Record<string, (subject: S, place: number, random: Random) => Field>>;
  /** How long the list is; columns of further places are empty. */
  readonly length: (subject: S) => number;
}

/** Columns that stand side by side and are made together: their fields, with delimiters between them. */
export interface Run<S extends Subject> {
  readonly columns: readonly string[];
  readonly make: (subject: S) => string;
}

/** Streams for codes with no bearing on other columns: one for each place of a column and number of a choice. */
export type CodeStreams = (place: number, choice: number) => Random;

/** Writes the fields of some columns, in order. */
export type RowWriter<S extends Subject> = (subject: S, random: Random, rows: RowChunk) => void;

/**
 * Chooses how these columns are written, once for all rows.
 *
 * @example
 * const writeEvent = rowWriter(RIF_LAYOUTS.PDE.columns, PRESCRIPTION_RULES, codes);
 * writeEvent(prescription, random, rows); // -1|-100000000091|F|…
 */
export function rowWriter<S extends Subject>(
  columns: readonly RifColumn[],
  rules: Rules<S>,
  codes: CodeStreams,
): RowWriter<S> {
  const parts: Part<S>[] = [];
  for (let place = 0; place < columns.length; ) {
    const start = place;
    const rest = columns.slice(start);
    const part =
      runAt(rest, rules) ??
      familyAt(rest, rules) ??
      codesAt(rest, rules, (choice) => codes(start, choice)) ??
      oneColumn(rest[0], rules);
    parts.push(part);
    place += part.columns;
  }
  return (subject, random, rows) => {
    for (let place = 0; place < parts.length; place++) {
      const part = parts[place];
      // Most parts are one column: they are written here, without another call.
      const field = part?.make?.(subject, random);
      if (field === undefined) part?.write?.(subject, random, rows);
      else if (typeof field === 'string') rows.text(field);
      else if (part?.isMoney) rows.money(field);
      else rows.whole(field);
    }
  };
}

/** The maker of one column that stands alone. */
export function makerOf<S extends Subject>(column: RifColumn, rules: Rules<S>): Maker<S> {
  const rule = rules.columns[column.rifName];
  if (rule !== undefined) return rule;
  const { percent, make } = codeMaker(column);
  return filled(percent, make);
}

function codeMaker(column: RifColumn): { readonly percent: number; readonly make: Maker<Subject> } {
  const list = CODE_LISTS.get(column.rifName);
  if (list !== undefined) return { percent: list.percent, make: codeOf(list.codes) };
  const percent = column.whenEmpty === 'null' ? PERCENT_FILLED : 100;
  return { percent, make: byKind(column) };
}

/** How often an optional column without rule and list has a value: seldom, as in life. */
const PERCENT_FILLED = 10;

/** Leaves the field empty in all but `percent` of 100 cases. */
export function filled<S extends Subject>(percent: number, make: Maker<S>): Maker<S> {
  if (percent === 100) return make;
  return (subject, random) => (random.chance(percent) ? make(subject, random) : '');
}

/** How some columns are written: by the field that they are together, or by what writes them. */
interface Part<S extends Subject> {
  readonly columns: number;
  readonly make: Maker<S> | undefined;
  readonly write: RowWriter<S> | undefined;
  readonly isMoney: boolean;
}

function runAt<S extends Subject>(
  columns: readonly RifColumn[],
  { runs = [] }: Rules<S>,
): Part<S> | undefined {
  const run = runs.find((each) => each.columns[0] === columns[0]?.rifName);
  if (run === undefined) return undefined;
  if (run.columns.some((name, index) => name !== columns[index]?.rifName)) {
    throw new RangeError(`the columns after ${run.columns[0]} do not stand side by side`);
  }
  const { make } = run;
  return { columns: run.columns.length, make, write: undefined, isMoney: false };
}

// The columns of one family up to the next that is of none: most of them are empty, which takes one step.
function familyAt<S extends Subject>(
  columns: readonly RifColumn[],
  { families = [] }: Rules<S>,
): Part<S> | undefined {
  const family = families.find((each) => memberOf(each, columns[0]) !== undefined);
  if (family === undefined) return undefined;
  const members = takeWhile(columns, (column) => memberOf(family, column));
  const { length: lengthOf } = family;
  return {
    columns: members.length,
    make: undefined,
    isMoney: false,
    write: (subject, random, rows) => {
      const length = lengthOf(subject);
      let written = 0;
      for (const { make, place, isMoney } of members) {
        if (place >= length) break;
        const field = make(subject, place, random);
        if (typeof field === 'string') rows.text(field);
        else if (isMoney) rows.money(field);
        else rows.whole(field);
        written++;
      }
      rows.empty(members.length - written);
    },
  };
}

function memberOf<S extends Subject>(family: Family<S>, column: RifColumn | undefined) {
  const [, name = '', number = ''] = /^(.*?)(\d+)$/.exec(column?.rifName ?? '') ?? [];
  const make = family.columns[name];
  if (make === undefined || column === undefined) return undefined;
  return { make, place: Number(number) - 1, isMoney: isMoney(column) };
}

/** So few that all of them stay in the processor's cache. */
const CHOICES = 256;

// Neighbours with no bearing on anything are drawn together, from choices that are put together once: a third of all
// columns are such, and one draw for several is what makes the generator fast.
function codesAt<S extends Subject>(
  columns: readonly RifColumn[],
  rules: Rules<S>,
  codes: (choice: number) => Random,
): Part<S> | undefined {
  const makers = takeWhile(columns, (column) => independentMaker(column, rules));
  if (makers.length === 0) return undefined;
  const choices = new Array<string | undefined>(CHOICES).fill(undefined);
  return {
    columns: makers.length,
    make: (_, random) => {
      const choice = random.below(CHOICES);
      return choices[choice] ?? makeChoice(choice);
    },
    write: undefined,
    isMoney: false,
  };

  function makeChoice(choice: number): string {
    const random = codes(choice);
    // Each column has a value in at least one of them, however rare it is.
    const fields = makers.map((make, at) => make(random, at === choice)).join(RIF_DELIMITER);
    choices[choice] = fields;
    return fields;
  }
}

function independentMaker<S extends Subject>(
  column: RifColumn,
  rules: Rules<S>,
): ((random: Random, isCertain: boolean) => string) | undefined {
  const isKnown =
    rules.columns[column.rifName] !== undefined ||
    rules.runs?.some(({ columns }) => columns.includes(column.rifName)) ||
    rules.families?.some((family) => memberOf(family, column) !== undefined);
  if (isKnown || column.kind === 'date' || column.kind === 'timestamp') return undefined;
  const { percent, make } = codeMaker(column);
  const isAmount = isMoney(column);
  return (random, isCertain) => {
    const isFilled = random.chance(percent) || isCertain;
    const field = isFilled ? make(NOBODY, random) : '';
    if (typeof field === 'string') return field;
    return isAmount ? money(field) : String(field);
  };
}

const NOBODY: Subject = { day: 0 };

function oneColumn<S extends Subject>(column: RifColumn | undefined, rules: Rules<S>): Part<S> {
  if (column === undefined) throw new RangeError('there is no such column');
  return {
    columns: 1,
    make: makerOf(column, rules),
    write: undefined,
    isMoney: isMoney(column),
  };
}

/** Whether a number in this column is an amount in cents. */
function isMoney({ kind, scale }: RifColumn): boolean {
  return kind === 'decimal' && scale === 2;
}

function takeWhile<T, R>(list: readonly T[], of: (entry: T) => R | undefined): R[] {
  const taken: R[] = [];
  for (const entry of list) {
    const result = of(entry);
    if (result === undefined) break;
    taken.push(result);
  }
  return taken;
}

function codeOf(codes: readonly string[]): Maker<Subject> {
  const makers = codes.map(patternMaker);
  return (_, random) => random.pick(makers)(random);
}

// In a code list `#` stands for any digit and `@` for any letter.
function patternMaker(code: string): (random: Random) => string {
  const parts = (code.match(/#{1,6}|@|[^#@]+/g) ?? []).map((part) => {
    const { length } = part;
    if (part.startsWith('#')) return (random: Random) => digits(random.below(10 ** length), length);
    if (part === '@') return (random: Random) => String.fromCharCode(65 + random.below(26));
    return () => part;
  });
  return (random) => parts.map((make) => make(random)).join('');
}

const LARGEST = { smallint: 32_767, integer: 1_000_000, bigint: 1_000_000 } as const;

function byKind(column: RifColumn): Maker<Subject> {
  switch (column.kind) {
    case 'char':
      return (_, random) => random.below(10);
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
      return (_, random) => random.below(limit + 1);
    }
    case 'decimal':
      return decimalOf(column);
  }
}

function decimalOf(column: RifColumn): Maker<Subject> {
  const { precision, scale = 0 } = column;
  // Small numbers look likely in every column: at most three digits before the point.
  const whole = 10 ** Math.min(3, (precision ?? 3) - scale);
  if (scale === 0) return (_, random) => random.below(whole);
  if (isMoney(column)) return (_, random) => random.below(whole * 100);
  return (_, random) => `${random.below(whole)}.${digits(random.below(10 ** scale), scale)}`;
}
