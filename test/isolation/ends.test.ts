import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Bench } from './support.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await Bench.open();
});
afterAll(() => bench[Symbol.asyncDispose]());

describe('a run that returns', () => {
  it('passes on its outcome', async () => {
    const { end } = await bench.fault('work');
    expect(end).toEqual({
      kind: 'returned',
      outcome: { kind: 'work-done', counts: { rows: 3, files: 1 }, version: '42' },
    });
  });

  it('says that there is nothing to do', async () => {
    const { end, told } = await bench.fault('nothing');
    expect(end).toEqual({ kind: 'returned', outcome: { kind: 'nothing-to-do' } });
    expect(told.workStarts).toBe(0);
  });

  it('tells of its progress, the first and the last, and not of each', async () => {
    const { told } = await bench.fault('progress');
    expect(told.workStarts).toBe(1);
    expect(told.progress[0]).toEqual({
      done: 0,
      total: 1000,
      unit: 'rows',
      label: 'claims/2011.csv',
    });
    expect(told.progress.at(-1)).toMatchObject({ done: 1000 });
    expect(told.progress.length).toBeLessThan(10);
  });

  it('collects failed items without stopping the others', async () => {
    const { end } = await bench.fault('items');
    expect(end).toMatchObject({ outcome: { counts: { done: 2, failed: 3, results: 5 } } });
  });

  it('fails when what it returns is no outcome', async () => {
    const { end } = await bench.fault('return garbage');
    expect(end).toMatchObject({ kind: 'threw', error: { code: 'BFD_JOB_OUTCOME' } });
  });

  it('fails when a count is no number', async () => {
    const { end } = await bench.fault('return garbage counts');
    expect(end).toMatchObject({ kind: 'threw', error: { code: 'BFD_JOB_OUTCOME' } });
  });
});

describe('a run that throws', () => {
  it('shows the code, text, fields and places of a JobError', async () => {
    const { end } = await bench.fault('throw JobError');
    expect(end).toEqual({
      kind: 'threw',
      error: {
        code: 'FAULT_LINE',
        message:
          '2011/carrier-*.csv has a bad date in line 17, the value is (withheld). Mend the file and upload it again.',
        places: [{ code: 'FAULT_DATE', file: 'carrier.csv', line: 17, column: 'CLM_FROM_DT' }],
        isPermanent: false,
      },
    });
  });

  it('tells a permanent error from one that a retry may mend', async () => {
    const { end } = await bench.fault('throw PermanentError');
    expect(end).toMatchObject({ error: { code: 'FAULT_FOR_GOOD', isPermanent: true } });
  });

  it('names the class of any other error and the line of the bundle it came from', async () => {
    const { end } = await bench.fault('throw TypeError');
    expect(end).toMatchObject({
      kind: 'threw',
      error: {
        code: 'BFD_JOB_THREW',
        name: 'TypeError',
        places: [{ file: 'plugin.js', line: expect.any(Number) }],
      },
    });
  });

  it('names a class of the bundle', async () => {
    const { end } = await bench.fault('throw own class');
    expect(end).toMatchObject({ error: { name: 'RowRefusedError' } });
  });

  it('names the code and call of a system error', async () => {
    const { end } = await bench.fault('throw system error');
    expect(end).toMatchObject({
      error: { code: 'BFD_SYSTEM_ENOENT', message: expect.stringContaining('ENOENT in open') },
    });
  });

  it.each(['throw a string', 'throw a proxy', 'throw biting getters'])(
    'fails like any other when it does: %s',
    async (does) => {
      const { end } = await bench.fault(does);
      expect(end).toMatchObject({ kind: 'threw', error: { code: 'BFD_JOB_THREW' } });
    },
  );
});

describe('a run whose process dies', () => {
  it.each([
    ['exit', { reason: 'exit', exitCode: 3, error: { code: 'BFD_JOB_EXITED' } }],
    ['abort', { reason: 'signal', signal: 'SIGABRT', error: { code: 'BFD_JOB_KILLED' } }],
    ['kill itself', { reason: 'signal', signal: 'SIGSEGV', error: { code: 'BFD_JOB_KILLED' } }],
    ['reject later', { reason: 'fatal', error: { code: 'BFD_JOB_THREW', name: 'RangeError' } }],
    ['throw in a timer', { reason: 'fatal', error: { code: 'FAULT_TIMER' } }],
  ])('says how: %s', async (does, expected) => {
    const { end } = await bench.fault(does);
    expect(end).toMatchObject({ kind: 'died', ...expected });
  });

  it('leaves the next run a new process', async () => {
    await bench.fault('exit');
    const { end } = await bench.fault('count runs');
    expect(end).toMatchObject({ kind: 'returned', outcome: { counts: { runs: 1 } } });
  });
});
