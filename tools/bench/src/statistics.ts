/** The middle one; of an even number, the upper of the two. */
export function median(values: readonly number[]): number {
  return percentile(values, 50);
}

/** The smallest value that so many percent of all are not above. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const place = Math.floor((percent / 100) * sorted.length);
  return sorted[Math.min(place, sorted.length - 1)] ?? Number.NaN;
}
