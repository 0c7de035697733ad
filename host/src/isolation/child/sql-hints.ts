// What a message of PostgreSQL tells besides values. Its errors have no members for the name that is not there, the
// type a value should have had, or the line of a COPY; so those are picked out of the text, and nothing leaves but
// names of the bundle, types of a list, and the number of a line.

import type { BundleText } from '../bundle-text.ts';
import { isKnownName } from '../known-names.ts';
import { isKnownType } from '../sql-types.ts';

export interface SqlHints {
  /** Of a COPY. */
  readonly table?: string;
  readonly column?: string;
  readonly copyLine?: number;
  readonly subject?: string;
  readonly type?: string;
}

/** What of these texts may leave. `where` is the context in which the server was. */
export function sqlHints(
  state: string,
  message: string | undefined,
  where: string | undefined,
  bundle: BundleText,
): SqlHints {
  const copied = COPY_LINE.exec(where ?? '');
  const [, table, line, column] = copied ?? [];
  const type = typeIn(message ?? '');
  const subject = NAMES_SOMETHING.test(state) ? subjectIn(message ?? '') : undefined;
  return {
    ...(table === undefined ? {} : { table }),
    ...(column === undefined ? {} : { column }),
    ...(line === undefined ? {} : { copyLine: Number(line) }),
    ...(subject !== undefined && isKnownName(subject, bundle) ? { subject } : {}),
    ...(type !== undefined && (isKnownType(type) || isKnownName(type, bundle)) ? { type } : {}),
  };
}

// `COPY member, line 3, column born: "…"`
const COPY_LINE = /^COPY ([\w.$]+), line (\d{1,10})(?:, column ([\w$]+))?/m;

// A statement or the rights to it are wrong; there is no such database, schema, statement, cursor.
const NAMES_SOMETHING = /^(42|3D|3F|26|34)/;

function subjectIn(message: string): string | undefined {
  const [, quoted] = /"([^"]{1,128})"/.exec(message) ?? [];
  const [, plain] =
    /^(?:permission denied for )?(?:column|function|procedure|table|view|schema|sequence|type|role) ([\w.$]{1,128})/.exec(
      message,
    ) ?? [];
  return quoted ?? plain;
}

function typeIn(message: string): string | undefined {
  const [, wanted] =
    /^invalid input syntax for type ([a-z ]+)/.exec(message) ??
    /^invalid input value for enum ([\w.]+):/.exec(message) ??
    /for type ([a-z ]+(?:\(\d{1,5}(?:,\d{1,5})?\))?)$/.exec(message) ??
    /^value too long for type ([a-z ]+\(\d{1,5}\))$/.exec(message) ??
    [];
  return wanted?.trim();
}
