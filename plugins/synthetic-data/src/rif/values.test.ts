import type { RifColumn } from '@bfd-host/rif';
import { describe, expect, it } from 'vitest';
import { timeOf, valueProblem } from './values.ts';

const column = (facts: Partial<RifColumn>): RifColumn => ({
  rifName: 'COLUMN',
  dbName: 'column',
  isStored: true,
  kind: 'text',
  sqlType: '',
  whenEmpty: 'null',
  ...facts,
});

const latin1 = (text: string): string => Buffer.from(text).toString('latin1');

describe('a value', () => {
  it.each([
    [{ kind: 'text', maxLength: 3 }, 'abc', undefined],
    [{ kind: 'text', maxLength: 3 }, 'abcd', 'BFD_RIF_LENGTH'],
    [{ kind: 'text', maxLength: 3 }, latin1('üüü'), undefined],
    [{ kind: 'text', maxLength: 3 }, '\u00fc', 'BFD_RIF_UTF8'],
    [{ kind: 'char' }, 'ab', 'BFD_RIF_CHARACTER'],
    [{ kind: 'char' }, latin1('ü'), undefined],
    [{ kind: 'char', rifName: 'FINAL_ACTION' }, 'X', 'BFD_RIF_FINAL_ACTION'],
    [{ kind: 'date' }, '03-sep-2025', undefined],
    [{ kind: 'date' }, '20250903', undefined],
    [{ kind: 'date' }, '2025-09-03', undefined],
    [{ kind: 'date' }, '31-Apr-2025', 'BFD_RIF_DATE'],
    [{ kind: 'date' }, '01-Anf-2025', 'BFD_RIF_DATE'],
    [{ kind: 'date' }, '20251301', 'BFD_RIF_DATE'],
    [{ kind: 'timestamp' }, '03-Sep-2025 23:59:59', undefined],
    [{ kind: 'timestamp' }, '03-Sep-2025 24:00:00', 'BFD_RIF_DATE'],
    [{ kind: 'integer', range: 'smallint' }, '32767', undefined],
    [{ kind: 'integer', range: 'smallint' }, '32768', 'BFD_RIF_RANGE'],
    [{ kind: 'integer', range: 'bigint' }, '-9223372036854775809', 'BFD_RIF_RANGE'],
    [{ kind: 'integer', range: 'bigint' }, '1.0', 'BFD_RIF_INTEGER'],
    [{ kind: 'decimal' }, '-12.5e3', undefined],
    [{ kind: 'decimal' }, '.', 'BFD_RIF_DECIMAL'],
    [{ kind: 'decimal', precision: 4, scale: 1 }, '999.94', undefined],
    [{ kind: 'decimal', precision: 4, scale: 1 }, '999.95', 'BFD_RIF_RANGE'],
    [{ whenEmpty: 'error' }, '', 'BFD_RIF_EMPTY'],
    [{ whenEmpty: 'zero', kind: 'decimal' }, '', undefined],
  ] as const)('of %j is judged as the load does: %j', (facts, text, problem) => {
    expect(valueProblem(column(facts), text)).toBe(problem);
  });
});

describe('a date', () => {
  it('is a moment, or none', () => {
    expect(timeOf('29-Feb-2024')).toBe(Date.UTC(2024, 1, 29));
    expect(timeOf('29-Feb-2023')).toBeNaN();
    expect(timeOf('')).toBeNaN();
  });
});
