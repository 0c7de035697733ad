// The host's own look at what a job's process says. The child gates its text already, but code of a plugin runs
// there and can write to the channel; so nothing is shown because the other side says it is harmless.

import type { Outcome, Progress } from '@bfd-host/sdk';
import { type SafeKind, safeForm, WITHHELD } from '@bfd-host/sdk/runtime';
import type { BundleText } from './bundle-text.ts';
import { isKnownName } from './known-names.ts';
import type {
  ChildMessage,
  SafeLogLine,
  SpanData,
  WireFields,
  WireOutcome,
  WireSafeText,
  WireSpan,
} from './protocol.ts';
import { isQuantity } from './quantities.ts';
import { isVersion } from './safe-codes.ts';
import { isKnownSpanAttribute, isKnownSpanName } from './span-rules.ts';

type Said<T extends ChildMessage['type']> = Extract<ChildMessage, { type: T }>;

/** Text that the author did not write, where only such text may be: the process is not to be trusted. */
export class ForgedTextError extends Error {
  readonly what: string;

  constructor(what: string) {
    super(what);
    this.what = what;
  }
}

/** {@link safeForm} of what a message carries; of a name, also that its words are the author's. */
export function shownText({ kind, value }: WireSafeText, bundle: BundleText): string {
  if (kind === 'name' && !isKnownName(value, bundle)) return WITHHELD;
  return safeForm(kind satisfies SafeKind, value);
}

export class MessageGate {
  readonly #bundle: BundleText;

  constructor(bundle: BundleText) {
    this.#bundle = bundle;
  }

  /** Fields with a name of the bundle; a field of another name is forged. */
  fields(wire: WireFields): Record<string, string | number | boolean | null> {
    const shown: Record<string, string | number | boolean | null> = {};
    for (const [name, value] of wire) {
      if (!this.#bundle.hasWord(name)) throw new ForgedTextError('the name of a field');
      shown[name] = this.#shown(name, value);
    }
    return shown;
  }

  log({ level, message, fields }: Said<'log'>): SafeLogLine {
    if (message !== undefined && !this.#bundle.hasLiteral(message)) {
      throw new ForgedTextError('the message of a log line');
    }
    return { level, message: message ?? WITHHELD, fields: this.fields(fields) };
  }

  progress({ done, total, unit, label, rows, part }: Said<'progress'>): Omit<Progress, 'label'> & {
    readonly label?: string;
  } {
    if (unit !== 'items' && !this.#bundle.hasWord(unit)) throw new ForgedTextError('a unit');
    return {
      done,
      unit,
      ...(total === undefined ? {} : { total }),
      ...(label === undefined ? {} : { label: shownText(label, this.#bundle) }),
      ...(rows === undefined ? {} : { rows }),
      ...(part === undefined ? {} : { part }),
    };
  }

  outcome(wire: WireOutcome): Outcome {
    const version = wire.version;
    if (version !== undefined && !isVersion(version, this.#bundle))
      throw new ForgedTextError('a version');
    const told = version === undefined ? {} : { version };
    if (wire.kind === 'nothing-to-do') return { kind: wire.kind, ...told };
    for (const [name, count] of wire.counts) {
      if (!this.#bundle.hasWord(name)) throw new ForgedTextError('the name of a count');
      if (!isQuantity(name, count)) throw new ForgedTextError('a count');
    }
    return { kind: wire.kind, counts: Object.fromEntries(wire.counts), ...told };
  }

  activity(text: string): string {
    const isKnown = this.#bundle.hasLiteral(text) || isKnownSpanName(text, this.#bundle);
    return isKnown ? text : WITHHELD;
  }

  span(wire: WireSpan): SpanData {
    if (!isKnownSpanName(wire.name, this.#bundle)) throw new ForgedTextError('the name of a span');
    const attributes: Record<string, string | number | boolean> = {};
    for (const [name, value] of Object.entries(wire.attributes)) {
      if (!isKnownSpanAttribute(name, value, this.#bundle)) {
        throw new ForgedTextError('an attribute of a span');
      }
      attributes[name] = value;
    }
    const { parentSpanId, ...rest } = wire;
    return { ...rest, attributes, ...(parentSpanId === undefined ? {} : { parentSpanId }) };
  }

  #shown(name: string, value: WireFields[number][1]): string | number | boolean | null {
    if (typeof value === 'number') return isQuantity(name, value) ? value : WITHHELD;
    return typeof value === 'object' && value !== null ? shownText(value, this.#bundle) : value;
  }
}
