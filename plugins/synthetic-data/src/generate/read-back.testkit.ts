/** One data set, read by code that knows the format but nothing of the generator. */

import { RIF_LAYOUTS, RIF_TYPES, type RifType } from '@bfd-host/rif';
import { expect } from 'vitest';
import { type DataSetOptions, generateFile, planDataSet } from '../generator.ts';

export const OPTIONS: DataSetOptions = {
  seed: 1,
  beneficiaries: 1000,
  year: 2025,
  // More of the rare types than by default, so that their rare columns show up among few people.
  claimsPerBeneficiary: {
    CARRIER: 2,
    DME: 1,
    HHA: 1,
    HOSPICE: 1,
    INPATIENT: 1,
    OUTPATIENT: 1,
    PDE: 2,
    SNF: 1,
  },
};

/** A row of a file: gives the field of a column. */
export type Row = (column: string) => string;

export interface ParsedFile {
  readonly header: readonly string[];
  readonly rows: readonly Row[];
}

/** Reads a file with nothing of the code under test: no quotes, no escapes, no empty or odd rows. */
export function parse(bytes: Buffer): ParsedFile {
  const text = bytes.toString('utf8');
  expect(text.endsWith('\n')).toBe(true);
  expect(/^[\x20-\x7e\n]*$/.test(text), 'printable ASCII only').toBe(true);
  expect(/["\\]/.test(text), 'no quote and no backslash').toBe(false);
  const [first = '', ...lines] = text.slice(0, -1).split('\n');
  const header = first.split('|');
  const places = new Map(header.map((name, place) => [name, place]));
  const rows = lines.map((line): Row => {
    const fields = line.split('|');
    if (fields.length !== header.length) throw new Error('a row has another number of fields');
    return (column) => fields[places.get(column) ?? -1] ?? '(no such column)';
  });
  return { header, rows };
}

/** Collects what is wrong in thousands of rows, each kind once. */
export class Problems {
  private readonly found = new Set<string>();

  check(isRight: boolean, problem: string): void {
    if (!isRight) this.found.add(problem);
  }

  expectNone(): void {
    expect([...this.found]).toEqual([]);
  }
}

export function make(type: RifType, options: DataSetOptions = OPTIONS): Buffer {
  return Buffer.concat([...generateFile(type, planDataSet(options))]);
}

const files = new Map<RifType, ParsedFile>();

export function file(type: RifType): ParsedFile {
  const known = files.get(type) ?? parse(make(type));
  files.set(type, known);
  return known;
}

export const CLAIM_TYPES = RIF_TYPES.filter((type) => RIF_LAYOUTS[type].lines !== undefined);

const claims = new Map<RifType, readonly (readonly Row[])[]>();

/** The rows of each claim, in the order of the file; fails if they do not stand together. */
export function claimsOf(type: RifType): readonly (readonly Row[])[] {
  const known = claims.get(type);
  if (known) return known;
  const groups: Row[][] = [];
  let last: string | undefined;
  for (const row of file(type).rows) {
    if (row('CLM_ID') === last) groups.at(-1)?.push(row);
    else groups.push([row]);
    last = row('CLM_ID');
  }
  expect(new Set(groups.map(([row]) => row?.('CLM_ID'))).size).toBe(groups.length);
  claims.set(type, groups);
  return groups;
}

export function people(): ReadonlyMap<string, Row> {
  return new Map(file('BENEFICIARY').rows.map((row) => [row('BENE_ID'), row]));
}

export function cents(text: string): number {
  if (!/^\d+\.\d\d$/.test(text)) throw new Error('no amount of money');
  return Math.round(Number(text) * 100);
}

export function sum(rows: readonly Row[], column: string): number {
  return rows.reduce((total, row) => total + cents(row(column)), 0);
}

const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

/** Milliseconds of a RIF date, or NaN for one that is not on the calendar. */
export function timeOf(text: string): number {
  const [, day, month = '', year] = /^(\d\d)-([A-Z][a-z]{2})-(\d{4})$/.exec(text) ?? [];
  const date = new Date(Date.UTC(Number(year), MONTHS.indexOf(month), Number(day)));
  return MONTHS.includes(month) && date.getUTCDate() === Number(day) ? date.getTime() : Number.NaN;
}
