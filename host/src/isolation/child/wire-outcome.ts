// What a run returned, checked: the class of the outcome is the author's copy of the SDK, or none.

import type { BundleText } from '../bundle-text.ts';
import type { WireOutcome } from '../protocol.ts';
import { isQuantity } from '../quantities.ts';
import { isVersion } from '../safe-codes.ts';
import { dataProperty, ownKeys } from './private.ts';
import { RuntimeError } from './runtime-error.ts';

const MOST_COUNTS = 100;
/** Each name is searched for in the bundle, so that is not done without end. */
const MOST_NAMES = 1000;

/**
 * The outcome as it is sent, and how many counts were left out because the bundle does not name them, or
 * because they are large and their names do not say that they count.
 *
 * @throws RuntimeError `BFD_JOB_OUTCOME`
 */
export function wireOutcome(
  returned: unknown,
  bundle: BundleText,
): { outcome: WireOutcome; withheld: number } {
  const kind = dataProperty(returned, 'kind');
  const version = dataProperty(returned, 'version');
  const isVersionFine =
    version === undefined || (typeof version === 'string' && isVersion(version, bundle));
  if (!isVersionFine) throw new RuntimeError('BFD_JOB_OUTCOME');
  const told = typeof version === 'string' ? { version } : {};
  if (kind === 'nothing-to-do') return { outcome: { kind, ...told }, withheld: 0 };
  const given = dataProperty(returned, 'counts') ?? {};
  if (kind !== 'work-done' || typeof given !== 'object') throw new RuntimeError('BFD_JOB_OUTCOME');
  const counts: [string, number][] = [];
  const names = ownKeys(given);
  for (const name of names.slice(0, MOST_NAMES)) {
    const count = dataProperty(given, name);
    if (typeof count !== 'number' || !Number.isSafeInteger(count) || count < 0) {
      throw new RuntimeError('BFD_JOB_OUTCOME');
    }
    const isSafe = bundle.hasWord(name) && isQuantity(name, count);
    if (isSafe && counts.length < MOST_COUNTS) counts.push([name, count]);
  }
  return { outcome: { kind, counts, ...told }, withheld: names.length - counts.length };
}
