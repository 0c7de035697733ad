/**
 * Identifiers that carry the marks of made-up data: they look like real ones to a parser and can belong to
 * nobody. Each is made of a number alone, so equal numbers give equal identifiers and others never do.
 */

// CMS leaves out S, L, O, I, B and Z, which are taken for digits.
// Source: "Understanding the Medicare Beneficiary Identifier (MBI) Format", CMS.
const MBI_LETTERS = 'ACDEFGHJKMNPQRTUVWXY';
const MBI_LETTERS_AND_DIGITS = `0123456789${MBI_LETTERS}`;
const MBI_DIGITS = '0123456789';

/** What each place of an MBI may hold. The second is always S, which no real MBI has anywhere. */
const MBI_PLACES = [
  '123456789',
  'S',
  MBI_LETTERS_AND_DIGITS,
  MBI_DIGITS,
  MBI_LETTERS,
  MBI_LETTERS_AND_DIGITS,
  MBI_DIGITS,
  MBI_LETTERS,
  MBI_LETTERS,
  MBI_DIGITS,
  MBI_DIGITS,
];

/** How many MBIs there are. */
export const MBI_CAPACITY = MBI_PLACES.reduce((product, choices) => product * choices.length, 1);

/**
 * The MBI of a number from 0 to {@link MBI_CAPACITY} - 1.
 *
 * @example
 * mbi(0); // '1S00A00AA00'
 */
export function mbi(number: number): string {
  let rest = number;
  let text = '';
  for (let place = MBI_PLACES.length - 1; place >= 0; place--) {
    const choices = MBI_PLACES[place] ?? '';
    text = choices.charAt(rest % choices.length) + text;
    rest = Math.floor(rest / choices.length);
  }
  return text;
}

// The lower half has been given to the people that Synthea makes, whose data may share a database with this.
const FIRST_HICN = 50_000_000;

/** How many HICNs there are. */
export const HICN_CAPACITY = 50_000_000;

/**
 * Letters a HICN may end in, which say whose work the insurance comes from: one's own (A), a husband's or
 * wife's (B, D when dead), a parent's (C).
 */
export const HICN_LETTERS = ['A', 'D', 'B', 'C'] as const;

export type HicnLetter = (typeof HICN_LETTERS)[number];

/**
 * The HICN of a number from 0 to {@link HICN_CAPACITY} - 1: a T, eight digits, and a letter.
 *
 * @example
 * hicn(0); // 'T50000000A'
 */
export function hicn(number: number, letter: HicnLetter = HICN_LETTERS[0]): string {
  return `T${FIRST_HICN + number}${letter}`;
}

/** NPI of a made-up physician, 0 to 9,999. Real ones begin with 1 or 2. */
export function physicianNpi(number: number): number {
  return 9_999_900_000 + number;
}

/** NPI of a made-up organisation, 0 to 9,999. */
export function organisationNpi(number: number): number {
  return 8_888_000_000 + number;
}
