/**
 * Made-up claims. The layout says what a field may hold, so what is made up can be stored; nothing in it is about a
 * person: names are letters, MBIs have the letter S in second place, which no real one has.
 */

import type { ClaimLayout, Column, RowLayout } from '../layout/layout.ts';
import {
  type ClaimChange,
  type FieldType,
  type MessageType,
  messageType,
  PACKAGE,
} from '../protocol/protocol.ts';
import { Random } from './random.ts';

export interface RandomClaimsOptions {
  readonly seed: number;
  /** Claims the messages are about; as many as there are messages if absent. */
  readonly claims?: number;
  /** Persons the claims are about. */
  readonly beneficiaries: number;
  /** Each nth message is a DELETE; none if absent. */
  readonly deleteEvery?: number;
  /** Day the dates lie before, `yyyy-MM-dd`. */
  readonly today: string;
}

type Draft = Record<string, unknown>;
type Fill = (draft: Draft, random: Random) => void;

/** With many fields, so a hash table from the start: see `protocol/wire.ts`. */
const newDraft = (): Draft => Object.create(null);

const LETTERS = 'bcdfghjklmnpqrstvwxz';
const DIGITS = '0123456789';
const DAY_MS = 86_400_000;
const DATE_DAYS = 180;
const MOST_CHILDREN = 5;
/** Texts without a limit need one here. */
const LONGEST_TEXT = 40;

