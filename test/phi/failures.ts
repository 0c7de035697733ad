// The table of failures in the documents, as this test reads it.

import { readFile } from 'node:fs/promises';
import path from 'node:path';

const DOCUMENT = path.resolve(import.meta.dirname, '../../host/docs/failures.md');

/** A row of the table: what is told of a way to fail. `…` stands for a number that was measured. */
export interface Failure {
  /** Name of the job of this test that fails so. */
  readonly job: string;
  readonly result: string;
  readonly code: string;
  readonly error: string;
  /** Empty if the sentence says it. */
  readonly remedy: string;
  /** `line` of plugin.js, a place in a file, or none. */
  readonly place: string;
}

export async function documentedFailures(): Promise<Failure[]> {
  const text = await readFile(DOCUMENT, 'utf8');
  return [...text.matchAll(/^\| `([a-z0-9-]+)` \| (.*) \|$/gm)].map(([, job = '', cells = '']) => {
    const [result = '', code = '', error = '', remedy = '', place = ''] = cells
      .split(/(?<!\\) \| /)
      .map((cell) => cell.replaceAll('\\|', '|').replaceAll('\\*', '*').trim());
    return { job, result, code: code.replaceAll('`', ''), error, remedy, place };
  });
}
