import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { codesIn, raisedCodes } from './raised-codes.ts';
import { ROOT, repositoryFiles } from './repository.ts';

const RUNBOOK = 'host/docs/errors.md';

/** Codes in the first cells of a document's tables. */
function documentedCodes(file: string): string[] {
  const text = readFileSync(path.join(ROOT, file), 'utf8');
  const cells = [...text.matchAll(/^\| (.*?) \|/gm)].map(([, cell = '']) => cell);
  return cells.flatMap((cell) =>
    [...cell.matchAll(/`(BFD_[A-Z0-9_]*[A-Z0-9](?:_…)?)`/g)].map(([, code = '']) => code),
  );
}

/** Documents that a row of the runbook sends the reader to, and the codes of that row. */
function rowsThatLead(): { readonly file: string; readonly codes: readonly string[] }[] {
  const text = readFileSync(path.join(ROOT, RUNBOOK), 'utf8');
  return [...text.matchAll(/^\| (`BFD_.*) \| \[[^\]]*\]\(([^)#]+)#[^)]*\)[^|]*\|$/gm)].map(
    ([, codes = '', target = '']) => ({
      file: path.posix.join(path.posix.dirname(RUNBOOK), target),
      codes: codes.match(/BFD_[A-Z0-9_]+/g) ?? [],
    }),
  );
}

describe('the runbook of error codes', () => {
  const raised = raisedCodes();
  const documented = documentedCodes(RUNBOOK);

  it('has every code that the sources can raise', () => {
    expect(raised.length).toBeGreaterThan(200);
    expect(raised.filter((code) => !documented.includes(code))).toEqual([]);
  });

  it('has no code that nothing raises', () => {
    expect(documented.filter((code) => !raised.includes(code))).toEqual([]);
  });

  it('has each code once', () => {
    expect(documented.filter((code, index) => documented.indexOf(code) !== index)).toEqual([]);
  });

  it('leads only to tables that explain the codes', () => {
    const rows = rowsThatLead();
    expect(rows).toHaveLength(7);
    for (const { file, codes } of rows) {
      expect(documentedCodes(file), file).toEqual(expect.arrayContaining([...codes]));
    }
  });

  it('knows every code that any document names', () => {
    const named = repositoryFiles(/\.md$/).flatMap((file) =>
      [...codesIn(readFileSync(path.join(ROOT, file), 'utf8'))].map((code) => ({ file, code })),
    );
    expect(named.filter(({ code }) => !documented.includes(code))).toEqual([]);
  });
});
