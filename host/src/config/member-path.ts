// How a place in a JSON file is written: `jobs.ccw-rif-load.schedule`, `plugins.x.grant.read[0]`.

/** Writes a path for people. A name that is not plain is quoted, its control characters escaped. */
export function memberPath(path: readonly PropertyKey[]): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else if (/^[\w$@-]+$/.test(String(part))) text += `${text === '' ? '' : '.'}${String(part)}`;
    else text += `[${quoted(String(part))}]`;
  }
  return text;
}

/** A text in quotes, at most 80 characters of it, in one line whatever it holds. */
export function quoted(text: string): string {
  const short = text.length > 80 ? `${text.slice(0, 77)}...` : text;
  // JSON leaves C1 controls and the marks that reverse a terminal's text direction as they are.
  return JSON.stringify(short).replace(
    /[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
