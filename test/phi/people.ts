// People who do not exist, each with what must never leave a job: identifiers, names, dates, places. All of it looks as
// it does in Medicare data, each text is there once, and the same people come out each time.

/** A text that no sink may show. */
export interface Canary {
  readonly text: string;
  readonly kind: keyof Person;
  /** Whose it is: the name of the job that handles it. */
  readonly owner: string;
}

export interface Person {
  readonly mbi: string;
  readonly hicn: string;
  readonly ssn: string;
  readonly given: string;
  readonly surname: string;
  /** ISO date. */
  readonly born: string;
  readonly claim: string;
  readonly address: string;
  readonly npi: string;
  readonly phone: string;
}

/** The nth person. */
export function person(n: number): Person {
  const draw = drawer(n);
  const ssn = `9${digits(draw, 2)}-${10 + (n % 90)}-${pad(1000 + n, 4)}`;
  const street = `${2000 + ((n * 37) % 7000)} ${capital(word(draw, n))}${pick(draw, STREETS)}`;
  return {
    mbi: mbi(draw, n),
    hicn: `${ssn.replaceAll('-', '')}${pick(draw, ['A', 'B', 'C1', 'D', 'T', 'W'])}`,
    ssn,
    given: capital(`${word(draw, n)}${pick(draw, ['é', 'ia', 'ø', 'an', 'ñe'])}`),
    surname: `${pick(draw, ['', '', "O'", 'Mc', 'De'])}${capital(word(draw, n + 400))}${pick(draw, ['son', 'ström', 'wicz', 'ley'])}`,
    born: `${1921 + (n % 45)}-${pad(1 + (n % 12), 2)}-${pad(1 + ((n * 5) % 28), 2)}`,
    claim: `99${pad(n * 7919, 7)}${digits(draw, 4)}`,
    address: street,
    npi: npi(`1${pad(n * 104_729, 8).slice(-8)}`),
    phone: `(${201 + n}) 555-01${pad((n * 13) % 100, 2)}`,
  };
}

/** Everything about a person. */
export function canariesOf(owner: string, whose: Person): Canary[] {
  return (Object.keys(whose) as (keyof Person)[]).map((kind) => ({
    text: whose[kind],
    kind,
    owner,
  }));
}

// 1EG4-TE5-MK73: https://www.cms.gov/medicare/new-medicare-card/understanding-the-mbi-format.pdf
function mbi(draw: () => number, n: number): string {
  const letter = () => 'ACDEFGHJKMNPQRTUVWXY'[draw() % 20];
  const either = () => 'ACDEFGHJKMNPQRTUVWXY0123456789'[draw() % 30];
  const digit = () => draw() % 10;
  return `${1 + (draw() % 9)}${letter()}${either()}${digit()}${letter()}${either()}${digit()}${letter()}${letter()}${pad(n % 100, 2)}`;
}

/** With the check digit a provider's number has: Luhn, over 80840 and the number. */
function npi(nine: string): string {
  const sum = [...`80840${nine}`].reverse().reduce((total, each, index) => {
    const value = Number(each) * (index % 2 === 0 ? 2 : 1);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return `${nine}${(10 - (sum % 10)) % 10}`;
}

const ONSETS = [
  'br',
  'dov',
  'fl',
  'gr',
  'h',
  'jas',
  'k',
  'l',
  'mor',
  'n',
  'pr',
  'qu',
  'r',
  'sv',
  't',
];
const VOWELS = ['a', 'e', 'i', 'o', 'u', 'ai', 'eo'];
const CODAS = ['ld', 'm', 'nth', 'rk', 'sk', 'v', 'x', 'zz', 'lm', 'mb'];
const STREETS = [' Terrace', ' Hollow Road', 'wood Avenue', ' Creek Lane'];

/** A word nobody has written: its middle tells `n`, so each is there once. */
function word(draw: () => number, n: number): string {
  let middle = '';
  for (let rest = n + 150; rest > 0; rest = Math.floor(rest / ONSETS.length)) {
    middle += `${ONSETS[rest % ONSETS.length]}${pick(draw, VOWELS)}`;
  }
  return `${middle}${pick(draw, CODAS)}`;
}

function drawer(seed: number): () => number {
  let state = (seed + 1) * 2_654_435_761;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state >>> 8;
  };
}

function pick<T>(draw: () => number, from: readonly T[]): T {
  const picked = from[draw() % from.length];
  if (picked === undefined) throw new RangeError('nothing to pick from');
  return picked;
}

function digits(draw: () => number, count: number): string {
  return Array.from({ length: count }, () => draw() % 10).join('');
}

const pad = (value: number, width: number): string => String(value).padStart(width, '0');
const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
