/** How numbers are written in a field. */

const TWO_DIGITS = Array.from({ length: 100 }, (_, number) => String(number).padStart(2, '0'));

/** Money is counted in whole cents, so that sums are exact. */
export type Cents = number;

/** @example money(70_420); // '704.20' */
export function money(cents: Cents): string {
  const whole = Math.floor(cents / 100);
  return `${whole}.${TWO_DIGITS[cents - whole * 100]}`;
}

/** A number from 0 to 99 with two digits. */
export function twoDigits(number: number): string {
  return TWO_DIGITS[number] ?? String(number);
}

/** A number with leading zeros. */
export function digits(number: number, width: number): string {
  return String(number).padStart(width, '0');
}
