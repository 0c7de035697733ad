// Made-up people nobody could mistake for anything else: whatever of them turns up where it must not, was told.

import { randomInt } from 'node:crypto';

/** Makes values of made-up people and remembers them. */
export interface Canaries {
  /** A surname: letters only, so that it also passes for the name of a table. */
  name(): string;
  /** A Medicare Beneficiary Identifier. */
  mbi(): string;
  /** A social security number, with dashes. */
  ssn(): string;
  /** A number of nine digits, as text. */
  number(): string;
  /** A date of birth. */
  date(): string;
  /** A line of text with a name in it. */
  text(): string;
  /** All made so far. */
  readonly all: readonly string[];
}

export function canaries(): Canaries {
  const all: string[] = [];
  const note = (value: string): string => {
    all.push(value);
    return value;
  };
  const name = () => note(`Zz${letters(10)}`);
  return {
    all,
    name,
    mbi: () => note(`1${upper()}${upper()}9${upper()}${upper()}9${upper()}${upper()}${digits(2)}`),
    ssn: () => note(`9${digits(2)}-${digits(2)}-${digits(4)}`),
    number: () => note(`9${digits(8)}`),
    date: () => note(`190${randomInt(1, 10)}-0${randomInt(1, 10)}-1${randomInt(0, 10)}`),
    text: () => `${name()} lives at the old mill`,
  };
}

/** The letters of an MBI: none that is taken for a digit. */
const LETTERS = 'ACDEFGHJKMNPQRTUVWXY';

const upper = () => LETTERS[randomInt(LETTERS.length)] ?? 'X';
const letters = (count: number) =>
  Array.from({ length: count }, () => upper().toLowerCase()).join('');
const digits = (count: number) => Array.from({ length: count }, () => randomInt(10)).join('');
