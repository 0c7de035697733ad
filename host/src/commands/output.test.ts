import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { table } from './output.ts';

const PLAIN = { columns: 40, hasColour: false };

describe('a table', () => {
  it('has columns as wide as their widest cell, and nothing behind the last', () => {
    expect(
      table(
        ['JOB', 'STATE'],
        [
          ['load', 'ready'],
          ['x', 'waits: a'],
        ],
        PLAIN,
      ),
    ).toBe('JOB   STATE\nload  ready\nx     waits: a');
  });

  it('cuts the widest column first where the terminal ends', () => {
    const rows = [['load', 'a reason that goes on for ever and ever', '3 s']];
    expect(table(['JOB', 'WHY', 'TOOK'], rows, PLAIN).split('\n').at(-1)).toBe(
      'load  a reason that goes on for e…  3 s',
    );
  });

  it('puts numbers under each other', () => {
    const columns = ['JOB', { heading: 'TOOK', isNumber: true }];
    expect(
      table(
        columns,
        [
          ['a', '5'],
          ['b', '1234'],
        ],
        PLAIN,
      ),
    ).toBe('JOB  TOOK\na       5\nb    1234');
  });

  it.each([
    '数据集加载作业数据集加载作业数据集加载作业数据集',
    'e\u0301'.repeat(60),
    '👩🏽‍💻'.repeat(30),
    '🇺🇸'.repeat(30),
  ])('knows how wide %s is', (name) => {
    const lines = table(
      ['JOB', 'STATE'],
      [
        [name, 'ready'],
        ['load', 'ready'],
      ],
      PLAIN,
    ).split('\n');
    for (const text of lines) expect(stringWidth(text)).toBeLessThanOrEqual(40);
    expect(lines[1]).toMatch(/…? *ready$/);
    expect(stringWidth(lines[1] ?? '')).toBe(stringWidth(lines[2] ?? ''));
    expect(lines[1]?.isWellFormed()).toBe(true);
  });

  it('on a terminal narrower than its columns breaks lines rather than say nothing', () => {
    const [, row = ''] = table(['A', 'B'], [['long enough', 'as well here']], {
      columns: 5,
      hasColour: false,
    }).split('\n');
    expect(row).toBe('long en…  as well…');
  });

  it('has colours that take no room', () => {
    const rows = [[{ text: 'failed', tone: 'bad' as const }, 'x']];
    const [, row = ''] = table(['RESULT', 'B'], rows, { columns: 40, hasColour: true }).split('\n');
    expect(row).toBe('\x1b[31mfailed\x1b[39m  x');
  });
});
