// What commands print: a table for people that fits their terminal, JSON for programs.

import { styleText } from 'node:util';
import stringWidth from 'string-width';

/** Where people read, or the end of a pipe. */
export interface Terminal {
  /** How many characters fit into a line; absent: it is no terminal, and nothing is cut. */
  readonly columns?: number;
  /** Whether it shows colours and nobody asked for none (NO_COLOR). */
  readonly hasColour: boolean;
}

export type Tone = 'good' | 'bad' | 'warn' | 'busy' | 'quiet';

/** A cell, with a colour that says nothing its text does not say. */
export interface Cell {
  readonly text: string;
  readonly tone?: Tone;
}

export interface Column {
  readonly heading: string;
  readonly isNumber?: boolean;
}

export function terminalOf(stream: NodeJS.WriteStream): Terminal {
  if (stream.isTTY !== true) return { hasColour: false };
  return { columns: stream.columns, hasColour: stream.hasColors() };
}

const GAP = 2;
/** No column is cut below this; a terminal that is narrower still breaks lines. */
const LEAST_WIDTH = 8;

/**
 * Columns as wide as their widest cell, or narrower where the terminal ends: then the widest are cut, with an ellipsis.
 *
 * @example
 * table(['JOB', 'TOOK'], [['load', '3 s']], { columns: 80, hasColour: false }) // 'JOB   TOOK\nload  3 s'
 */
export function table(
  columns: readonly (string | Column)[],
  rows: readonly (readonly (string | Cell)[])[],
  terminal: Terminal = terminalOf(process.stdout),
): string {
  const heads = columns.map(
    (column): Column => (typeof column === 'string' ? { heading: column } : column),
  );
  const cells = rows.map((row) =>
    row.map((cell): Cell => (typeof cell === 'string' ? { text: cell } : cell)),
  );
  const natural = heads.map(({ heading }, index) =>
    Math.max(stringWidth(heading), ...cells.map((row) => stringWidth(row[index]?.text ?? ''))),
  );
  const widths = fitted(natural, terminal.columns);
  const lineOf = (line: readonly Cell[]) =>
    line
      .map(({ text, tone }, index) => {
        const width = widths[index] ?? 0;
        const isLast = index === line.length - 1;
        const shown = cut(text, width);
        const room = ' '.repeat(Math.max(0, width - stringWidth(shown)));
        const coloured = tone && terminal.hasColour ? paint(tone, shown) : shown;
        if (heads[index]?.isNumber) return `${room}${coloured}`;
        return isLast ? coloured : `${coloured}${room}`;
      })
      .join(' '.repeat(GAP))
      .trimEnd();
  const headings = heads.map(({ heading }): Cell => ({ text: heading, tone: 'quiet' }));
  return [headings, ...cells].map(lineOf).join('\n');
}

/** In a colour, where the terminal has some. */
export function tinted(tone: Tone, text: string, terminal = terminalOf(process.stdout)): string {
  return terminal.hasColour ? paint(tone, text) : text;
}

const COLOURS = { good: 'green', bad: 'red', warn: 'yellow', busy: 'cyan', quiet: 'gray' } as const;

function paint(tone: Tone, text: string): string {
  // Whether there is to be colour is decided already.
  return styleText(COLOURS[tone], text, { validateStream: false });
}

// The widest column gives way first, character by character, so that short ones stay whole.
function fitted(natural: readonly number[], columns: number | undefined): number[] {
  const widths = [...natural];
  if (columns === undefined) return widths;
  const total = () => widths.reduce((sum, width) => sum + width, 0) + GAP * (widths.length - 1);
  while (total() > columns) {
    const widest = Math.max(...widths);
    if (widest <= LEAST_WIDTH) break;
    widths[widths.lastIndexOf(widest)] = widest - 1;
  }
  return widths;
}

const SEGMENTS = new Intl.Segmenter();

/** At most so many columns of it. @example cut('ccw-rif-load', 8) === 'ccw-rif…' */
function cut(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  let kept = '';
  // By what people take for one character: a flag or a letter with its accent is not cut in two.
  for (const { segment } of SEGMENTS.segment(text)) {
    if (stringWidth(kept + segment) > width - 1) break;
    kept += segment;
  }
  return `${kept}…`;
}

export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
