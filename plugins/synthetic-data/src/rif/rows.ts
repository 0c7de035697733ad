/**
 * Reads a RIF file row by row, from chunks as they come. Bytes are taken as one character each: nothing here
 * depends on what text means, and a file that is passed on stays the same, byte for byte.
 */

import { RIF_DELIMITER, RIF_LAYOUTS, type RifLayout, type RifType } from '@bfd-host/rif';

export interface RifFile {
  /** Without folders. */
  readonly name: string;
  readonly type: RifType;
  readonly layout: RifLayout;
  /** Names of the first row. */
  readonly header: readonly string[];
  /** Place of a column, or `undefined` when the file has none of that name. */
  placeOf(column: string): number | undefined;
}

export class Row {
  readonly file: RifFile;
  /** Line of the file, the header being 1. */
  readonly line: number;
  readonly fields: readonly string[];

  constructor(file: RifFile, line: number, fields: readonly string[]) {
    this.file = file;
    this.line = line;
    this.fields = fields;
  }

  /** The field of a column, without blanks around it; empty when there is none. */
  get(column: string): string {
    const place = this.file.placeOf(column);
    return place === undefined ? '' : (this.fields[place] ?? '').trim();
  }
}

/** Is told of a file as it is read. */
export interface RowHandler {
  /** Once, with the header. */
  file(file: RifFile): void;
  row(row: Row): void;
}

const BYTE_ORDER_MARK = '\u00ef\u00bb\u00bf'; // its three bytes in UTF-8

/**
 * @example
 * const reader = new RowReader('carrier.csv', 'CARRIER', handler);
 * for await (const chunk of chunks) reader.push(chunk);
 * reader.end();
 */
export class RowReader {
  private readonly name: string;
  private readonly type: RifType;
  private readonly handler: RowHandler;
  private rest = '';
  private line = 0;
  private file: RifFile | undefined;

  constructor(name: string, type: RifType, handler: RowHandler) {
    this.name = name;
    this.type = type;
    this.handler = handler;
  }

  push(chunk: Uint8Array): void {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    const text = this.rest + bytes.toString('latin1');
    let start = 0;
    for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', start)) {
      this.read(text.slice(start, end));
      start = end + 1;
    }
    this.rest = text.slice(start);
  }

  /** At the end of the file, whose last row may end without a line feed. */
  end(): void {
    if (this.rest !== '') this.read(this.rest);
    this.rest = '';
  }

  private read(text: string): void {
    this.line++;
    const row = text.endsWith('\r') ? text.slice(0, -1) : text;
    if (this.file === undefined) {
      const first = row.startsWith(BYTE_ORDER_MARK) ? row.slice(BYTE_ORDER_MARK.length) : row;
      this.file = openFile(this.name, this.type, first.split(RIF_DELIMITER));
      this.handler.file(this.file);
    } else this.handler.row(new Row(this.file, this.line, row.split(RIF_DELIMITER)));
  }
}

function openFile(name: string, type: RifType, header: readonly string[]): RifFile {
  const places = new Map(header.map((column, place) => [column, place]));
  return {
    name,
    type,
    layout: RIF_LAYOUTS[type],
    header,
    placeOf: (column) => places.get(column),
  };
}
