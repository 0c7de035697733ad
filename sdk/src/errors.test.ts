import { describe, expect, it } from 'vitest';
import { fillTemplate, isJobError, JobError, PermanentError } from './errors.ts';
import { safe } from './safe.ts';

describe('a job error', () => {
  it('reads as its template with the fields in it', () => {
    const error = new JobError('BFD_TEST', '{file} has {count} lines too many.', {
      file: safe.file('carrier.txt'),
      count: 3,
    });
    expect(error.message).toBe('carrier.txt has 3 lines too many.');
    expect(error).toMatchObject({ code: 'BFD_TEST', isPermanent: false, name: 'JobError' });
  });

  it('keeps the first 20 places', () => {
    const places = Array.from({ length: 30 }, (_, line) => ({ code: 'BFD_TEST_DATE', line }));
    expect(new JobError('BFD_TEST', 'Bad lines.', {}, { places }).places).toHaveLength(20);
  });

  it('is permanent when a retry is useless', () => {
    expect(new PermanentError('BFD_TEST', 'No use.')).toMatchObject({
      isPermanent: true,
      name: 'PermanentError',
    });
  });

  it('keeps what caused it', () => {
    const cause = new Error('lower');
    expect(new JobError('BFD_TEST', 'Upper.', {}, { cause }).cause).toBe(cause);
  });

  it('is told from other errors', () => {
    expect(isJobError(new PermanentError('BFD_TEST', 'No use.'))).toBe(true);
    expect(isJobError(Object.assign(new Error('x'), { code: 'BFD_TEST' }))).toBe(false);
    expect(isJobError(null)).toBe(false);
  });
});

describe('a template', () => {
  it('keeps a name that has no field, also one every object has', () => {
    expect(fillTemplate('{a} {toString}', {})).toBe('{a} {toString}');
  });

  it('takes no template from a field', () => {
    expect(fillTemplate('{a}', { a: safe.name('b'), b: 1 })).toBe('b');
  });
});

it('the compiler refuses a template put together at run time', () => {
  const value: string = 'row';
  // @ts-expect-error: of type string
  new JobError('BFD_TEST', value);
  // @ts-expect-error: of type `bad ${string}`
  new JobError('BFD_TEST', `bad ${value}`);
  // @ts-expect-error: a field that is neither number, boolean nor safe text
  expect(new JobError('BFD_TEST', 'bad {value}', { value }).code).toBe('BFD_TEST');
});
