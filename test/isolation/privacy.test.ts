import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Bench } from './support.ts';

const CANARIES = /CANARY|1000000000|SMITH|123456789A|1EG4TE5MK73/i;

let bench: Bench;
beforeAll(async () => {
  bench = await Bench.open();
});
afterAll(() => bench[Symbol.asyncDispose]());

describe('what a job may not tell', () => {
  it.each([
    'throw TypeError',
    'throw a string',
    'throw a proxy',
    'throw biting getters',
    'throw own class',
    'throw JobError',
    'throw made-up text',
    'throw lookalike',
    'reject later',
    'log',
    'log text',
    'log long number',
    'log field name',
    'console',
    'return garbage',
    'return garbage counts',
    'return made-up counts',
    'forged log',
    'patch globals',
  ])('does not leave its process: %s', async (does) => {
    const { everything } = await bench.fault(does);
    expect(everything).not.toMatch(CANARIES);
  });

  it('is withheld from the log while its constants and safe fields are shown', async () => {
    const { told } = await bench.fault('log');
    expect(told.logs).toEqual([
      {
        level: 'info',
        message: 'a constant message',
        fields: { rows: 3, table: 'carrier_claims', hidden: '(withheld)' },
      },
      { level: 'warn', message: '(withheld)', fields: { rows: 1 } },
      { level: 'info', message: 'a field with a value of a row', fields: { rows: '(withheld)' } },
      {
        level: 'warn',
        message: 'log fields withheld: they are neither safe text nor numbers that count',
        fields: { count: 1 },
      },
    ]);
  });

  it.each([
    ['log text', 'BFD_LOG_MESSAGE', 'was put together at run time'],
    ['log field', 'BFD_LOG_FIELD', 'Field "rows"'],
    ['log long number', 'BFD_LOG_FIELD', 'Field "claim"'],
    ['log field name', 'BFD_LOG_FIELD_NAME', 'names of 1 fields'],
  ])('fails the run in development, with what and where: %s', async (does, code, says) => {
    const { end, everything } = await bench.fault(does, { spec: { refusesUnsafeLogs: true } });
    expect(end).toMatchObject({
      kind: 'threw',
      error: { code, message: expect.stringContaining(says), places: [{ file: 'plugin.js' }] },
    });
    expect(everything).not.toMatch(CANARIES);
  });

  it('may be a long number under a name that counts', async () => {
    const { told, end } = await bench.fault('log long count', {
      spec: { refusesUnsafeLogs: true },
    });
    expect(end.kind).toBe('returned');
    expect(told.logs).toMatchObject([{ fields: { rows: 40_000_000, waitMs: 600_000 } }]);
  });

  it('is left out of the counts, which is told', async () => {
    const { end, told } = await bench.fault('return made-up counts');
    expect(end).toMatchObject({ outcome: { counts: { rows: 2 } } });
    expect(told.logs).toMatchObject([{ level: 'warn', fields: { count: 1 } }]);
  });

  it('is withheld with the code when the text was made up at run time', async () => {
    const { end } = await bench.fault('throw made-up text');
    expect(end).toMatchObject({ error: { code: 'BFD_JOB_ERROR' } });
  });
});

describe('raw console output', () => {
  it('is kept in a file for the eyes of its owner alone when asked for', async () => {
    const debugOutput = path.join(bench.folder, 'raw.log');
    await using own = await Bench.open();
    await own.fault('console', { spec: { debugOutput } });
    await own.processes[Symbol.asyncDispose]();
    expect(await readFile(debugOutput, 'utf8')).toMatch(CANARIES);
    expect((await stat(debugOutput)).mode & 0o777).toBe(0o600);
  });
});

describe('a log that floods', () => {
  it('is cut, and how much is told', async () => {
    const { told, end } = await bench.fault('log flood');
    expect(end.kind).toBe('returned');
    expect(told.logs.length).toBeLessThan(2500);
    const dropped = Number(told.logs.at(-1)?.fields['count']);
    expect(told.logs.length - 1 + dropped).toBe(5000);
  });
});
