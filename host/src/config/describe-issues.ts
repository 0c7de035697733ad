// zod's issues as problems for people: each with its place, what was expected, what was found, and the
// nearest valid name. A text is only repeated where it cannot be a secret.

import { safeForm, WITHHELD } from '@bfd-host/sdk/runtime';
import type { z } from 'zod';
import type { Problem } from '../errors.ts';
import { didYouMean } from './did-you-mean.ts';
import { memberPath, quoted } from './member-path.ts';

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

export interface IssueProblem extends Problem {
  readonly path: Path;
}

/**
 * @param root - the value that was checked
 * @param secretPaths - places whose values must not be shown
 */
export function describeIssues(
  issues: readonly Issue[],
  root: unknown,
  secretPaths: ReadonlySet<string>,
): IssueProblem[] {
  return issues.flatMap((issue) => describe(issue, [], []));

  // `names`: the constants that a union would also have taken in this place
  function describe(issue: Issue, above: Path, names: readonly string[]): IssueProblem[] {
    const path = [...above, ...issue.path];
    switch (issue.code) {
      case 'unrecognized_keys':
        return issue.keys.map((key) =>
          unknownMember([...path, key], key, issue.message.split(' ')),
        );
      case 'invalid_union': {
        const constants = constantsOf(issue.errors);
        const branch = branchThatWasMeant(issue.errors);
        if (branch) return branch.flatMap((inner) => describe(inner, path, constants));
        return [problem(path, issue.message, constants)];
      }
      case 'invalid_value':
        return [problem(path, issue.message, issue.values.filter(isText))];
      default:
        return [problem(path, issue.message, issue.path.length === 0 ? names : [])];
    }
  }

  function problem(path: Path, expected: string, names: readonly string[]): IssueProblem {
    const at = memberPath(path);
    const value = valueAt(root, path);
    if (value === undefined) return { at, path, problem: `is missing; ${expected}` };
    if (isLongAndBare(value, at)) return { at, path, problem: `${expected}, found another number` };
    const isSecret = secretPaths.has(at) || SECRET_PLACES.test(at);
    const hint = typeof value === 'string' ? didYouMean(value, names) : '';
    return { at, path, problem: `${expected}, found ${found(value, isSecret)}${hint}` };
  }
}

// Below these, even a text that is written in the file may be a password.
const SECRET_PLACES = /^(database|s3|BFD_DATABASE_URL|plugins\.[^.]+\.(database|s3))\b/;

// A long number that is no time or size was pasted by mistake.
function isLongAndBare(value: unknown, at: string): boolean {
  return typeof value === 'number' && Math.abs(value) > LONGEST_NUMBER && !/(Ms|Mb|Kb)$/.test(at);
}

const LONGEST_NUMBER = 9_999_999;

function unknownMember(path: Path, key: string, known: readonly string[]): IssueProblem {
  const hint = didYouMean(key, known) || `; known here: ${known.join(', ')}`;
  return { at: memberPath(path), path, problem: `is not known${hint}` };
}

// The forms of a union differ by their type: the one that was meant is the one whose type fits.
function branchThatWasMeant(branches: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  const fitting = branches.filter((issues) =>
    issues.every(({ code, path }) => path.length > 0 || !MISMATCHES.has(code)),
  );
  return fitting[0];
}

const MISMATCHES: ReadonlySet<string> = new Set(['invalid_type', 'invalid_value']);

function constantsOf(branches: readonly (readonly Issue[])[]): string[] {
  return branches
    .flat()
    .flatMap((issue) => (issue.code === 'invalid_value' ? issue.values.filter(isText) : []));
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function valueAt(root: unknown, path: Path): unknown {
  let value = root;
  for (const part of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part))
      return undefined;
    value = (value as Record<PropertyKey, unknown>)[part]; // an object that has this member
  }
  return value;
}

function found(value: unknown, isSecret: boolean): string {
  if (typeof value === 'string') {
    if (value === '') return 'an empty text';
    return isSecret || !isShowable(value) ? 'another text' : quoted(value);
  }
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  return String(value); // a number, true, false or null
}

// What people mistype is repeated to them; what looks like an identifier of a person was pasted by mistake.
function isShowable(text: string): boolean {
  return text
    .split(/\s+/)
    .every((word) => safeForm('name', `x.${word.replace(/[^A-Za-z0-9_.:*-]/g, '')}`) !== WITHHELD);
}
