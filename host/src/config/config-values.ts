// Kinds of values in host.config.json. Each error text says what was expected, since that is what people read.

import { z } from 'zod';

/** An object without other members. The text of its unrecognized_keys issue lists the names it knows. */
export function strict<S extends z.core.$ZodShape>(shape: S) {
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys' ? Object.keys(shape).join(' ') : 'expected an object',
  });
}

export function wholeNumber(from: number, to: number, unit?: string) {
  const error = `expected a whole number from ${from} to ${to}${unit === undefined ? '' : ` (${unit})`}`;
  return z.int({ error }).min(from, { error }).max(to, { error });
}

export function text(
  expected: string,
  problemOf: (given: string) => string | undefined = () => undefined,
) {
  return z.string({ error: expected }).check((context) => {
    const problem = context.value === '' ? expected : problemOf(context.value);
    if (problem === undefined) return;
    context.issues.push({ code: 'custom', message: problem, input: context.value });
  });
}

export function choice<const T extends readonly [string, ...string[]]>(...names: T) {
  const expected = `expected ${names.map((name) => `"${name}"`).join(' or ')}`;
  return z.enum(names, { error: expected });
}

export const yesOrNo = () => z.boolean({ error: 'expected true or false' });

export const recordOf = <V extends z.ZodType>(value: V) =>
  z.record(z.string(), value, { error: 'expected an object' });

export const httpUrl = (expected: string) =>
  text(expected, (given) => {
    const url = URL.canParse(given) ? new URL(given) : undefined;
    if (!url || !/^https?:$/.test(url.protocol)) return expected;
    return url.username === '' && url.password === '' ? undefined : WITHOUT_SECRETS;
  });

const WITHOUT_SECRETS = 'expected a URL without a name and password; they go into "headers"';

const DATABASE_URL = 'expected a URL such as "postgres://user:password@host:5432/name"';

export const databaseUrl = (expected = DATABASE_URL) =>
  text(expected, (given) =>
    URL.canParse(given) && /^postgres(ql)?:$/.test(new URL(given).protocol) ? undefined : expected,
  );

export const texts = (of: string) =>
  z.array(text(`expected ${of}`), { error: `expected a list of ${of}` });
