import { describe, expect, it } from 'vitest';
import { type Row, RowReader } from './rows.ts';

function readRows(text: string | Buffer, chunkBytes: number) {
  const bytes = Buffer.from(text);
  const rows: Row[] = [];
  let header: readonly string[] = [];
  const reader = new RowReader('pde.csv', 'PDE', {
    file: (file) => {
      header = file.header;
    },
    row: (row) => rows.push(row),
  });
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    reader.push(bytes.subarray(at, at + chunkBytes));
  }
  reader.end();
  return { header, rows };
}

describe('reading rows', () => {
  it.each([1, 3, 1000])('gives the same for chunks of %i bytes', (chunkBytes) => {
    const { header, rows } = readRows('A|B\n1|2\n3|\n', chunkBytes);

    expect(header).toEqual(['A', 'B']);
    expect(rows.map(({ line, fields }) => [line, ...fields])).toEqual([
      [2, '1', '2'],
      [3, '3', ''],
    ]);
    expect(rows[1]?.get('A')).toBe('3');
    expect(rows[1]?.get('C')).toBe('');
  });

  it('passes over a byte order mark and takes both ends of line', () => {
    const { header, rows } = readRows('\uFEFFA|B\r\n1|2\r\n3|4', 2);

    expect(header).toEqual(['A', 'B']);
    expect(rows.map(({ fields }) => fields)).toEqual([
      ['1', '2'],
      ['3', '4'],
    ]);
  });

  it('keeps bytes that are no ASCII, so that they can be written again', () => {
    const text = Buffer.from('A\nMüller\n');

    const { rows } = readRows(text, 4);

    expect(Buffer.from(rows[0]?.fields[0] ?? '', 'latin1').toString()).toBe('Müller');
  });
});
