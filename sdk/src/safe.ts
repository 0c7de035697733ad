// Text that may leave a job's process. Nothing taken from a data row ever does, so text is not trusted
// because somebody says it is harmless: each kind has a form, text of another form is withheld, and the
// host's runtime checks the form again when the text crosses the process boundary.

const BRAND = Symbol.for('@bfd-host/safe-text');

export type SafeKind = 'name' | 'file' | 'timestamp';

/** Text that may leave, made by {@link safe}. */
export interface SafeText {
  readonly kind: SafeKind;
  readonly value: string;
  toString(): string;
  toJSON(): string;
}

/** Numbers and booleans as they are; text only as {@link SafeText}. */
export type SafeValue = number | boolean | null | SafeText;
/** Fields of a log line or an error, by name. */
export type SafeFields = Readonly<Record<string, SafeValue>>;

/**
 * A string literal. The compiler refuses text put together at run time, of type `string` or like
 * `claim ${string}`: only of such types can an object have no property by that name.
 */
export type Constant<T extends string> =
  Record<never, never> extends Record<T, unknown> ? never : T;

export const WITHHELD = '(withheld)';

const NAME = /^[A-Za-z][A-Za-z0-9_.:*-]{0,127}$/;
const DIGIT_RUN = /\d{5,}/;
const MBI = /[1-9][A-Z][A-Z0-9]\d-?[A-Z][A-Z0-9]\d-?[A-Z]{2}\d{2}/i;
// A social security number or a date, with whatever stands between its parts.
const SPLIT_NUMBER = /\d{3}[-_.:*]\d\d[-_.:*]\d{4}|\d{4}[-_.:*]\d\d[-_.:*]\d\d/;
const PERSONAL = [DIGIT_RUN, MBI, SPLIT_NUMBER];
// Of this century: a moment before it is somebody's date of birth that was made a moment.
const TIMESTAMP = /^2\d{3}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/;

// A file name is shown word by word, and only words of this list, short numbers and single letters: a name
// made up elsewhere can hold a person's name or number, and no pattern tells one from a harmless word.
const FILE_WORDS = new Set(
  `a and backslash bcarrier bene beneficiaries beneficiary beneficiaryhistory bfd carrier ccw character claim claims
   code csv data dc deletes dme done drg end entries events export failed final fiss four geo gz hha history
   hospice incoming insert inserts inpatient lines list load manifest manifestlist manifest_list mbi mcs
   medicare multiple ndjson new outpatient part partd pde random rda reference rif sample same set sequence
   snf state synthea synthetic test txt update updates with without xml year json`.split(/\s+/),
);

/** What {@link SafeText} shows for a value: the value itself, or as much of it as its kind allows. */
export function safeForm(kind: SafeKind, value: string): string {
  switch (kind) {
    case 'name':
      return NAME.test(value) && !PERSONAL.some((form) => form.test(value)) ? value : WITHHELD;
    case 'timestamp':
      return TIMESTAMP.test(value) ? value : WITHHELD;
    case 'file':
      return safeFile(value.slice(0, 512));
  }
}

const FILE_WORD = /[^-_./]+/g;
const SHORT = /^([A-Za-z]|\d{1,4})$/;
const MOST_SHORT_CHARACTERS = 6;
// `123-45-6789` and `1941/12/07` have no long number in them, and are one.
const NUMBERS_IN_A_ROW = /(?<![^-_./])\d+([-_./]+\d+)+(?![^-_./])/g;

function safeFile(key: string): string {
  // Data sets are folders named by their moment.
  const moments: string[] = [];
  const rest = key
    .split('/')
    .map((part) => (TIMESTAMP.test(part) ? `\0${moments.push(part) - 1}` : part))
    .join('/')
    .replace(NUMBERS_IN_A_ROW, safeNumbers);
  const isKnown = (word: string) => FILE_WORDS.has(word.toLowerCase());
  const short = (rest.match(FILE_WORD) ?? []).filter((word) => SHORT.test(word) && !isKnown(word));
  // Single letters and digits spell out anything, if there are enough of them.
  const isSpelling = short.join('').length > MOST_SHORT_CHARACTERS;
  return rest.replace(FILE_WORD, (word) => {
    if (word.startsWith('\0')) return moments[Number(word.slice(1))] ?? '*';
    return isKnown(word) || (SHORT.test(word) && !isSpelling) ? word : '*';
  });
}

function safeNumbers(numbers: string): string {
  return numbers.replace(/\D/g, '').length > 4 ? numbers.replace(/\d+/g, '*') : numbers;
}

function make(kind: SafeKind, text: string): SafeText {
  const value = safeForm(kind, text);
  const safe = { kind, value, toString: () => value, toJSON: () => value };
  Object.defineProperty(safe, BRAND, { value: true });
  return Object.freeze(safe);
}

export function isSafeText(value: unknown): value is SafeText {
  return typeof value === 'object' && value !== null && BRAND in value;
}

/**
 * Makes text that may be logged or put into an error. What does not have the form of its kind is shown as
 * `(withheld)`, or `*` for a word of a file name.
 *
 * @example
 * log.info('data set found', { dataSet: safe.timestamp('2024-03-06T12:00:00Z') });
 */
export const safe = {
  /**
   * A name from code or schema: a table, a column, a type. No run of five digits, no date, no identifier of a person; and
   * when it leaves the job's process, each of its words must be written in the bundle.
   */
  name: (text: string): SafeText => make('name', text),
  /**
   * A file name or key, word by word: known words, years and short numbers are shown, other words are `*`.
   * Numbers that follow each other are shown if they have four digits together, single letters if they are few.
   */
  file: (text: string): SafeText => make('file', text),
  /**
   * An ISO 8601 moment of this century, with time and zone. Withheld are bare dates, and a `Date` at midnight: that is how
   * the database's driver hands over a date, such as one of birth.
   */
  timestamp: (moment: string | Date): SafeText =>
    make('timestamp', typeof moment === 'string' ? moment.trim() : momentOf(moment)),
} as const;

const DAY_MS = 86_400_000;

function momentOf(date: Date): string {
  const text = Number.isNaN(date.getTime()) ? WITHHELD : date.toISOString();
  const ofDay = [date.getHours(), date.getMinutes(), date.getSeconds(), date.getMilliseconds()];
  const isDay = date.getTime() % DAY_MS === 0 || ofDay.every((part) => part === 0);
  return isDay ? WITHHELD : text;
}
