/** How numbers are written in a field. */

/** Money is counted in whole cents, so that sums are exact. */
export type Cents = number;

const TABLES = [1, 2, 3].map((width) =>
  Array.from({ length: 10 ** width }, (_, number) => String(number).padStart(width, '0')),
);

/** A number with leading zeros. From a table as far as one reaches: padding took more time than all the rest. */
export function digits(number: number, width: number): string {
  if (width > 3) {
    const front = Math.floor(number / 1000);
    return digits(front, width - 3) + digits(number - front * 1000, 3);
  }
  return TABLES[width - 1]?.[number] ?? String(number).padStart(width, '0');
}

/** @example money(70_420); // '704.20' */
export function money(cents: Cents): string {
  const whole = Math.floor(cents / 100);
  return `${whole}.${digits(cents - whole * 100, 2)}`;
}
