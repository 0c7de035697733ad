// Dates as the scanner takes them: `dd-MMM-yyyy` and `yyyyMMdd`, checked against the calendar, on bytes.

import { DIGIT, MINUS, ZERO } from './byte-classes.ts';

/**
 * The offset behind the date at `at`, or -1 if there is none.
 *
 * @example
 * plainDateEnd(Buffer.from('29-FEB-2024|'), 0); // 11
 */
export function plainDateEnd(bytes: Uint8Array, at: number): number {
  if (bytes[at + 2] === MINUS) {
    if (bytes[at + 6] !== MINUS) return -1;
    const day = digits(bytes, at, 2);
    const year = digits(bytes, at + 7, 4);
    return isDate(year, monthNamed(bytes, at + 3), day) ? at + 11 : -1;
  }
  const year = digits(bytes, at, 4);
  const month = digits(bytes, at + 4, 2);
  return isDate(year, month, digits(bytes, at + 6, 2)) ? at + 8 : -1;
}

/** Whether the calendar has that day. Years are 1 to 9999, months 1 to 12. */
export function isDate(year: number, month: number, day: number): boolean {
  if (year < 1 || month < 1 || month > 12 || day < 1) return false;
  if (day <= 28) return true;
  if (month === 2) return day === 29 && isLeapYear(year);
  const has30 = month === 4 || month === 6 || month === 9 || month === 11;
  return day <= (has30 ? 30 : 31);
}

function isLeapYear(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

/** The number that `count` digits at `at` make; very negative if one of them is no digit. */
function digits(bytes: Uint8Array, at: number, count: number): number {
  let value = 0;
  for (let i = at; i < at + count; i++) {
    const byte = bytes[i] ?? 0;
    if (DIGIT[byte] !== 1) return -1_000_000;
    value = value * 10 + byte - ZERO;
  }
  return value;
}

/** 1 to 12 for an English month's three letters in any case, else 0. */
function monthNamed(bytes: Uint8Array, at: number): number {
  const [first = 0, second = 0, third = 0] = [bytes[at], bytes[at + 1], bytes[at + 2]];
  // Bit 0x20 makes a letter lower case, and makes no letter of another byte but an upper-case one.
  switch (((first | 0x20) << 16) | ((second | 0x20) << 8) | third | 0x20) {
    case 0x6a616e:
      return 1;
    case 0x666562:
      return 2;
    case 0x6d6172:
      return 3;
    case 0x617072:
      return 4;
    case 0x6d6179:
      return 5;
    case 0x6a756e:
      return 6;
    case 0x6a756c:
      return 7;
    case 0x617567:
      return 8;
    case 0x736570:
      return 9;
    case 0x6f6374:
      return 10;
    case 0x6e6f76:
      return 11;
    case 0x646563:
      return 12;
    default:
      return 0;
  }
}
