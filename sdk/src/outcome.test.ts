import { describe, expect, it } from 'vitest';
import { nothingToDo, workDone } from './outcome.ts';

describe('an outcome', () => {
  it('of work carries counts and the version it brought about', () => {
    expect(workDone({ counts: { rows: 3 }, version: '42' })).toEqual({
      kind: 'work-done',
      counts: { rows: 3 },
      version: '42',
    });
  });

  it('of work needs neither', () => {
    expect(workDone()).toStrictEqual({ kind: 'work-done', counts: {} });
  });

  it('of no work may carry a version, for dependants that ask for one', () => {
    expect(nothingToDo({ version: '42' })).toEqual({ kind: 'nothing-to-do', version: '42' });
    expect(nothingToDo()).toStrictEqual({ kind: 'nothing-to-do' });
  });
});
