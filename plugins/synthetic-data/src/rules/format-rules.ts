/** What makes a file a RIF file. The load refuses what does not keep these. */

import { ACTION_COLUMN, RIF_ACTIONS, type RifColumn, rifHeader } from '@bfd-host/rif';
import type { RifFile } from '../rif/rows.ts';
import { valueProblem } from '../rif/values.ts';
import type { Rule } from './rule.ts';

const PARSER = 'RifParsingUtils and DataTransformer of CMSgov/beneficiary-fhir-data';

const header: Rule = {
  name: 'header',
  says: 'The first row names the action and every column of the layout, each once.',
  source: `${PARSER}: columns are found by name, a missing one is an error`,
  watch: (report) => ({
    file: (file) => {
      for (const name of rifHeader(file.layout)) {
        if (file.placeOf(name) === undefined) report('BFD_RIF_COLUMN_MISSING', file, name);
      }
      if (new Set(file.header).size < file.header.length) report('BFD_RIF_COLUMN_TWICE', file);
    },
  }),
};

const rowLength: Rule = {
  name: 'row-length',
  says: 'Each row has a field for each column; one empty field more is let pass.',
  source: `${PARSER}: surplus fields are ignored, and some rows end with a delimiter`,
  watch: (report) => ({
    row: (row) => {
      const surplus = row.fields.length - row.file.header.length;
      if (surplus < 0) report('BFD_RIF_FIELDS_MISSING', row);
      else if (surplus > 1 || (surplus === 1 && row.fields.at(-1) !== '')) {
        report('BFD_RIF_FIELDS_SURPLUS', row);
      }
    },
  }),
};

const plainText: Rule = {
  name: 'plain-text',
  says: 'No row has a quote, a backslash or a control character.',
  source: `${PARSER}: quotes and backslashes are read in a dialect of their own, and Synthea writes none`,
  watch: (report) => ({
    row: (row) => {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
      if (row.fields.some((field) => /["\\\u0000-\u001f]/.test(field)))
        report('BFD_RIF_QUOTE', row);
    },
  }),
};

const values: Rule = {
  name: 'values',
  says: 'Each field is of its column’s kind, range and length, and a required one is not empty.',
  source: PARSER,
  watch: (report) => {
    let columns: readonly (readonly [place: number, column: RifColumn])[] = [];
    return {
      file: (file) => {
        columns = columnsOf(file);
      },
      row: (row) => {
        for (const [place, column] of columns) {
          const problem = valueProblem(column, row.fields[place] ?? '');
          if (problem !== undefined) report(problem, row, column.rifName);
        }
      },
    };
  },
};

const actions: Rule = {
  name: 'actions',
  says: 'Each row says INSERT or UPDATE, and all rows of a claim the same.',
  source: 'RecordAction of CMSgov/beneficiary-fhir-data: nothing else was ever supported',
  watch: (report) => ({
    record: (rows) => {
      const [first] = rows;
      const action = first.get(ACTION_COLUMN);
      if (!RIF_ACTIONS.some((known) => known === action)) {
        report('BFD_RIF_ACTION', first, ACTION_COLUMN);
      } else if (rows.some((row) => row.get(ACTION_COLUMN) !== action)) {
        report('BFD_RIF_ACTION', first, ACTION_COLUMN);
      }
    },
  }),
};

function columnsOf({ layout, placeOf }: RifFile): [number, RifColumn][] {
  return [...layout.columns, ...(layout.lines?.columns ?? [])].flatMap((column) => {
    const place = placeOf(column.rifName);
    return place === undefined ? [] : [[place, column]];
  });
}

/** Only that which concerns a file by itself: what {@link FORMAT_RULES} watch takes no memory. */
export const FORMAT_RULES: readonly Rule[] = [header, rowLength, plainText, values, actions];
