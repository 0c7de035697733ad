// The search for canaries: as they are, and in the forms in which text gets from one place to another.

import type { Canary } from './people.ts';

export interface Leak {
  readonly canary: Canary;
  /** How it was written there. */
  readonly form: string;
  /** Byte where it begins. */
  readonly at: number;
}

interface Needle {
  readonly canary: Canary;
  readonly form: string;
  /** Bytes as characters, in lower case. */
  readonly bytes: string;
}

const GRAM = 6;

export class CanarySearch {
  readonly #whole = new Map<string, Needle[]>();
  readonly #joined = new Map<string, Needle[]>();

  constructor(canaries: readonly Canary[]) {
    for (const canary of canaries) {
      for (const [form, bytes] of formsOf(canary)) index(this.#whole, { canary, form, bytes });
      const bare = joined(utf8(canary.text));
      if (bare.length >= 8) index(this.#joined, { canary, form: 'split', bytes: bare });
    }
  }

  /** All canaries in these bytes, each once. */
  leaksIn(bytes: Buffer): Leak[] {
    const found = new Map<Canary, Leak>();
    const text = bytes.toString('latin1').toLowerCase();
    scan(text, this.#whole, (needle, at) => {
      const isNumber = /^\d+$/.test(needle.bytes);
      if (isNumber && !standsAlone(text, at, needle.bytes.length)) return;
      if (!found.has(needle.canary)) found.set(needle.canary, { ...needle, at });
    });
    // Signs between the parts may be others than ours: 123/45/6789, 1E-G4-T…
    const parts = splitBySigns(text);
    scan(parts.text, this.#joined, (needle, at) => {
      const from = parts.offsets[at] ?? 0;
      const to = (parts.offsets[at + needle.bytes.length - 1] ?? 0) + 1;
      // Far apart they belong to different things; a number must not be a piece of a longer one.
      if (to - from > 2 * needle.bytes.length || !standsAlone(text, from, to - from)) return;
      if (!found.has(needle.canary)) found.set(needle.canary, { ...needle, at: from });
    });
    return [...found.values()];
  }
}

/** The ways in which a canary may be written. */
function* formsOf({ text, kind }: Canary): Generator<[string, string]> {
  yield ['plain', utf8(text)];
  yield [
    'JSON',
    utf8(
      JSON.stringify(text)
        .slice(1, -1)
        .replace(/[^ -~]/g, escapedUnit),
    ),
  ];
  yield ['percent-encoded', utf8(encodeURIComponent(text))];
  yield ['form-encoded', utf8(new URLSearchParams({ x: text }).toString().slice(2))];
  yield ['without accents', utf8(text.normalize('NFD').replace(/\p{M}/gu, ''))];
  yield ['HTML', utf8(text.replaceAll("'", '&#39;'))];
  yield ['HTML', utf8(text.replaceAll("'", '&apos;'))];
  yield ['hexadecimal', Buffer.from(text).toString('hex')];
  yield ['UTF-16LE', Buffer.from(text, 'utf16le').toString('latin1')];
  yield ['UTF-16BE', Buffer.from(text, 'utf16le').swap16().toString('latin1')];
  yield ['Latin-1', Buffer.from(text, 'latin1').toString('latin1')];
  yield ['base64', Buffer.from(text).toString('base64').replace(/=+$/, '')];
  for (const shift of [1, 2]) yield ['base64', shiftedBase64(text, shift)];
  const digits = text.replace(/\D/g, '');
  if (digits.length >= 8) yield ['digits', digits];
  if (kind === 'born') yield* formsOfDate(text);
}

function* formsOfDate(iso: string): Generator<[string, string]> {
  const date = new Date(`${iso}T00:00:00Z`);
  const [year = '', month = '', day = ''] = iso.split('-');
  const name = date.toLocaleString('en', { month: 'short', timeZone: 'UTC' });
  yield ['date', `${day}-${name}-${year}`];
  yield ['date', `${month}/${day}/${year}`];
  yield ['date', `${day}/${month}/${year}`];
  yield ['date', `${day}.${month}.${year}`];
  yield ['date', `${name} ${day} ${year}`];
  yield ['milliseconds', String(Math.abs(date.getTime()))];
  yield ['seconds', String(Math.abs(date.getTime()) / 1000)];
}

/** What stands in the base64 of a longer text that holds this one: the characters it decides alone. */
function shiftedBase64(text: string, before: number): string {
  const bytes = Buffer.from(text);
  const encoded = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
  const whole = Math.floor(((before + bytes.length) * 8) / 6);
  return encoded.slice(Math.ceil((before * 8) / 6), whole);
}

function escapedUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

const utf8 = (text: string): string => Buffer.from(text).toString('latin1');
const joined = (text: string): string => splitBySigns(text.toLowerCase()).text;

function index(needles: Map<string, Needle[]>, needle: Needle): void {
  const bytes = needle.bytes.toLowerCase();
  const gram = bytes.slice(0, GRAM);
  if (gram.length < GRAM) throw new RangeError(`too short to search for: ${needle.form}`);
  const same = needles.get(gram) ?? [];
  if (same.some((each) => each.bytes === bytes && each.canary === needle.canary)) return;
  needles.set(gram, [...same, { ...needle, bytes }]);
}

function scan(
  text: string,
  needles: ReadonlyMap<string, readonly Needle[]>,
  onFound: (needle: Needle, at: number) => void,
): void {
  for (let at = 0; at + GRAM <= text.length; at++) {
    for (const needle of needles.get(text.slice(at, at + GRAM)) ?? []) {
      if (text.startsWith(needle.bytes, at)) onFound(needle, at);
    }
  }
}

// A number that is a piece of a longer one, such as of a time in nanoseconds, is not ours.
function standsAlone(text: string, from: number, length: number): boolean {
  const isDigit = (at: number) => /\d/.test(text.charAt(at));
  return (
    !(isDigit(from) && isDigit(from - 1)) && !(isDigit(from + length - 1) && isDigit(from + length))
  );
}

/** Letters and digits alone, and where each of them stood. */
function splitBySigns(text: string): { text: string; offsets: Uint32Array } {
  const kept = new Uint32Array(text.length);
  let length = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    const isKept =
      (code >= 48 && code <= 57) ||
      (code >= 97 && code <= 122) ||
      (code >= 65 && code <= 90) ||
      code >= 128;
    if (isKept) kept[length++] = at;
  }
  const offsets = kept.slice(0, length);
  let joinedText = '';
  for (let from = 0; from < length; from += 8192) {
    joinedText += String.fromCharCode(
      ...Array.from(offsets.subarray(from, from + 8192), (at) => text.charCodeAt(at)),
    );
  }
  return { text: joinedText, offsets };
}
