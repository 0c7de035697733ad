// A chunk: whole records of one file in the form in which COPY takes them, that is what one transaction loads.
// Its buffers are used again for a later chunk, so that a file of any size needs the same memory.
//
// A record is open until a row with another key, or the end of the file, shows that it is complete. Only complete
// records are in a chunk that is loaded: cutOpenRecord() hands an open one on to the next chunk.

const FIRST_ROW_BYTES = 1 << 20;
const FIRST_RECORDS = 4096;
const MAX_KEY_BYTES = 256;

/** What an inline hash is made of, and where in `records` its 64 characters go. */
export interface Identifiers {
  readonly beneficiary: string;
  readonly hicn: string;
  readonly mbi: string | null;
  /** Offset of the HICN's hash; -1 in a record without room for hashes. */
  readonly hicnHashAt: number;
  /** Offset of the MBI's hash; -1 without MBI. */
  readonly mbiHashAt: number;
}

/** What is wrong with a record: the first problem of its rows. */
export interface RowProblem {
  readonly code: string;
  /** Line of the file. */
  readonly line: number;
  /** Name in the layout; absent if it concerns the whole row. */
  readonly column?: string;
}

/** A record that is left out: bytes `[firstByte, endByte)` of the file. */
export interface BadRecord extends RowProblem {
  readonly firstByte: number;
  readonly endByte: number;
}

export interface ChunkMark {
  readonly recordsEnd: number;
  readonly childrenEnd: number;
  readonly childRows: number;
  readonly count: number;
  readonly beneficiaries: number;
  readonly identifiers: number;
  readonly isOpen: boolean;
  readonly openKeyLength: number;
  readonly openByte: number;
  readonly openLine: number;
  readonly openBeneficiaries: number;
  readonly openChildRows: number;
  readonly openIdentifiers: number;
  readonly openProblem: RowProblem | undefined;
  readonly nextProblem: RowProblem | undefined;
  readonly bad: number;
}

export class Chunk {
  /** Rows of the records' table, CSV with `|`. */
  records: Buffer = Buffer.allocUnsafeSlow(FIRST_ROW_BYTES);
  recordsEnd = 0;
  /** Rows of the table that belongs to it: a claim's lines, a beneficiary's months. */
  children: Buffer = Buffer.allocUnsafeSlow(FIRST_ROW_BYTES);
  childrenEnd = 0;
  childRows = 0;

  /** Complete records. What follows holds one entry for each, and one more for the open one. */
  count = 0;
  /** Offset in `records` behind each. */
  recordEnds = new Uint32Array(FIRST_RECORDS);
  /** Offset in `children` behind those of each. */
  childEnds = new Uint32Array(FIRST_RECORDS);
  /** 1 for UPDATE, 0 for INSERT. */
  updates = new Uint8Array(FIRST_RECORDS);
  /** Each key as a number, rounded where it has more than 53 bits: equal keys give equal numbers. */
  keys = new Float64Array(FIRST_RECORDS);
  /** Offsets in the file at which each begins, and behind it. */
  firstBytes = new Float64Array(FIRST_RECORDS);
  endBytes = new Float64Array(FIRST_RECORDS);
  /** Line of the file on which each begins. */
  firstLines = new Float64Array(FIRST_RECORDS);
  /** Of the records, repeats next to each other left out. */
  beneficiaries: string[] = [];
  identifiers: Identifiers[] = [];
  /** Left out: nothing of them is in the rows. */
  bad: BadRecord[] = [];

  /** Number of its first record in the file, from 1. */
  firstRecord = 1;
  /** Offset of its first byte in the file. */
  firstByte = 0;
  /** Offset behind its last byte in the file. */
  endByte = 0;
  /** Line of the file on which it begins. */
  firstLine = 1;

