/** Makes the bytes of one file of a data set, in chunks, without the files beside it. */

import { RIF_ACTIONS, RIF_LAYOUTS, RIF_TYPES, rifHeader } from '@bfd-host/rif';
import { makeClaim, type RecordStreams } from './claim.ts';
import { CLAIM_PROFILES, type ClaimType } from './claim-profiles.ts';
import { CLAIM_LINE_RULES, CLAIM_RULES } from './claim-rules.ts';
import type { DataFile, DataSet, RecordNumbers } from './data-set.ts';
import { identitiesOf } from './identities.ts';
import { type CodeStreams, type RowWriter, rowWriter, type Subject } from './makers.ts';
import { makePerson, type Person } from './person.ts';
import { FORMER_IDENTITY_RULES, PERSON_RULES } from './person-rules.ts';
import { personYear } from './person-year.ts';
import { makePrescription, PRESCRIPTION_RULES } from './prescription.ts';
import { Random } from './random.ts';
import type { PersonCounts } from './record-counts.ts';
import { RowChunk } from './row-chunk.ts';
import { UpdateChoice } from './update-choice.ts';

/** What has been made so far; read it between chunks. */
export interface Tally {
  records: number;
  rows: number;
  bytes: number;
}

/**
 * Makes a file: UTF-8, a header, then one row a record, or one a line of a claim. The same data set gives the same
 * bytes. Each chunk ends with a row, and holds it only until the next chunk is asked for.
 *
 * @param file - one of the data set's `files`
 * @param tally - counted up as chunks are made
 * @example
 * const dataSet = planDataSet(options);
 * for (const file of dataSet.files) await writeFile(file.name, generateFile(file, dataSet));
 */
export function* generateFile(
  file: DataFile,
  dataSet: DataSet,
  tally: Tally = { records: 0, rows: 0, bytes: 0 },
): Generator<Uint8Array, void> {
  const { type } = file;
  const rows = new RowChunk();
  const ofPerson = new Random();
  const random = new Random();
  const choice =
    dataSet.revision > 0
      ? new UpdateChoice(dataSet.seed, dataSet.firstPerson, dataSet.revision)
      : undefined;
  const writeRecord = recordWriter(file, dataSet);
  const first = dataSet.first[type];
  for (const name of rifHeader(RIF_LAYOUTS[type])) rows.text(name);
  rows.endRow();
  let place = 0;
  let number = 0;
  const streams: RecordStreams = {
    revision: dataSet.revision,
    random,
    startAt: (revision) => random.start(dataSet.seed, number, type, place, revision),
  };
  let made = 0;
  for (let index = 0; index < dataSet.beneficiaries; index++) {
    number = dataSet.firstPerson + index;
    const counts = dataSet.counts.of(number);
    if (!isTold(file, dataSet, counts)) continue;
    const count = counts.records[type];
    choice?.start(number, type);
    let person: Person | undefined;
    for (place = 0; place < count; place++) {
      const numbers = numbersOf(first, made++);
      if (choice?.takes(place) === false) continue;
      if (rows.isFull) yield take();
      person ??= makePerson(dataSet, number, counts, ofPerson);
      tally.rows += writeRecord({ person, counts, place, numbers, streams }, rows);
      tally.records++;
    }
  }
  yield take();

  function take(): Uint8Array {
    const bytes = rows.take();
    tally.bytes += bytes.length;
    return bytes;
  }
}

/** Whether the file can have records of this person: nobody has a row in a year after their death. */
function isTold({ type, year }: DataFile, dataSet: DataSet, counts: PersonCounts): boolean {
  if (type !== 'BENEFICIARY') return true;
  return dataSet.revision > 0 ? !counts.dies : year - dataSet.firstYear < counts.years;
}

/** Which record is to be made. */
interface RecordPlace {
  readonly person: Person;
  readonly counts: PersonCounts;
  /** Place among the person's records of this type, from 0. */
  readonly place: number;
  readonly numbers: RecordNumbers;
  readonly streams: RecordStreams;
}

/** Writes one record and says how many rows it has. */
type RecordWriter = (record: RecordPlace, rows: RowChunk) => number;

const [INSERT, UPDATE] = RIF_ACTIONS;
/** More than any file has. */
const MOST_COLUMNS = 512;

function recordWriter({ type, year }: DataFile, dataSet: DataSet): RecordWriter {
  const { columns } = RIF_LAYOUTS[type];
  const { seed, revision, firstYear } = dataSet;
  const ofCodes = new Random();
  const codes: CodeStreams = (place, choice) => {
    ofCodes.start(seed, choice, 'codes', RIF_TYPES.indexOf(type) * MOST_COLUMNS + place);
    return ofCodes;
  };
  const action = revision > 0 ? UPDATE : INSERT;
  switch (type) {
    case 'BENEFICIARY':
      // The file of the first year inserts, those of later years update.
      return oneRow(
        year > firstYear ? UPDATE : action,
        rowWriter(columns, PERSON_RULES, codes),
        ({ person, counts, streams }) => {
          streams.startAt(revision);
          const { byYear } = identitiesOf(dataSet, person, counts);
          return personYear(person, year, at(byYear, year - firstYear));
        },
      );
    case 'BENEFICIARY_HISTORY':
      return oneRow(
        action,
        rowWriter(columns, FORMER_IDENTITY_RULES, codes),
        ({ person, counts, place, streams }) => {
          streams.startAt(revision);
          const { former, byYear } = identitiesOf(dataSet, person, counts);
          const identity = at(former, place);
          const known = personYear(person, firstYear, at(byYear, 0));
          return { day: identity.mbiSince, known, identity };
        },
      );
    case 'PDE':
      return oneRow(
        action,
        rowWriter(columns, PRESCRIPTION_RULES, codes),
        ({ person, numbers, streams }) => makePrescription(person, numbers, streams),
      );
    case 'CARRIER':
    case 'DME':
    case 'HHA':
    case 'HOSPICE':
    case 'INPATIENT':
    case 'OUTPATIENT':
    case 'SNF':
      return claim(type, action, codes);
  }
}

function oneRow<S extends Subject>(
  action: string,
  writeRow: RowWriter<S>,
  subjectOf: (record: RecordPlace) => S,
): RecordWriter {
  return (record, rows) => {
    const subject = subjectOf(record);
    rows.text(action);
    writeRow(subject, record.streams.random, rows);
    rows.endRow();
    return 1;
  };
}

function claim(type: ClaimType, action: string, codes: CodeStreams): RecordWriter {
  const { columns, lines } = RIF_LAYOUTS[type];
  const profile = CLAIM_PROFILES[type];
  const writeClaim = rowWriter(columns, CLAIM_RULES, codes);
  const writeLine = rowWriter(lines?.columns ?? [], CLAIM_LINE_RULES, (place, choice) =>
    codes(columns.length + place, choice),
  );
  return ({ person, numbers, streams }, rows) => {
    const claim = makeClaim(profile, person, numbers, streams);
    const { random } = streams;
    rows.beginRecord();
    rows.text(action);
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

function at<T>(list: readonly T[], place: number): T {
  const found = list[place];
  if (found === undefined) throw new RangeError('a record that was not planned');
  return found;
}
