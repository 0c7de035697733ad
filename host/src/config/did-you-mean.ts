// The nearest valid name, for people who mistyped one.

import { distance } from 'fastest-levenshtein';

/** Of `names`, the one that was most likely meant by `given`; `undefined` if none is near. */
export function nearestName(given: string, names: Iterable<string>): string | undefined {
  const wanted = given.toLowerCase();
  let best: string | undefined;
  // A third of the letters may differ, or two: enough for slips, too little to suggest an unrelated name.
  let bestDistance = Math.min(given.length, Math.max(2, Math.floor(given.length / 3)) + 1);
  for (const name of names) {
    const away = distance(wanted, name.toLowerCase());
    if (away < bestDistance) [best, bestDistance] = [name, away];
  }
  return best;
}

/** `; did you mean "x"?`, or nothing. To be put behind what is wrong. */
export function didYouMean(given: string, names: Iterable<string>): string {
  const name = nearestName(given, names);
  return name === undefined ? '' : `; did you mean "${name}"?`;
}
