import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { type EvilKitError, type EvilOptions, evilKit } from '../index.ts';

// Each starts dozens of processes, perhaps beside others that do.
vi.setConfig({ testTimeout: 900_000 });

const IS_DEEP = process.env['BFD_DEEP'] !== undefined;
const TOOLS = path.resolve(import.meta.dirname, '../../..');
const LOADS_CSV = path.join(TOOLS, 'create-bfd-job/templates/poll-s3');

/** What the kit says of a job with a mistake in it. */
async function breachesOf(job: string, options: Partial<EvilOptions>): Promise<readonly string[]> {
  const careless = evilKit({
    plugin: path.join(TOOLS, 'testkit/test/faulty-jobs'),
    job,
    config: ({ bucket }) => ({ bucket: bucket.name }),
    sql: 'create table person (name text); create table done (key text primary key)',
    objects: { 'a.txt': 'Ada\nGrace\n' },
    tables: ['person'],
    ...options,
  });
  const error: EvilKitError = await careless.then(
    () => expect.fail('the mistake was not found'),
    (thrown) => thrown,
  );
  expect(error.code).toBe('BFD_EVIL_KIT');
  return error.breaches;
}

describe('the evil kit', () => {
  it('lets a careful job pass: nothing is lost or doubled, whatever happens', async () => {
    const report = await evilKit({
      plugin: LOADS_CSV,
      config: ({ bucket }) => ({ bucket: bucket.name }),
      sql: await readFile(path.join(LOADS_CSV, 'dev/database.sql'), 'utf8'),
      objects: { 'a.csv': 'id,name,born\n1,Ada,1815-12-10\n', 'b.csv': 'id,name,born\n2,Mary,\n' },
      tables: ['people.person', 'select key from people.file'],
      places: IS_DEEP ? 12 : 1,
    });

    expect(report.trials.length).toBeGreaterThanOrEqual(6);
    expect(report.trials.filter(({ hasStruck }) => !hasStruck)).toEqual([]);
    const results = Object.groupBy(report.trials, ({ fault }) => fault);
    expect(results.kill?.map(({ firstResult }) => firstResult)).toContain('crashed');
    expect(results['s3-error']?.map(({ firstResult }) => firstResult)).toContain('failed');
    expect(results['s3-tear']?.map(({ firstResult }) => firstResult)).toContain('failed');
    expect(results.restart?.map(({ firstResult }) => firstResult)).toContain('failed');
  });

  it('finds out a job that writes outside of a transaction: rows are doubled', async () => {
    const breaches = await breachesOf('notes-afterwards', { faults: ['kill'], places: 2 });

    expect(breaches.join('\n')).toMatch(/kill -9 .*\n {2}person: \d too many, such as {"name": "/);
  });

  it('finds out a job that notes what it has not done yet: rows are lost', async () => {
    const breaches = await breachesOf('notes-before', { faults: ['kill'], places: 3 });

    expect(breaches.join('\n')).toMatch(/person: 2 lost/);
  });

  it('finds out a job that takes a failed request for an empty object', async () => {
    const breaches = await breachesOf('swallows-errors', { faults: ['s3-error', 's3-tear'] });

    expect(breaches.map((breach) => breach.split(' before ')[0])).toEqual([
      'S3 error',
      'torn S3 answer',
    ]);
  });

  it('says so when a job fails with nothing to disturb it', async () => {
    await expect(
      evilKit({
        plugin: path.join(TOOLS, 'testkit/test/faulty-jobs'),
        job: 'tells-number',
        sql: "create table person (id text); insert into person values ('17')",
        tables: ['person'],
      }),
    ).rejects.toMatchObject({
      code: 'BFD_TESTKIT_UNDISTURBED',
      message: expect.stringContaining('ACME_PERSON'),
    });
  });
});
