/** The JSON of a value, or `undefined` when it has none: a cycle, a bigint, a `toJSON` that throws. */
export function jsonText(value: unknown): string | undefined {
  try {
    // The author's own types may define toJSON; so the real one, and not `encode`.
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}
