import { describe, expect, it } from 'vitest';
import { BundleText } from './bundle-text.ts';
import { errorEnvelope } from './error-envelope.ts';
import { ForgedTextError } from './message-gate.ts';
import type { ErrorFacts } from './protocol.ts';
import { RUNTIME_ERROR_CODES } from './runtime-errors.ts';

const bundle = new BundleText(`throw new JobError("A_CODE", "{file} is bad", { file: x });
  z.object({ bucket: z.string() });
  client.query("insert into ccw.member (mbi, bene_id) values ($1, $2)");
`);
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

  it('says what was missing, of what type a value should have been, and which line was copied', () => {
    const sql = { state: '22007', type: 'date', table: 'member', column: 'bene_id', copyLine: 3 };
    expect(shown({ source: 'sql', sql }).message).toMatch(
      /SQLSTATE 22007, type date, table member, column bene_id, line 3 of what was copied/,
    );
    const missing = { state: '42P01', subject: 'ccw.member' };
    expect(shown({ source: 'sql', sql: missing }).message).toMatch(
      /there is no such table: ccw\.member \(SQLSTATE 42P01\)/,
    );
  });

  it.each([
    { schema: 'smith' },
    { table: 'smith' },
    { table: 'smith_2024' },
    { column: 'smith' },
    { constraint: 'smith' },
    { table: 'member', constraint: 'member_smith_key' },
    { constraint: 'member_smith_key' },
    { subject: 'smith' },
    { type: 'smith' },
  ])('names nothing that is not written in the bundle: %o', (names) => {
    const envelope = shown({ source: 'sql', sql: { state: '23505', ...names } });
    expect(JSON.stringify(envelope)).not.toContain('smith');
  });

  it.each(['bucket_member', 'fk_member_bene_id'])(
    'names a constraint that is made of words of the bundle: %s',
    (constraint) => {
      expect(shown({ source: 'sql', sql: { state: '23514', constraint } }).constraint).toBe(
        constraint,
      );
    },
  );

  it.each(['member_bene_id_mbi_key', 'member_mbi_check1', 'member_pkey'])(
    'names a constraint that the server named after table and columns: %s',
    (constraint) => {
      const sql = { state: '23505', table: 'member', constraint };
      expect(shown({ source: 'sql', sql }).constraint).toBe(constraint);
    },
  );

  it('names a partition of a table of the bundle', () => {
    const sql = { state: '23505', table: 'member_2024_05' };
    expect(shown({ source: 'sql', sql }).table).toBe('member_2024_05');
  });

  it('does not show a SQLSTATE that is neither of PostgreSQL nor of the bundle', () => {
    const envelope = shown({ source: 'sql', sql: { state: '20852' } });
    expect(envelope).toMatchObject({ code: 'BFD_SQL_REFUSED', remedy: expect.any(String) });
    expect(JSON.stringify(envelope)).not.toContain('20852');
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

  it.each([
    'hunter2 is too short',
    'Invalid input: expected string, received hunter',
    'Too big: expected hunter to have <=5 characters',
  ])('withholds a text that may hold the value: %s', (text) => {
    expect(shown(problem('bucket', text)).message).not.toContain('hunter');
  });

  it('withholds a member that the job does not name', () => {
    const { message } = shown(problem('bucket.smith', 'Invalid input'));
    expect(message).toContain('bucket.(withheld): Invalid input');
  });
});

it('has a sentence and a remedy for every error of the runtime', () => {
  for (const code of RUNTIME_ERROR_CODES) {
    const envelope = shown({ source: 'runtime', code, fields: [] });
    expect(envelope.message.length).toBeGreaterThan(20);
    expect(envelope.remedy?.length).toBeGreaterThan(20);
  }
});