  isOpen = false;
  readonly openKey: Buffer = Buffer.alloc(MAX_KEY_BYTES);
  openKeyLength = 0;
  openByte = 0;
  openLine = 0;
  /** How many beneficiaries, child rows and identifiers there were when the open record began. */
  openBeneficiaries = 0;
  openChildRows = 0;
  openIdentifiers = 0;
  /** What is wrong with the open record, which is left out then. */
  openProblem: RowProblem | undefined;
  /** What is wrong with the record that comes next, whatever it holds. */
  nextProblem: RowProblem | undefined;

  /** Prepares for other records. The buffers stay. */
  restart(firstRecord: number, firstByte: number, firstLine: number): void {
    this.recordsEnd = 0;
    this.childrenEnd = 0;
    this.childRows = 0;
    this.count = 0;
    this.beneficiaries = [];
    this.identifiers = [];
    this.bad = [];
    this.firstRecord = firstRecord;
    this.firstByte = firstByte;
    this.endByte = firstByte;
    this.firstLine = firstLine;
    this.isOpen = false;
    this.openBeneficiaries = 0;
    this.openChildRows = 0;
    this.openIdentifiers = 0;
    this.openProblem = undefined;
    this.nextProblem = undefined;
  }

  /** What {@link rollback} goes back to. */
  mark(): ChunkMark {
    return {
      recordsEnd: this.recordsEnd,
      childrenEnd: this.childrenEnd,
      childRows: this.childRows,
      count: this.count,
      beneficiaries: this.beneficiaries.length,
      identifiers: this.identifiers.length,
      isOpen: this.isOpen,
      openKeyLength: this.openKeyLength,
      openByte: this.openByte,
      openLine: this.openLine,
      openBeneficiaries: this.openBeneficiaries,
      openChildRows: this.openChildRows,
      openIdentifiers: this.openIdentifiers,
      openProblem: this.openProblem,
      nextProblem: this.nextProblem,
      bad: this.bad.length,
    };
  }

  /**
   * Forgets what was added since. The open record's key must not have been changed. Rows of a bad record may have been
   * written over; they are dropped anyway.
   */
  rollback(mark: ChunkMark): void {
    const { beneficiaries, identifiers, bad, ...rest } = mark;
    Object.assign(this, rest);
    this.beneficiaries.length = beneficiaries;
    this.identifiers.length = identifiers;
    this.bad.length = bad;
  }

  /** Makes room for so many more bytes and records; what is there stays. */
  reserve(recordBytes: number, childBytes: number, records: number): void {
    this.records = grown(this.records, this.recordsEnd, recordBytes);
    this.children = grown(this.children, this.childrenEnd, childBytes);
    const needed = this.count + records + 2;
    if (needed <= this.keys.length) return;
    const size = Math.max(needed, this.keys.length * 2);
    this.recordEnds = copied(this.recordEnds, new Uint32Array(size));
    this.childEnds = copied(this.childEnds, new Uint32Array(size));
    this.updates = copied(this.updates, new Uint8Array(size));
    this.keys = copied(this.keys, new Float64Array(size));
    this.firstBytes = copied(this.firstBytes, new Float64Array(size));
    this.endBytes = copied(this.endBytes, new Float64Array(size));
    this.firstLines = copied(this.firstLines, new Float64Array(size));
  }

  /** Begins a record, and completes the one that was open. Its key is set by {@link setOpenKey}. */
  openRecord(byte: number, line: number): void {
    this.closeRecord(byte);
    this.isOpen = true;
    this.openByte = byte;
    this.openLine = line;
    this.openBeneficiaries = this.beneficiaries.length;
    this.openChildRows = this.childRows;
    this.openIdentifiers = this.identifiers.length;
    this.openProblem = this.nextProblem;
    this.nextProblem = undefined;
    this.firstBytes[this.count] = byte;
    this.firstLines[this.count] = line;
  }

  setOpenKey(bytes: Buffer, start: number, end: number): void {
    this.openKeyLength = bytes.copy(this.openKey, 0, start, end);
  }

