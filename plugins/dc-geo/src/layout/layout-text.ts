/**
 * Reads the layout tables. They are text, one column a line, because some 280 columns are checked by eye and
 * compared by diff:
 *
 *     column_name   SQL type   rule[+required][+min=N][+skip-empty]   [field ...]
 */

import type { ChildLayout, ClaimLayout, Column, Rule } from './layout.ts';

interface ChildText extends Omit<ChildLayout, 'columns' | 'position'> {
  readonly columns: string;
}

interface ClaimText extends Omit<ClaimLayout, 'columns' | 'children'> {
  readonly columns: string;
  readonly children: readonly ChildText[];
}

/**
 * Makes a layout of its text form.
 *
 * @throws Error naming the line that does not follow the form; a mistake in this package
 */
export function defineClaim(text: ClaimText): ClaimLayout {
  return {
    ...text,
    columns: readColumns(text.columns),
    children: text.children.map((child) => {
      const columns = readColumns(child.columns);
      const position = columns.find(({ rule }) => rule === 'small');
      if (!position) throw new Error(`${child.table} has no column for the position`);
      return { ...child, columns, position: position.name };
    }),
  };
}

const LINE =
  /^(?<name>\w+) +(?<sqlType>[a-z]+(?:\(\d+(?:,\d+)?\))?) +(?<rule>[a-z0-9]+)(?<flags>(?:\+[a-z]+(?:-[a-z]+)?(?:=\d)?)*)(?<sources>(?: +[\w.]+(?:=\w+)?)*)$/;

function readColumns(text: string): Column[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map(readColumn);
}

function readColumn(line: string): Column {
  const found = LINE.exec(line)?.groups;
  if (!found) throw new Error(`not of the form of a layout: ${line}`);
  const { name = '', sqlType = '', rule = '', flags = '', sources = '' } = found;
  const min = /\+min=(\d)/.exec(flags)?.[1];
  return {
    name,
    sqlType,
    rule: readRule(rule, line),
    isRequired: flags.includes('+required'),
    minLength: min === undefined ? Number(rule === 'text') : Number(min),
    skipsEmpty: flags.includes('+skip-empty'),
    sources: sources.trim() === '' ? [] : sources.trim().split(/ +/),
  };
}

const RULES: readonly Rule[] = [
  'parent',
  'set',
  'text',
  'code',
  'base64',
  'date',
  'amount',
  'integer',
  'small',
  'which',
];

function readRule(word: string, line: string): Rule {
  const rule = RULES.find((each) => each === word);
  if (!rule) throw new Error(`no rule of a layout: ${line}`);
  return rule;
}
