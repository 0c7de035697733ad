// Numbers that leave a job's process. Most numbers of a person are long, and most long numbers that people want to see
// count or measure something; so a long one is shown only under a name that says that it does.

const MOST_UNDER_ANY_NAME = 99_999;

const MEASURES = new Set(
  `ms s second minute hour day byte kb mb gb kib mib gib percent rate age
   line column row index offset position count size length total done left limit max min
   found expected known before after attempt epoch sequence version`.split(/\s+/),
);

/**
 * Whether a number under this name cannot be one of a person.
 *
 * @example
 * isQuantity('rows', 40_000_000); // true: a plural counts
 * isQuantity('waitMs', 600_000); // true: a unit
 * isQuantity('claim', 9_991_831_999); // false
 */
export function isQuantity(name: string, value: number): boolean {
  if (Math.abs(value) <= MOST_UNDER_ANY_NAME) return true;
  const word = lastWord(name);
  return MEASURES.has(word) || /[a-z]{2}ed$/.test(word) || /[^isu]s$/.test(word);
}

function lastWord(name: string): string {
  const words = name.replace(/([a-z\d])([A-Z])/g, '$1_$2').split(/[^A-Za-z]+/);
  return (words.filter((word) => word !== '').at(-1) ?? '').toLowerCase();
}
