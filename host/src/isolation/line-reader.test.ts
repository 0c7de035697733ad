import { describe, expect, it } from 'vitest';
import { LineReader, LineTooLongError } from './line-reader.ts';

const lines = (reader: LineReader, ...chunks: string[]): string[] =>
  chunks.flatMap((chunk) => [...reader.take(Buffer.from(chunk))]);

describe('reading lines', () => {
  it('puts together a line that came in pieces', () => {
    expect(lines(new LineReader(100), 'one\ntw', 'o', '\n\nthree\n')).toEqual([
      'one',
      'two',
      '',
      'three',
    ]);
  });

  it('keeps a character whole that was cut in two', () => {
    const reader = new LineReader(100);
    const bytes = Buffer.from('é\n');
    expect([...reader.take(bytes.subarray(0, 1)), ...reader.take(bytes.subarray(1))]).toEqual([
      'é',
    ]);
  });

  it('takes a line of just the limit', () => {
    expect(lines(new LineReader(3), 'abc\nabc\n')).toEqual(['abc', 'abc']);
  });

  it('refuses a longer one before it is complete', () => {
    expect(() => lines(new LineReader(3), 'ab', 'cd')).toThrow(LineTooLongError);
  });
});
