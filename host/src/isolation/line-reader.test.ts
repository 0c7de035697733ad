import { describe, expect, it } from 'vitest';
import { LineReader, LineTooLongError } from './line-reader.ts';

function lines(reader: LineReader, ...chunks: (string | Buffer)[]): string[] {
  const taken: string[] = [];
  for (const chunk of chunks) reader.take(Buffer.from(chunk), (line) => taken.push(line));
  return taken;
}

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
    const bytes = Buffer.from('é\n');
    expect(lines(new LineReader(100), bytes.subarray(0, 1), bytes.subarray(1))).toEqual(['é']);
  });

  it('takes a line of just the limit', () => {
    expect(lines(new LineReader(3), 'abc\nabc\n')).toEqual(['abc', 'abc']);
  });

  it('refuses a longer one before it is complete', () => {
    expect(() => lines(new LineReader(3), 'ab', 'cd')).toThrow(LineTooLongError);
  });

  it('refuses a longer one that came whole', () => {
    expect(() => lines(new LineReader(3), 'abcd\n')).toThrow(LineTooLongError);
  });
});
