// Values of a job on their way out: numbers, booleans and safe text. Everything else becomes "(withheld)".

import { isSafeText, safeForm, WITHHELD } from '@bfd-host/sdk/runtime';
import type { BundleText } from '../bundle-text.ts';
import type { WireFields, WireSafeText } from '../protocol.ts';
import { dataProperty, ownKeys } from './private.ts';

const MOST_FIELDS = 32;
const HIDDEN: WireSafeText = { kind: 'name', value: WITHHELD };

/** Fields with a name of the bundle, and how many had another. */
export function wireFields(
  fields: unknown,
  bundle: BundleText,
): { fields: WireFields; dropped: number } {
  if (typeof fields !== 'object' || fields === null) return { fields: [], dropped: 0 };
  const wire: WireFields = [];
  const names = ownKeys(fields);
  for (const name of names) {
    if (wire.length === MOST_FIELDS) break;
    if (name.length <= 64 && bundle.hasWord(name))
      wire.push([name, wireValue(dataProperty(fields, name))]);
  }
  return { fields: wire, dropped: names.length - wire.length };
}

function wireValue(value: unknown): WireFields[number][1] {
  if (value === null || typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  return wireText(value) ?? HIDDEN;
}

/** Safe text with its form looked at again, since the object may have been made otherwise than by `safe`. */
export function wireText(value: unknown): WireSafeText | undefined {
  const kind = dataProperty(value, 'kind');
  const text = dataProperty(value, 'value');
  if (typeof text !== 'string' || !isSafeText(value)) return undefined;
  if (kind !== 'name' && kind !== 'file' && kind !== 'timestamp' && kind !== 'uuid')
    return undefined;
  return { kind, value: safeForm(kind, text) };
}
