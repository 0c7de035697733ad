/** Makes the bytes of one file of a data set, in chunks, without the files beside it. */

import { RIF_ACTIONS, RIF_LAYOUTS, type RifType, rifHeader } from '@bfd-host/rif';
import { makeClaim } from './claim.ts';
import { CLAIM_PROFILES, type ClaimType } from './claim-profiles.ts';
import { CLAIM_LINE_RULES, CLAIM_RULES } from './claim-rules.ts';
import type { DataSet, RecordNumbers } from './data-set.ts';
import { type RowWriter, rowWriter, type Subject } from './makers.ts';
import { formerIdentity, makePerson, type Person } from './person.ts';
import { FORMER_IDENTITY_RULES, PERSON_RULES } from './person-rules.ts';
import { makePrescription, PRESCRIPTION_RULES } from './prescription.ts';
import { Random } from './random.ts';
import { RowChunk } from './row-chunk.ts';

/** What has been made so far; read it between chunks. */
export interface Tally {
  records: number;
  rows: number;
  bytes: number;
}

/**
 * Makes a file: UTF-8, a header, then one row a record, or one a line of a claim. All rows are INSERTs.
 * The same data set gives the same bytes. Each chunk is a buffer of its own and ends with a row.
 *
 * @param tally - counted up as chunks are made
 * @example
 * const md5 = createHash('md5');
 * for (const chunk of generateFile('PDE', planDataSet(options))) md5.update(chunk);
 */
export function* generateFile(
  type: RifType,
  dataSet: DataSet,
  tally: Tally = { records: 0, rows: 0, bytes: 0 },
): Generator<Uint8Array, void> {
  const random = new Random();
  const ofPerson = new Random();
  const rows = new RowChunk();
  const writeRecord = recordWriter(type);
  const first = dataSet.first[type];
  for (const name of rifHeader(RIF_LAYOUTS[type])) rows.field(name);
  rows.endRow();
  let made = 0;
  for (let index = 0; index < dataSet.beneficiaries; index++) {
    const number = dataSet.firstPerson + index;
    const counts = dataSet.counts.of(number);
    const count = counts[type];
    if (count === 0) continue;
    ofPerson.start(dataSet.seed, number, 'person');
    const person = makePerson(dataSet, number, counts, ofPerson);
    random.start(dataSet.seed, number, type);
    for (let place = 0; place < count; place++) {
      if (rows.isFull) yield take();
      tally.rows += writeRecord({ person, place, numbers: numbersOf(first, made) }, random, rows);
      tally.records++;
      made++;
    }
  }
  yield take();

  function take(): Uint8Array {
    const bytes = rows.take();
    tally.bytes += bytes.length;
    return bytes;
  }
}

/** Which record is to be made. */
interface RecordPlace {
  readonly person: Person;
  /** Place among the person's records of this type, from 0. */
  readonly place: number;
  readonly numbers: RecordNumbers;
}

/** Writes one record and says how many rows it has. */
type RecordWriter = (record: RecordPlace, random: Random, rows: RowChunk) => number;

const [INSERT] = RIF_ACTIONS;

function recordWriter(type: RifType): RecordWriter {
  const { columns } = RIF_LAYOUTS[type];
  switch (type) {
    case 'BENEFICIARY':
      return oneRow(rowWriter(columns, PERSON_RULES), ({ person }) => person);
    case 'BENEFICIARY_HISTORY':
      return oneRow(rowWriter(columns, FORMER_IDENTITY_RULES), ({ person, place }) =>
        formerIdentity(person, place),
      );
    case 'PDE':
      return oneRow(rowWriter(columns, PRESCRIPTION_RULES), ({ person, numbers }, random) =>
        makePrescription(person, numbers, random),
      );
    case 'CARRIER':
    case 'DME':
    case 'HHA':
    case 'HOSPICE':
    case 'INPATIENT':
    case 'OUTPATIENT':
    case 'SNF':
      return claim(type);
  }
}

function oneRow<S extends Subject>(
  writeRow: RowWriter<S>,
  subjectOf: (record: RecordPlace, random: Random) => S,
): RecordWriter {
  return (record, random, rows) => {
    rows.field(INSERT);
    writeRow(subjectOf(record, random), random, rows);
    rows.endRow();
    return 1;
  };
}

function claim(type: ClaimType): RecordWriter {
  const { columns, lines } = RIF_LAYOUTS[type];
  const profile = CLAIM_PROFILES[type];
  const writeClaim = rowWriter(columns, CLAIM_RULES);
  const writeLine = rowWriter(lines?.columns ?? [], CLAIM_LINE_RULES);
  return ({ person, numbers }, random, rows) => {
    const claim = makeClaim(profile, person, numbers, random);
    rows.beginRecord();
    rows.field(INSERT);
    writeClaim(claim, random, rows);
    rows.endStart();
    for (const line of claim.lines) {
      if (line.number > 1) rows.repeatStart();
      writeLine(line, random, rows);
      rows.endRow();
    }
    return claim.lines.length;
  };
}

function numbersOf(first: RecordNumbers, place: number): RecordNumbers {
  return { id: first.id - place, group: first.group - place, control: first.control - place };
}