  /** @param endByte - offset in the file behind it */
  closeRecord(endByte: number): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    if (this.openProblem) {
      this.bad.push({ ...this.openProblem, firstByte: this.openByte, endByte });
      this.openProblem = undefined;
      this.recordsEnd = this.#openRecordStart;
      this.childrenEnd = this.#openChildStart;
      this.childRows = this.openChildRows;
      this.beneficiaries.length = this.openBeneficiaries;
      this.identifiers.length = this.openIdentifiers;
      return;
    }
    this.recordEnds[this.count] = this.recordsEnd;
    this.childEnds[this.count] = this.childrenEnd;
    this.endBytes[this.count] = endByte;
    this.count++;
  }

  /** Notes that the open record is not to be loaded. */
  spoil(problem: RowProblem): void {
    this.openProblem ??= problem;
  }

  addBeneficiary(id: string): void {
    if (this.beneficiaries.at(-1) !== id) this.beneficiaries.push(id);
  }

  /** Adds a row of the records' table; `row` holds a byte per character and ends with a line feed. */
  writeRecord(row: string): void {
    this.records = grown(this.records, this.recordsEnd, row.length);
    this.recordsEnd += this.records.write(row, this.recordsEnd, 'latin1');
  }

  /** Adds a row of the children's table. */
  writeChild(row: string): void {
    this.children = grown(this.children, this.childrenEnd, row.length);
    this.childrenEnd += this.children.write(row, this.childrenEnd, 'latin1');
    this.childRows++;
  }

  /** Moves the open record, if there is one, to the chunk that comes next. Ends this chunk at `byte`, line `line`. */
  cutOpenRecord(next: Chunk, byte: number, line: number): void {
    const { count } = this;
    this.endByte = this.isOpen ? this.openByte : byte;
    next.restart(this.firstRecord + count, this.endByte, this.isOpen ? this.openLine : line);
    next.nextProblem = this.nextProblem;
    if (!this.isOpen) return;

    const [recordStart, childStart] = [this.#openRecordStart, this.#openChildStart];
    next.reserve(this.recordsEnd - recordStart, this.childrenEnd - childStart, 1);
    next.recordsEnd = this.records.copy(next.records, 0, recordStart, this.recordsEnd);
    next.childrenEnd = this.children.copy(next.children, 0, childStart, this.childrenEnd);
    next.updates[0] = this.updates[count] ?? 0;
    next.keys[0] = this.keys[count] ?? 0;
    next.isOpen = true;
    next.openKeyLength = this.openKey.copy(next.openKey, 0, 0, this.openKeyLength);
    next.openByte = this.openByte;
    next.openLine = this.openLine;
    next.openProblem = this.openProblem;
    next.firstBytes[0] = this.openByte;
    next.firstLines[0] = this.openLine;
    next.childRows = this.childRows - this.openChildRows;
    this.childRows = this.openChildRows;
    // Its beneficiary was left out if the record before has the same.
    next.beneficiaries = this.beneficiaries.slice(-1);
    this.beneficiaries = this.beneficiaries.slice(0, this.openBeneficiaries);
    this.recordsEnd = recordStart;
    this.childrenEnd = childStart;
    this.isOpen = false;
  }

  /** Where a complete record is in the file. */
  placeOf(index: number): { line: number; firstByte: number; endByte: number } {
    return {
      line: this.firstLines[index] ?? 0,
      firstByte: this.firstBytes[index] ?? 0,
      endByte: this.endBytes[index] ?? 0,
    };
  }

  /** Offset in `records` at which the open record's row begins. */
  get #openRecordStart(): number {
    return this.count === 0 ? 0 : (this.recordEnds[this.count - 1] ?? 0);
  }

  get #openChildStart(): number {
    return this.count === 0 ? 0 : (this.childEnds[this.count - 1] ?? 0);
  }
}

function grown(buffer: Buffer, used: number, more: number): Buffer {
  if (used + more <= buffer.length) return buffer;
  const bigger = Buffer.allocUnsafeSlow(Math.max(used + more, Math.ceil(buffer.length * 1.5)));
  buffer.copy(bigger, 0, 0, used);
  return bigger;
}

function copied<T extends Uint32Array | Uint8Array | Float64Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
