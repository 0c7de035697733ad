// Whether the version a run brought about is one its dependants accept.

import semver from 'semver';

/** A version and nothing else: a minimum. `=42.1.0` says exactly that one. */
const BARE_VERSION = /^\s*v?\d+(\.\d+){0,2}\s*$/;

/** Whether `range` can be compared with a version at all. */
export function isVersionRange(range: string): boolean {
  return toRange(range) !== undefined;
}

/**
 * Whether `version` lies in `range`. A bare "42" means ">=42". A version need not be complete: "42" is 42.0.0. One that
 * holds no number satisfies no range; a range that is none is satisfied by no version.
 *
 * @example
 * versionSatisfies('42', '>=41 <43') // true
 */
export function versionSatisfies(version: string, range: string): boolean {
  const comparable = semver.coerce(version, { includePrerelease: true });
  const wanted = toRange(range);
  if (comparable === null || wanted === undefined) return false;
  // A candidate of 2.0.0 is above 1.0.0, which plain semver ranges deny, and below 2.0.0.
  return semver.satisfies(comparable, wanted, { includePrerelease: true });
}

function toRange(range: string): string | undefined {
  if (range.length > 200) return undefined;
  const text = BARE_VERSION.test(range) ? `>=${range.trim().replace(/^v/, '')}` : range;
  return semver.validRange(text) === null ? undefined : text;
}
