/** A place in a file that a run could not take. */
export interface FilePlace {
  readonly code: string;
  readonly file?: string | undefined;
  readonly line?: number | undefined;
  readonly column?: string | undefined;
}

/** @example placeText({ code: 'BFD_RIF_DATE', file: 'a.csv', line: 17 }) === 'a.csv, line 17: BFD_RIF_DATE' */
export function placeText({ code, file, line, column }: FilePlace): string {
  const where = [
    file,
    line === undefined ? undefined : `line ${line}`,
    column === undefined ? undefined : `column ${column}`,
  ].filter((part) => part !== undefined);
  return `${where.join(', ')}: ${code}`;
}
