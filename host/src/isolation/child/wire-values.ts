// Values of a job on their way out: numbers that count or measure, booleans and safe text. Everything else becomes
// "(withheld)".

import { isSafeText, safeForm, WITHHELD } from '@bfd-host/sdk/runtime';
import type { BundleText } from '../bundle-text.ts';
import { isKnownName } from '../known-names.ts';
import type { WireFields, WireSafeText } from '../protocol.ts';
import { isQuantity } from '../quantities.ts';
import { dataProperty, ownKeys } from './private.ts';

const MOST_FIELDS = 32;
const HIDDEN: WireSafeText = { kind: 'name', value: WITHHELD };

interface OutgoingFields {
  readonly fields: WireFields;
  /** How many had a name that is not in the bundle, or were too many. */
  readonly dropped: number;
  /** Names of those whose values cannot be proved safe. */
  readonly unsafe: readonly string[];
}

/** Fields with a name of the bundle. */
export function wireFields(given: unknown, bundle: BundleText): OutgoingFields {
  if (typeof given !== 'object' || given === null) return { fields: [], dropped: 0, unsafe: [] };
  const fields: WireFields = [];
  const unsafe: string[] = [];
  const names = ownKeys(given);
  for (const name of names) {
    if (fields.length === MOST_FIELDS) break;
    if (name.length > 64 || !bundle.hasWord(name)) continue;
    const value = wireValue(name, dataProperty(given, name), bundle);
    if (value === undefined) unsafe.push(name);
    fields.push([name, value === undefined ? HIDDEN : value]);
  }
  return { fields, dropped: names.length - fields.length, unsafe };
}

function wireValue(
  name: string,
  value: unknown,
  bundle: BundleText,
): WireFields[number][1] | undefined {
  if (value === null || typeof value === 'boolean') return value;
  if (typeof value !== 'number') return wireText(value, bundle);
  if (!Number.isFinite(value)) return null;
  return isQuantity(name, value) ? value : undefined;
}

/** Safe text with its form looked at again, since the object may have been made otherwise than by `safe`. */
export function wireText(value: unknown, bundle: BundleText): WireSafeText | undefined {
  const kind = dataProperty(value, 'kind');
  const text = dataProperty(value, 'value');
  if (typeof text !== 'string' || !isSafeText(value)) return undefined;
  if (kind !== 'name' && kind !== 'file' && kind !== 'timestamp') return undefined;
  if (kind === 'name' && !isKnownName(text, bundle)) return HIDDEN;
  return { kind, value: safeForm(kind, text) };
}
