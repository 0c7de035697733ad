/** Text of a message field, checked and made ready for PostgreSQL. What is wrong with it is a constant text. */

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const DAYS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/**
 * A date as `yyyy-MM-dd`; `undefined` if it is none.
 *
 * @param text - `yyyy-MM-dd`, or by its length `yyyyMMdd` (8) or `dd-MMM-yyyy` (11)
 */
export function dateText(text: string): string | undefined {
  const form =
    text.length === 8
      ? /^(?<year>\d{4})(?<month>\d\d)(?<day>\d\d)$/
      : text.length === 11
        ? /^(?<day>\d\d)-(?<name>[A-Za-z]{3})-(?<year>\d{4})$/
        : /^(?<year>\d{4})-(?<month>\d\d)-(?<day>\d\d)$/;
  const parts = form.exec(text)?.groups;
  if (!parts) return undefined;
  const { year = '', day = '', name } = parts;
  const month =
    name === undefined ? Number(parts['month']) : MONTHS.indexOf(name.toUpperCase()) + 1;
  if (!isDate(Number(year), month, Number(day))) return undefined;
  return `${year}-${String(month).padStart(2, '0')}-${day}`;
}

function isDate(year: number, month: number, day: number): boolean {
  const isLeap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  const last = month === 2 && !isLeap ? 28 : (DAYS[month - 1] ?? 0);
  return year >= 1 && day >= 1 && day <= last;
}

const TIMESTAMP =
  /^(?<date>\d{4}-\d\d-\d\d)T(?<hour>\d\d):(?<minute>\d\d)(:(?<second>\d\d)([.,]\d{1,9})?)?(Z|[+-](0\d|1[0-8]):[0-5]\d)$/i;

/** Whether a text is an ISO 8601 time with its offset, as PostgreSQL takes it. */
export function isTimestamp(text: string): boolean {
  const { date = '', hour, minute, second = '0' } = TIMESTAMP.exec(text)?.groups ?? {};
  return dateText(date) === date && Number(hour) < 24 && Number(minute) < 60 && Number(second) < 60;
}

// Bounded, so that PostgreSQL's own limits are never met.
const AMOUNT =
  /^[+-]?(?=\.?\d)(?<whole>\d{0,99})(\.(?<fraction>\d{0,99}))?([eE](?<exponent>[+-]?\d{1,3}))?$/;

/**
 * What is wrong with a decimal text for a `numeric(precision, scale)`; `undefined` if nothing is. More digits
 * after the point than `scale` are rounded by PostgreSQL, which can carry: 99999.999 does not fit (7,2).
 */
export function amountProblem(
  text: string,
  precision: number,
  scale: number,
): 'invalid amount' | 'is too large' | undefined {
  const parts = AMOUNT.exec(text)?.groups;
  if (!parts) return 'invalid amount';
  const { whole = '', fraction = '', exponent = '0' } = parts;
  const digits = (whole + fraction).replace(/^0+/, '');
  if (digits === '') return undefined;
  // Digits before the point once the exponent is applied; negative for 0.00…
  const places = digits.length - fraction.length + Number(exponent);
  if (places > precision - scale) return 'is too large';
  const rounds = digits.slice(0, Math.max(0, places + scale));
  const isAllNines = places === precision - scale && /^9+$/.test(rounds);
  return isAllNines && Number(digits[places + scale] ?? 0) >= 5 ? 'is too large' : undefined;
}

/** PostgreSQL has no text with a zero byte in it. */
export function canBeStored(text: string): boolean {
  return !text.includes('\0');
}
