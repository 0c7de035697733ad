/** One data set, read by code that knows the format but nothing of the generator. */

import { RIF_LAYOUTS, RIF_TYPES } from '@bfd-host/rif';
import { expect } from 'vitest';
import {
  type DataFile,
  type DataSet,
  type DataSetOptions,
  generateFile,
  planDataSet,
} from '../generator.ts';

export const OPTIONS: DataSetOptions = {
  seed: 1,
  beneficiaries: 300,
  year: 2025,
  years: 3,
  // More of the rare types than by default, so that their rare columns show up among few people.
  claimsPerBeneficiary: {
    CARRIER: 1.5,
    DME: 1.5,
    HHA: 1.5,
    HOSPICE: 1.5,
    INPATIENT: 1.5,
    OUTPATIENT: 1.5,
    PDE: 3,
    SNF: 1.5,
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

export function make(file: DataFile, dataSet: DataSet): Buffer {
  return Buffer.concat(Array.from(generateFile(file, dataSet), (chunk) => Buffer.from(chunk)));
}

export const DATA_SET = planDataSet(OPTIONS);

const files = new Map<string, ParsedFile>();

/** A file of {@link DATA_SET}, by name. */
export function file(name: string): ParsedFile {
  const planned = DATA_SET.files.find((each) => each.name === name);
  if (planned === undefined) throw new Error(`there is no ${name}`);
  const known = files.get(name) ?? parse(make(planned, DATA_SET));
  files.set(name, known);
  return known;
}

export const CLAIM_TYPES = RIF_TYPES.filter((type) => RIF_LAYOUTS[type].lines !== undefined);
