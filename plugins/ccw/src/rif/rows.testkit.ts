// For tests: files of any type, made from the layouts. The same seed makes the same bytes.

import { createHash } from 'node:crypto';
import {
  RIF_LAYOUTS,
  type RifColumn,
  type RifLayout,
  type RifType,
  rifHeader,
} from '@bfd-host/rif';

/** Numbers that look random, always the same ones for a seed. */
export class Random {
  #state: number;

  constructor(seed: string) {
    this.#state = createHash('sha256').update(seed).digest().readUInt32LE(0);
  }

  /** From 0 up to `bound`, not included. Mulberry32. */
  below(bound: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % bound;
  }

  chance(percent: number): boolean {
    return this.below(100) < percent;
  }

  pick<T>(values: readonly [T, ...T[]]): T {
    return values[this.below(values.length)] ?? values[0];
  }
}

export interface RowFacts {
  readonly action?: string;
  /** Text of columns by header name; the others get made-up values. */
  readonly values?: Readonly<Record<string, string>>;
}

const MONTHS = [
  'Jan',
  'FEB',
  'mar',
  'APR',
  'May',
  'JUN',
  'JUL',
  'AUG',
  'SEP',
  'OCT',
  'NOV',
  'DEC',
] as const;

/** A row's fields, in the order of the header, each right for its column. */
export function rowFields(type: RifType, random: Random, facts: RowFacts = {}): string[] {
  const layout = RIF_LAYOUTS[type];
  const columns = [...layout.columns, ...(layout.lines?.columns ?? [])];
  return [
    facts.action ?? 'INSERT',
    ...columns.map((column) => facts.values?.[column.rifName] ?? fieldText(column, random)),
  ];
}

/** A file of rows. */
export function fileText(type: RifType, rows: readonly (readonly string[])[]): string {
  return [rifHeader(RIF_LAYOUTS[type]), ...rows].map((row) => `${row.join('|')}\n`).join('');
}

/**
 * A file of claims with one to five lines each, or of records without lines.
 *
 * @param options.firstId - id of the first record; the others count up from it
 * @param options.beneficiaries - ids to take turns with
 */
export function recordsText(
  type: RifType,
  random: Random,
  options: {
    readonly records: number;
    readonly firstId: number;
    readonly action?: string;
    readonly beneficiaries?: readonly string[];
  },
): string {
  const layout = RIF_LAYOUTS[type];
  const rows: string[][] = [];
  for (let record = 0; record < options.records; record++) {
    const id = String(options.firstId + record);
    const { beneficiaries } = options;
    const beneficiary = beneficiaries?.[record % beneficiaries.length];
    const lines = layout.lines ? 1 + random.below(5) : 1;
    const shared = rowFields(type, random, { values: keys(layout, id, beneficiary) });
    for (let line = 1; line <= lines; line++) {
      const lineValues = layout.lines ? { [lineNumberName(layout)]: String(line) } : {};
      const own = rowFields(type, random, {
        values: { ...keys(layout, id, beneficiary), ...lineValues },
      });
      rows.push([
        options.action ?? 'INSERT',
        ...shared.slice(1, layout.columns.length + 1),
        ...own.slice(layout.columns.length + 1),
      ]);
    }
  }
  return fileText(type, rows);
}

function keys(
  layout: RifLayout,
  id: string,
  beneficiary: string | undefined,
): Record<string, string> {
  return Object.fromEntries(
    layout.columns.flatMap(({ rifName, role }) => {
      if (role === 'key') return [[rifName, id]];
      return role === 'beneficiary' ? [[rifName, beneficiary ?? id]] : [];
    }),
  );
}

function lineNumberName(layout: RifLayout): string {
  return layout.lines?.columns.find(({ role }) => role === 'line-number')?.rifName ?? '';
}

function fieldText(column: RifColumn, random: Random): string {
  if (column.whenEmpty !== 'error' && random.chance(35)) return '';
  if (column.rifName === 'FINAL_ACTION') return random.pick(['F', 'N']);
  if (column.rifName === 'RFRNC_YR') return String(2010 + random.below(12));
  switch (column.kind) {
    case 'text':
      return letters(random, 1 + random.below(column.maxLength ?? 1));
    case 'char':
      return letters(random, 1).trim() || 'X';
    case 'date':
      return dateText(random);
    case 'timestamp':
      return `${dateText(random)} 12:30:00`;
    case 'integer':
      return `${random.pick(['', '-'])}${random.below(column.range === 'smallint' ? 9999 : 999_999)}`;
    case 'decimal':
      return decimalText(column, random);
  }
}

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ abcdefghijklmnopqrstuvwxyz0123456789-.,/&#';

function letters(random: Random, count: number): string {
  return Array.from({ length: count }, () => LETTERS[random.below(LETTERS.length)]).join('');
}

function dateText(random: Random): string {
  const [year, month, day] = [1990 + random.below(40), random.below(12), 1 + random.below(28)];
  const days = String(day).padStart(2, '0');
  if (random.chance(20)) return `${year}${String(month + 1).padStart(2, '0')}${days}`;
  return `${days}-${MONTHS[month]}-${year}`;
}

function decimalText({ precision = 9, scale = 3 }: RifColumn, random: Random): string {
  const whole = random.below(10 ** Math.min(precision - scale, 6));
  const fraction =
    scale > 0 && random.chance(70) ? `.${random.below(10 ** Math.min(scale, 4))}` : '';
  return `${random.pick(['', '', '-'])}${whole}${fraction}`;
}
