import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { type PhiLeakError, phiCheck } from '../index.ts';
import { canaries } from './canaries.ts';
import { findCanaries } from './find-canaries.ts';

// Each starts a dozen processes, perhaps beside others that do.
vi.setConfig({ testTimeout: 120_000 });

const TOOLS = path.resolve(import.meta.dirname, '../../..');
const LOADS_CSV = path.join(TOOLS, 'create-bfd-job/templates/poll-s3');
const FAULTY = path.join(TOOLS, 'testkit/test/faulty-jobs');

describe('the check for personal data', () => {
  it('lets a job pass that tells nothing, also of what is wrong', async () => {
    const sql = await readFile(path.join(LOADS_CSV, 'dev/database.sql'), 'utf8');
    const report = await phiCheck((canary) => ({
      plugin: LOADS_CSV,
      config: ({ bucket }) => ({ bucket: bucket.name }),
      sql: `${sql}; insert into people.person values (17, '${canary.name()}')`,
      objects: {
        [`${canary.name()}.csv`]: `id,name,born\n${canary.number()},${canary.text()},${canary.date()}\n`,
        // The key is taken: PostgreSQL tells the whole row in its message.
        [`zz-${canary.mbi()}.csv`]: `id,name,born\n17,${canary.name()},${canary.date()}\n`,
      },
    }));

    expect(report.runs).toBeGreaterThan(5);
    for (const texts of Object.values(report.searched)) expect(texts).toBeGreaterThan(0);
  });

  it("finds out a job that logs a person's number as if it counted something", async () => {
    const leaking = phiCheck((canary) => ({
      plugin: FAULTY,
      job: 'logs-number',
      sql: `create table person as select '${canary.number()}' as id`,
    }));

    const error: PhiLeakError = await leaking.catch((thrown) => thrown);
    expect(error.code).toBe('BFD_PHI_LEAK');
    expect(error.leaks).toContainEqual(
      expect.objectContaining({
        sink: 'events',
        form: 'plain',
        excerpt: expect.stringContaining('fields.rows'),
      }),
    );
    expect(error.leaks.map(({ sink }) => sink)).toContain('console');
  });

  it("finds out a job that puts a person's number into an error", async () => {
    const leaking = phiCheck((canary) => ({
      plugin: FAULTY,
      job: 'tells-number',
      sql: `create table person as select '${canary.number()}' as id`,
    }));

    const error: PhiLeakError = await leaking.catch((thrown) => thrown);
    expect(new Set(error.leaks.map(({ sink }) => sink))).toEqual(
      new Set(['events', 'console', 'records']),
    );
  });

  it('is no check when nobody made a canary', async () => {
    await expect(phiCheck(() => ({ plugin: FAULTY, job: 'logs-number' }))).rejects.toMatchObject({
      code: 'BFD_TESTKIT_NO_CANARIES',
    });
  });
});

describe('the search for canaries', () => {
  const made = canaries();
  const values = [made.name(), made.mbi(), made.ssn(), made.number(), made.date()];

  it.each(values)('finds %s in every code it may be put into', (value) => {
    const texts = [
      `x${value.toLowerCase()}y`,
      `"${value.toUpperCase()}"`,
      Buffer.from(value).toString('hex'),
      Buffer.from(`some ${value} text`).toString('base64'),
      Buffer.from(`a ${value}`).toString('base64url'),
      Buffer.from(`${value},`).toString('base64'),
      value.replaceAll('-', ''),
      [...value].reverse().join(''),
    ];
    for (const text of texts) {
      expect(findCanaries([value], new Map([['sink', [text]]])), text).not.toEqual([]);
    }
  });

  it('finds none where there is none', () => {
    const told = new Map([['events', ['{"time":"2026-11-22T12:16:24.459Z","counts.rows":1200}']]]);
    expect(findCanaries(values, told)).toEqual([]);
  });
});
