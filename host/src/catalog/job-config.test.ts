import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { CheckTime, checkJobConfig } from './job-config.ts';

const at = ['jobs', 'load', 'config'];
const schema = z.toJSONSchema(
  z.strictObject({
    bucket: z
      .string()
      .min(3)
      .regex(/^[a-z.-]+$/),
    hashing: z.enum(['now', 'deferred']).default('deferred'),
    rows: z.int().min(1).max(100).optional(),
    since: z.iso.datetime().optional(),
    url: z.union([z.url(), z.literal('none')]).optional(),
    files: z
      .array(z.strictObject({ name: z.string() }))
      .max(2)
      .optional(),
    when: z.union([z.string(), z.number(), z.null()]).optional(),
    tags: z.record(z.string().regex(/^[a-z]+$/), z.string()).optional(),
  }),
  { io: 'input' },
);
const check = (config: unknown) => checkJobConfig(schema, config, at, new CheckTime());

describe("a job's configuration", () => {
  it('is right when the schema says so', () => {
    expect(
      check({ bucket: 'bfd-ccw', files: [{ name: 'x' }], when: null, tags: { a: 'b' } }),
    ).toEqual([]);
  });

  it('is not filled up: defaults are for the author to apply', () => {
    const config = { bucket: 'bfd-ccw' };
    check(config);
    expect(config).toEqual({ bucket: 'bfd-ccw' });
  });

  it.each<[unknown, string, string]>([
    [{}, 'jobs.load.config.bucket', 'is missing'],
    [{ bucket: 5 }, 'jobs.load.config.bucket', 'expected a text, found a number'],
    [{ bucket: null }, 'jobs.load.config.bucket', 'expected a text, found null'],
    [{ bucket: ['a'] }, 'jobs.load.config.bucket', 'expected a text, found a list'],
    [{ bucket: 'ab' }, 'jobs.load.config.bucket', 'expected at least 3 characters'],
    [{ bucket: 'ABC' }, 'jobs.load.config.bucket', 'expected a text of the form "^[a-z.-]+$"'],
    [{ bucket: 'abc', buckt: 1 }, 'jobs.load.config.buckt', 'is not known; did you mean "bucket"?'],
    [
      { bucket: 'abc', extra: 1 },
      'jobs.load.config.extra',
      'is not known; known here: bucket, hashing, rows, since, url, files, when, tags',
    ],
    [
      { bucket: 'abc', '936-67-1147': 1 },
      'jobs.load.config["(withheld)"]',
      'is not known; known here: bucket, hashing, rows, since, url, files, when, tags',
    ],
    [
      { bucket: 'abc', hashing: 'later' },
      'jobs.load.config.hashing',
      'expected "now" or "deferred"',
    ],
    [{ bucket: 'abc', rows: 0 }, 'jobs.load.config.rows', 'expected a number >= 1'],
    [{ bucket: 'abc', rows: 101 }, 'jobs.load.config.rows', 'expected a number <= 100'],
    [
      { bucket: 'abc', rows: 1.5 },
      'jobs.load.config.rows',
      'expected a whole number, found a number',
    ],
    [{ bucket: 'abc', url: 'x' }, 'jobs.load.config.url', 'expected a text or "none"'],
    [
      { bucket: 'abc', when: true },
      'jobs.load.config.when',
      'expected a text or a number or null, found true or false',
    ],
    [
      { bucket: 'abc', files: [{ name: 'a' }, { nam: 'b', name: 'c' }] },
      'jobs.load.config.files[1].nam',
      'is not known; did you mean "name"?',
    ],
    [
      { bucket: 'abc', files: [{ name: 'a' }, { name: 'a' }, { name: 'a' }] },
      'jobs.load.config.files',
      'expected at most 2 items',
    ],
  ])('is told with its place: %j', (config, place, problem) => {
    expect(check(config)).toContainEqual({ at: place, problem });
  });

  it('is told with all that is wrong', () => {
    const problems = check({ bucket: 1, hashing: 2, rows: 'x', other: {} });

    expect(problems.map((each) => each.at).sort()).toEqual([
      'jobs.load.config.bucket',
      'jobs.load.config.hashing',
      'jobs.load.config.other',
      'jobs.load.config.rows',
    ]);
  });

  it('is never repeated: it may be a secret', () => {
    const secret = 'SESAME';
    const config = {
      bucket: secret,
      hashing: secret,
      rows: secret,
      since: secret,
      url: secret,
      files: secret,
      when: [secret],
      tags: { a: [secret] },
    };

    expect(check(config).length).toBeGreaterThan(6);
    expect(JSON.stringify(check(config))).not.toContain(secret);
  });
});

describe('a schema that is meant badly', () => {
  const place = 'jobs.load.config';

  it('does not hold up the host with a pattern that takes for ever', () => {
    const evil = { type: 'object', properties: { a: { type: 'string', pattern: '^(a+)+$' } } };
    const started = performance.now();

    const time = new CheckTime();
    const config = { a: `${'a'.repeat(60)}!` };

    const problems = [1, 2, 3].map(() => checkJobConfig(evil, config, at, time));

    expect(performance.now() - started).toBeLessThan(10_000);
    const problem =
      'cannot be checked: the schema its plugin declares and those of its other jobs take longer than ' +
      '3000 ms; the plugin has to be mended';
    expect(problems).toEqual([1, 2, 3].map(() => [{ at: place, problem }]));
  });

  it.each<[string, Record<string, unknown>]>([
    ['asks for a promise', { $async: true, type: 'object' }],
    ['leads elsewhere', { $ref: 'http://example.com/schema.json' }],
    ['is of another draft', { $schema: 'http://json-schema.org/draft-03/schema#', type: 'object' }],
    ['has a pattern that is none', { properties: { a: { pattern: '(' } } }],
    ['has members of the wrong type', { properties: 7 }],
    ['refers to itself', { $ref: '#' }],
  ])('refuses the job and nothing else when it %s', (_, evil) => {
    expect(checkJobConfig(evil, { a: 'x' }, at, new CheckTime())).toEqual([
      {
        at: place,
        problem:
          'cannot be checked: the schema its plugin declares is no usable JSON Schema; the plugin has to be mended',
      },
    ]);
  });

  it('cannot break out into the code that checks it', () => {
    const code = "'];globalThis.pwned=1;//";
    const evil = { type: 'object', properties: { [code]: { const: code } }, required: [code] };

    checkJobConfig(evil, { [code]: 1 }, at, new CheckTime());

    expect('pwned' in globalThis).toBe(false);
  });
});
