import { notesOf, type Part } from './noted.ts';

/** An exported JSON text, or one entry of it, and its name for people. */
export interface NotedFile {
  readonly name: string;
  readonly content: Part;
}

/** Where the values of JSON files come from, as a table in Markdown. */
export function notesTable(files: readonly NotedFile[]): string {
  const lines = files.flatMap(({ name, content }) =>
    notesOf(content).map(
      ({ at, value, note }) => `| ${name} | \`${at}\` | \`${cell(value)}\` | ${cell(note)} |\n`,
    ),
  );
  return `| file | value of | is | from |\n|---|---|---|---|\n${lines.join('')}`;
}

const cell = (text: string): string => text.replaceAll('|', '\\|');
