import { describe, expect, it } from 'vitest';
import { BundleText } from './bundle-text.ts';
import { errorEnvelope } from './error-envelope.ts';
import { ForgedTextError } from './message-gate.ts';
import type { ErrorFacts } from './protocol.ts';
import { RUNTIME_ERROR_CODES } from './runtime-errors.ts';

const bundle = new BundleText('throw new JobError("A_CODE", "{file} is bad", { file: x });\n');
const shown = (facts: ErrorFacts) => errorEnvelope(facts, bundle, 'plugin.js');
const job = {
  source: 'job',
  fields: [],
  places: [],
  isPermanent: false,
} satisfies ErrorFacts;

describe('an error of a job', () => {
  it('shows a text of the bundle with its fields', () => {
    const facts: ErrorFacts = {
      ...job,
      code: 'A_CODE',
      template: '{file} is bad',
      fields: [['file', { kind: 'file', value: '2011/smithers.csv' }]],
    };
    expect(shown(facts)).toMatchObject({ code: 'A_CODE', message: '2011/*.csv is bad' });
  });

  it('withholds a text and a code that are not in the bundle', () => {
    const envelope = shown({ ...job, code: 'SMITH', template: 'SMITH is bad' });
    expect(envelope.code).toBe('BFD_JOB_ERROR');
    expect(JSON.stringify(envelope)).not.toContain('SMITH');
  });

  it('is taken for forged when a field has a name that is not in the bundle', () => {
    expect(() => shown({ ...job, fields: [['SMITH', 1]] })).toThrow(ForgedTextError);
  });

  it('does not name a class that is not in the bundle', () => {
    expect(JSON.stringify(shown({ source: 'other', className: 'Smithers' }))).not.toContain(
      'Smithers',
    );
  });

  it('names no line beyond the bundle', () => {
    const at = { line: 123_456, column: 1 };
    expect(shown({ source: 'other', at }).places).toEqual([]);
  });
});

describe('an error of the database', () => {
  it('is told by its SQLSTATE and the names it has', () => {
    const sql = { state: '23505', schema: 'ccw', table: 'member', constraint: 'member_pkey' };
    expect(shown({ source: 'sql', sql })).toMatchObject({
      code: 'BFD_SQL_UNIQUE',
      message:
        'The database refused a statement: a row with this key is there already (SQLSTATE 23505, table ccw.member, constraint member_pkey)',
      sqlState: '23505',
    });
  });

  it('has a code and a remedy for a SQLSTATE nobody knows', () => {
    expect(shown({ source: 'sql', sql: { state: 'ZZ999' } })).toMatchObject({
      code: 'BFD_SQL_REFUSED',
      remedy: expect.any(String),
    });
  });
});

describe('an error of the configuration', () => {
  const problem = (path: string, text: string): ErrorFacts => ({
    source: 'runtime',
    code: 'BFD_JOB_CONFIG',
    fields: [],
    problems: [{ path, problem: text }],
  });

  it('says what zod says of a type', () => {
    const text = 'Invalid input: expected string, received undefined';
    expect(shown(problem('bucket', text)).message).toContain(`bucket: ${text}`);
  });

  it('withholds a text that may hold the value', () => {
    expect(shown(problem('pepper', 'hunter2 is too short')).message).not.toContain('hunter2');
  });
});

it('has a sentence and a remedy for every error of the runtime', () => {
  for (const code of RUNTIME_ERROR_CODES) {
    const envelope = shown({ source: 'runtime', code, fields: [] });
    expect(envelope.message.length).toBeGreaterThan(20);
    expect(envelope.remedy?.length).toBeGreaterThan(20);
  }
});
