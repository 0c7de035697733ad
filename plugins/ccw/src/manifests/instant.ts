// Timestamps of data sets. They are kept as written, since the folder is named by the text; only where they are
// compared do they become a moment.

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/;

/**
 * The moment of a timestamp, in milliseconds since 1970; `undefined` if it is none.
 *
 * @example
 * readInstant(' 2017-02-13T10:10:10Z'); // 1486980610000
 */
export function readInstant(text: string): number | undefined {
  const trimmed = text.trim();
  if (!INSTANT.test(trimmed)) return undefined;
  const moment = Date.parse(trimmed);
  return Number.isNaN(moment) ? undefined : moment;
}
