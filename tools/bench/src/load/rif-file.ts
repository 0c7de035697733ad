// A made-up RIF file of one type and about one size, on disk.

import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { RifType } from '@bfd-host/rif';
import {
  type CareType,
  type ClaimsPerBeneficiary,
  type DataSet,
  DEFAULT_CLAIMS_PER_BENEFICIARY,
  generateFile,
  planDataSet,
} from '../../../../plugins/synthetic-data/src/generator.ts';

export interface RifFile {
  readonly type: RifType;
  readonly name: string;
  readonly path: string;
  readonly bytes: number;
  /** In Base64. */
  readonly md5: string;
  /** Of the file, its header aside. */
  readonly rows: number;
  /** Claims, people or events. */
  readonly records: number;
}

/** How much a file is to have. */
export type FileSize = { readonly megabytes: number } | { readonly rows: number };

const SAMPLE_PEOPLE = 500;
const CLAIMS_PER_PERSON = 6;

/**
 * Makes one. The same size gives the same bytes.
 *
 * @example
 * const file = await makeRifFile('CARRIER', { megabytes: 300 }, folder);
 */
export async function makeRifFile(type: RifType, size: FileSize, folder: string): Promise<RifFile> {
  const sample = { records: 0, rows: 0, bytes: 0 };
  for (const _ of bytesOf(type, dataSetOf(type, SAMPLE_PEOPLE), sample));
  const share =
    'rows' in size ? size.rows / sample.rows : (size.megabytes * 1_000_000) / sample.bytes;
  const tally = { records: 0, rows: 0, bytes: 0 };
  const dataSet = dataSetOf(type, Math.max(1, Math.round(share * SAMPLE_PEOPLE)));
  const name = `${type.toLowerCase()}.csv`;
  const file = path.join(folder, name);
  // Copied as they come: the generator uses its buffer again, before a stream has written it.
  const chunks = bytesOf(type, dataSet, tally).map((chunk) => Buffer.from(chunk));
  await pipeline(Readable.from(chunks), createWriteStream(file));
  const { records, rows, bytes } = tally;
  return { type, name, path: file, bytes, rows, records, md5: await md5Of(file) };
}

/** The same records with another action, and with other values in each row if `change` makes some. */
export async function rewriteRifFile(
  file: RifFile,
  name: string,
  action: 'UPDATE' | 'INSERT',
  changes: Readonly<Record<string, string>> = {},
): Promise<RifFile> {
  const target = path.join(path.dirname(file.path), name);
  const rewrite = async function* (lines: AsyncIterable<string>) {
    let places: (readonly [number, string])[] | undefined;
    let text = '';
    for await (const line of lines) {
      const fields = line.split('|');
      if (places) {
        fields[0] = action;
        for (const [at, value] of places) fields[at] = value;
      } else
        places = Object.entries(changes).map(([column, value]) => [fields.indexOf(column), value]);
      text += `${fields.join('|')}\n`;
      if (text.length < 1 << 20) continue;
      yield text;
      text = '';
    }
    yield text;
  };
  await pipeline(linesOf(file.path), rewrite, createWriteStream(target));
  return {
    ...file,
    name,
    path: target,
    bytes: (await stat(target)).size,
    md5: await md5Of(target),
  };
}

async function md5Of(file: string): Promise<string> {
  const hash = createHash('md5');
  await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), hash);
  return hash.digest('base64');
}

async function* linesOf(file: string): AsyncGenerator<string> {
  let rest = '';
  for await (const part of createReadStream(file, { encoding: 'latin1', highWaterMark: 1 << 20 })) {
    const lines = `${rest}${part}`.split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
}

function dataSetOf(type: RifType, beneficiaries: number): DataSet {
  const none = Object.keys(DEFAULT_CLAIMS_PER_BENEFICIARY).map((name) => [name, 0]);
  const claimsPerBeneficiary: ClaimsPerBeneficiary = {
    ...Object.fromEntries(none),
    ...(isCare(type) && { [type]: CLAIMS_PER_PERSON }),
  };
  return planDataSet({ seed: 12, beneficiaries, year: 2025, years: 1, claimsPerBeneficiary });
}

function isCare(type: RifType): type is CareType {
  return type in DEFAULT_CLAIMS_PER_BENEFICIARY;
}

function bytesOf(
  type: RifType,
  dataSet: DataSet,
  tally: { records: number; rows: number; bytes: number },
): Generator<Uint8Array, void> {
  const file = dataSet.files.find((candidate) => candidate.type === type);
  if (!file) throw new RangeError(`there is no file of type ${type}`);
  return generateFile(file, dataSet, tally);
}
