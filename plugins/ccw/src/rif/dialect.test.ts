import { describe, expect, it } from 'vitest';
import { readDialect } from './dialect.ts';

describe('the dialect of RIF', () => {
  it.each([
    [
      'fields and lines',
      'a|b\nc|d\n',
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    ],
    [
      'a last line without an end',
      'a|b\nc|d',
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    ],
    ['lines that end with CR LF, LF or CR', 'a\r\nb\nc\rd\n', [['a'], ['b'], ['c'], ['d']]],
    ['nothing in empty lines', '\na\n\n\r\nb\n\n', [['a'], ['b']]],
    ['blanks as they are', ' a | b\n', [[' a ', ' b']]],
    ['quoted fields', '"a"|"b|c"|"d\ne"\n', [['a', 'b|c', 'd\ne']]],
    ['doubled quotes', '"a ""b"""|""\n', [['a "b"', '']]],
    ['quotes in the middle of a field as characters', 'a"b"|5\' 11"\n', [['a"b"', '5\' 11"']]],
    ['blanks behind a closing quote as nothing', '"a" \t|b\n', [['a', 'b']]],
    ['a backslash before the delimiter as nothing', 'a\\|b\n', [['a', 'b']]],
    ['two of them as an escaped delimiter', 'a\\\\|b|c\n', [['a|b', 'c']]],
    ['three of them as a backslash', 'a\\\\\\|b\n', [['a\\', 'b']]],
    ['an escaped backslash and quote', '\\\\a|\\"b\n', [['\\a', '"b']]],
    ['escaped letters', 'a\\nb\\rc\\td\\be\\ff\n', [['a\nb\rc\td\be\ff']]],
    ['an escaped line end', 'a\\\nb|c\n', [['a\nb', 'c']]],
    [
      'a backslash before anything else as itself',
      'C:\\users|\\x\\ y\n',
      [['C:\\users', '\\x\\ y']],
    ],
    ['escapes in quotes', '"a\\"b\\|c\\n"|d\n', [['a"b|c\n', 'd']]],
  ])('has %s', (_, text, fields) => {
    expect(read(text)).toEqual(fields);
  });

  it('hands over the bytes, one per character', () => {
    expect(read('Zoë|"Ł\\x"\n')).toEqual([['Zo\u00c3\u00ab', '\u00c5\u0081\\x']]);
  });

  it('says where each record begins, in bytes and lines', () => {
    const { records, end, lines } = readDialect(Buffer.from('a|"\n\n"\n\nb\\|c\r\nd'), false);

    expect(records.map(({ start, line }) => [start, line])).toEqual([
      [0, 0],
      [8, 4],
    ]);
    expect({ end, lines }).toEqual({ end: 14, lines: 5 });
  });

  it.each(['a|"b', 'a|"b\nc', 'a|b\\', 'a\r'])('waits for the end of %j', (text) => {
    const { records, end } = readDialect(Buffer.from(text), false);
    expect({ records, end }).toEqual({ records: [], end: 0 });
  });

  it.each([
    ['garbage behind a closing quote', 'a\nb|"c"d\ne\n', 1],
    ['a quote that is never closed', 'a\nb\n"c|d\ne\n', 2],
  ])('is broken by %s, and the line is told', (_, text, brokenLine) => {
    expect(readDialect(Buffer.from(text), true)).toMatchObject({ brokenLine });
  });

  it('does not take its own stand-ins for what they stand for', () => {
    expect(read(Buffer.from([0xf8, 0x7c, 0xfa, 0x0a]))).toEqual([['\xf7', '\xf7']]);
  });
});

function read(text: string | Buffer): (readonly string[])[] {
  return readDialect(Buffer.from(text), true).records.map(({ fields }) => fields);
}