/** Makes the nth message. */
export class RandomClaims {
  readonly #layout: ClaimLayout;
  readonly #options: RandomClaimsOptions;
  readonly #fillClaim: Fill;
  readonly #children: readonly {
    readonly field: string;
    readonly fill: Fill;
    readonly number: NumberElement;
  }[];
  readonly #source: Draft;
  readonly #timestamp: Draft;

  constructor(layout: ClaimLayout, options: RandomClaimsOptions) {
    const proto = `${PACKAGE}.${layout.type.toLowerCase()}`;
    const today = Date.parse(options.today);
    const dates = Array.from({ length: DATE_DAYS }, (_, days) => dayText(today - days * DAY_MS));
    const fillOf = (row: RowLayout) => fillRow(row, messageType(`${proto}.${row.message}`), dates);
    this.#layout = layout;
    this.#options = options;
    this.#fillClaim = fillOf(layout);
    this.#children = layout.children.map((child) => ({
      field: child.field,
      fill: fillOf(child),
      number: numberOf(child),
    }));
    this.#source = {
      phase: 'P1',
      phase_seq_num: 1,
      extract_date: dayText(today - 2 * DAY_MS),
      transmission_timestamp: new Date(today - DAY_MS).toISOString(),
    };
    this.#timestamp = { seconds: String(today / 1000), nanos: 0 };
  }

  /** @param sequence - from 1 */
  message(sequence: number): ClaimChange {
    const { seed, claims, deleteEvery } = this.#options;
    const random = new Random(seed, sequence);
    const number = claims === undefined ? sequence : random.below(claims) + 1;
    const keys = this.#keys(number);
    const isDelete = deleteEvery !== undefined && sequence % deleteEvery === 0;
    return {
      timestamp: this.#timestamp,
      seq: String(sequence),
      change_type: isDelete ? 'CHANGE_TYPE_DELETE' : 'CHANGE_TYPE_UPDATE',
      source: this.#source,
      ...keys.change,
      ...(isDelete ? {} : { claim: Object.assign(this.#claim(random), keys.claim) }),
    };
  }

  #claim(random: Random): Draft {
    const claim = newDraft();
    this.#fillClaim(claim, random);
    if (random.isTrue(0.8)) {
      claim[this.#layout.mbi] = mbiOf(random.below(this.#options.beneficiaries));
    }
    for (const { field, fill, number } of this.#children) {
      const elements = Array.from({ length: random.below(MOST_CHILDREN + 1) }, (_, index) => {
        const element = newDraft();
        fill(element, random);
        number(element, index + 1);
        return element;
      });
      if (elements.length > 0) claim[field] = elements;
    }
    return claim;
  }

  #keys(number: number): { readonly change: Draft; readonly claim: Draft } {
    const id = String(number).padStart(10, '0');
    switch (this.#layout.type) {
      case 'FISS': {
        const keys = { dcn: `2${id}`, intermediary_nb: '00001', rda_claim_key: `${id}id` };
        return { change: keys, claim: keys };
      }
      case 'MCS':
        return { change: { icn: `2${id}` }, claim: { idr_clm_hd_icn: `2${id}` } };
    }
  }
}

type NumberElement = (element: Draft, position: number) => void;

/** Numbers an element, in whichever of its messages the number stands. */
function numberOf({ columns, position }: ClaimLayout['children'][number]): NumberElement {
  const sources = columns.find(({ name }) => name === position)?.sources ?? [];
  return (element, number) => {
    for (const source of sources) {
      const [outer = '', inner] = source.split('.');
      const holder = inner === undefined ? element : element[outer];
      // The cast: what a draft holds under the name of a message is a draft.
      if (holder !== undefined) (holder as Draft)[inner ?? outer] = number;
    }
  };
}

function fillRow({ columns }: RowLayout, type: MessageType, dates: readonly string[]): Fill {
  const kinds = [...new Set(columns.flatMap(({ sources }) => sources.flatMap(outerOf)))];
  const plain = columns.map((column) => fillColumn(column, type, undefined, dates));
  const ofKind = new Map(
    kinds.map((kind) => [kind, columns.map((column) => fillColumn(column, type, kind, dates))]),
  );
  return (draft, random) => {
    for (const fill of plain) fill?.(draft, random);
    if (kinds.length === 0) return;
    const kind = random.of(kinds);
    const inner = newDraft();
    draft[kind] = inner;
    for (const fill of ofKind.get(kind) ?? []) fill?.(inner, random);
  };
}

function outerOf(source: string): string[] {
  return source.includes('.') ? [source.slice(0, source.indexOf('.'))] : [];
}

/** Fills one column's field in the message itself, or in the one it has under the name `kind`. */
function fillColumn(
  column: Column,
  type: MessageType,
  kind: string | undefined,
  dates: readonly string[],
): Fill | undefined {
  if (['parent', 'set', 'which', 'small', 'base64'].includes(column.rule)) return undefined;
  const owner = kind === undefined ? type : innerType(type, kind);
  const names = column.sources
    .filter((source) => outerOf(source)[0] === kind)
    .map((source) => source.slice(source.indexOf('.') + 1));
  const makers = names
    .flatMap((name) => fieldsOf(name, owner))
    .map((field) => ({ field: field.name, make: makerOf(field, column, dates) }));
  if (makers.length === 0) return undefined;
  const share = column.isRequired ? 1 : 0.6;
  return (draft, random) => {
    if (!random.isTrue(share)) return;
    const { field, make } = random.of(makers);
    draft[field] = make(random);
  };
}

function innerType(type: MessageType, field: string): MessageType {
  const kind = type.fields.get(field)?.kind;
  if (kind?.is !== 'message') throw new Error(`${type.name}.${field} is no message`);
  return kind.message;
}

function fieldsOf(name: string, type: MessageType): FieldType[] {
  const field = type.fields.get(name);
  if (field) return [field];
  return [`${name}_enum`, `${name}_unrecognized`].flatMap((each) => type.fields.get(each) ?? []);
}

function makerOf(
  { kind }: FieldType,
  { rule, sqlType }: Column,
  dates: readonly string[],
): (random: Random) => unknown {
  if (kind.is === 'enum') {
    const values = [...kind.values.texts.keys()];
    return (random) => random.of(values);
  }
  switch (rule) {
    case 'date':
      return (random) => random.of(dates);
    case 'amount':
      return (random) => `${random.below(99_999)}.${random.text(DIGITS, 2)}`;
    case 'integer':
      return (random) => random.below(10_000);
    default: {
      const most = Math.min(lengthOf(sqlType), LONGEST_TEXT);
      return (random) => random.text(LETTERS, 1 + random.below(most));
    }
  }
}

function lengthOf(sqlType: string): number {
  return Number(/\((\d+)\)/.exec(sqlType)?.[1] ?? LONGEST_TEXT);
}

/** In CMS's format but for the S, which marks it as synthetic: 1S00E00AA00, 1S00E00AA01 and so on. */
function mbiOf(person: number): string {
  const rest = Math.floor(person / 100);
  const letters = 'ACDEFGHJKMNPQRTUVWXY';
  const letter = (at: number) => letters[Math.floor(rest / 20 ** at) % 20];
  const digit = (at: number) => Math.floor(rest / 400 / 10 ** at) % 10;
  return `1S${digit(3)}${digit(2)}E${digit(1)}${digit(0)}${letter(1)}${letter(0)}${String(person % 100).padStart(2, '0')}`;
}

function dayText(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}
