// Which names may be shown. A table can be called after a person as well as a row can hold one, and code of the
// database may put any text where the name of a constraint goes; so a name is shown only if it is made of the
// author's own words.

import { safeForm, WITHHELD } from '@bfd-host/sdk/runtime';
import type { BundleText } from './bundle-text.ts';
import { isHostCode } from './host-codes.ts';
import { safeCodes } from './safe-codes.ts';

const MOST_DIGITS = 5;
/** Single letters spell out anything, if there are enough of them. */
const MOST_LETTERS = 3;

/** Whether each word of a name is in the bundle: `ccw.beneficiaries`, `entry-3:CARRIER`, `v0.14.1`. */
export function isKnownName(name: string, bundle: BundleText): boolean {
  if (safeForm('name', name) !== name) return false;
  if (bundle.hasWord(name) || isCodeOfOthers(name)) return true;
  const parts = name.split(/[.:*-]+/).filter((part) => part !== '');
  const numbers = parts.filter((part) => /^v?\d+$/.test(part));
  if (numbers.join('').replace(/\D/g, '').length > MOST_DIGITS) return false;
  if (parts.filter((part) => part.length === 1).length > MOST_LETTERS) return false;
  return parts.every((part) => numbers.includes(part) || bundle.hasWord(part));
}

function isCodeOfOthers(name: string): boolean {
  return safeCodes.s3(name) || safeCodes.system(name) || isHostCode(name);
}

export interface SqlNames {
  readonly schema?: string | undefined;
  readonly table?: string | undefined;
  readonly column?: string | undefined;
  readonly constraint?: string | undefined;
}

type KnownSqlNames = { readonly [K in keyof SqlNames]: string };

/** Names of database objects in an error. One that may not be shown becomes `(withheld)`: that it is there helps, too. */
export function knownSqlNames(
  { schema, table, column, constraint }: SqlNames,
  bundle: BundleText,
): KnownSqlNames {
  const isTableKnown = table !== undefined && isKnownTable(table, bundle);
  const shown = (name: string, isShown: boolean) => (isShown ? name : WITHHELD);
  return {
    ...(schema === undefined
      ? {}
      : { schema: shown(schema, schema === 'public' || isKnownName(schema, bundle)) }),
    ...(table === undefined ? {} : { table: shown(table, isTableKnown) }),
    ...(column === undefined ? {} : { column: shown(column, isKnownName(column, bundle)) }),
    ...(constraint === undefined
      ? {}
      : {
          constraint: shown(
            constraint,
            isKnownName(constraint, bundle) ||
              isMadeOfWords(constraint, bundle) ||
              (isTableKnown && isNamedByServer(constraint, table, bundle)),
          ),
        }),
  };
}

/** Also a partition of a known table: `claims_2024`, `claims_2024_05`. */
function isKnownTable(table: string, bundle: BundleText): boolean {
  if (isKnownName(table, bundle)) return true;
  const [, parent] = /^(\w*[A-Za-z])(?:_p?\d{1,4}){1,2}$/.exec(table) ?? [];
  return parent !== undefined && isKnownName(parent, bundle);
}

const ABBREVIATIONS = new Set(['pk', 'fk', 'uq', 'ck', 'chk', 'idx']);

// The migration that made a constraint is often in another plugin than the job that breaks it.
function isMadeOfWords(name: string, bundle: BundleText): boolean {
  if (safeForm('name', name) !== name || !/^[a-z][a-z0-9]+(_[a-z][a-z0-9]+)+$/.test(name)) {
    return false;
  }
  return isSequenceOfWords(
    name.split('_').filter((word) => !ABBREVIATIONS.has(word)),
    bundle,
  );
}

// PostgreSQL names constraints itself, after table and columns.
// Source: ChooseConstraintName and ChooseIndexName, src/backend/commands/indexcmds.c
const BY_SERVER = /^(?:_(\w+))?_(?:pkey|key|fkey|check|excl|not_null|idx)\d{0,3}$/;

function isNamedByServer(constraint: string, table: string, bundle: BundleText): boolean {
  if (!constraint.startsWith(table)) return false;
  const found = BY_SERVER.exec(constraint.slice(table.length));
  if (!found) return false;
  const [, columns] = found;
  return columns === undefined || isSequenceOfWords(columns.split('_'), bundle);
}

/** Whether `a_b_c` are words of the bundle one after the other, each of which may have underscores of its own. */
function isSequenceOfWords(parts: readonly string[], bundle: BundleText): boolean {
  if (parts.length === 0) return true;
  return parts.some(
    (_, end) =>
      bundle.hasWord(parts.slice(0, end + 1).join('_')) &&
      isSequenceOfWords(parts.slice(end + 1), bundle),
  );
}
