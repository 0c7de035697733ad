import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Bench } from './support.ts';

/** What ends the loop of a blocked job, from outside. */
const GATE_FOLDER = mkdtempSync(path.join(tmpdir(), 'gate-'));
const GATE = path.join(GATE_FOLDER, 'open');
chmodSync(GATE_FOLDER, 0o755);

let bench: Bench;
beforeAll(async () => {
  bench = await Bench.open({ env: { ...process.env, FAULT_GATE: GATE } });
});
afterAll(async () => {
  await bench[Symbol.asyncDispose]();
  rmSync(GATE_FOLDER, { recursive: true });
});

describe('a job that uses more than it may', () => {
  it('is told that its heap was too small, and the setting', async () => {
    const { end } = await bench.fault('fill heap', {
      limits: { memoryMb: 40, blockedKillMs: 60_000 },
    });
    expect(end).toMatchObject({
      kind: 'died',
      reason: 'memory',
      error: { code: 'BFD_JOB_MEMORY' },
    });
    expect(end).toMatchObject({ error: { remedy: expect.stringContaining('"memoryMb"') } });
  });

  it('is killed when its buffers outgrow its memory', async () => {
    const { end } = await bench.fault('fill buffers', { limits: { rssMb: 200 } });
    expect(end).toMatchObject({ kind: 'died', reason: 'memory' });
    expect(end).toMatchObject({ error: { remedy: expect.stringContaining('"rssMb"') } });
  });

  it('is killed when its files take too much room', async () => {
    const { end } = await bench.fault('fill temp folder', { limits: { tempBytes: 8 << 20 } });
    expect(end).toMatchObject({
      kind: 'died',
      reason: 'temp-files',
      error: { code: 'BFD_JOB_TEMP_FILES' },
    });
    expect(end).toMatchObject({
      error: {
        message: expect.stringContaining('8 MiB'),
        remedy: expect.stringContaining('"tempMb"'),
      },
    });
  });

  it('is killed when it floods the console', async () => {
    const { end } = await bench.fault('output flood');
    expect(end).toMatchObject({ kind: 'died', reason: 'output' });
    expect(end).toMatchObject({ error: { remedy: expect.stringContaining('"outputKb"') } });
  });
});

describe('a job that blocks its main thread', () => {
  it('is told of while it goes on', async () => {
    const { end, told } = await bench.fault('loop until the gate opens', {
      limits: { blockedWarnMs: 250 },
      spec: { privileges: { environment: ['FAULT_GATE'], read: [GATE_FOLDER] } },
      onBlocked: () => writeFileSync(GATE, ''),
    });
    expect(end.kind).toBe('returned');
    expect(told.blocked).toEqual([expect.stringContaining('has not answered')]);
  });

  it.each(['loop', 'wait'])('is killed, and the line it hung in is told: %s', async (does) => {
    const { end } = await bench.fault(does, {
      limits: { blockedWarnMs: 250, blockedKillMs: 1000 },
    });
    expect(end).toMatchObject({
      kind: 'died',
      reason: 'blocked',
      error: { code: 'BFD_JOB_BLOCKED' },
    });
    expect(end).toMatchObject({
      error: {
        places: expect.arrayContaining([
          { code: 'BFD_JOB_BLOCKED', file: 'plugin.js', line: expect.any(Number) },
        ]),
      },
    });
  });
});

describe('a run whose time is up', () => {
  it('is asked to stop, and may say that it did', async () => {
    const { end } = await bench.fault('heed abort', { request: { softTimeoutMs: 100 } });
    expect(end).toMatchObject({ kind: 'threw', error: { code: 'BFD_RUN_TIMED_OUT' } });
  });

  it('is killed when it does not', async () => {
    const { end } = await bench.fault('ignore abort', {
      request: { softTimeoutMs: 100, hardTimeoutMs: 300 },
    });
    expect(end).toMatchObject({
      kind: 'died',
      reason: 'hard-timeout',
      error: { code: 'BFD_RUN_TIMED_OUT' },
    });
  });
});

describe('a run that is told to stop', () => {
  it('ends by the signal and keeps its process', async () => {
    const { end } = await bench.fault('heed abort', { stopWhenWorking: true });
    expect(end).toMatchObject({ kind: 'threw', error: { code: 'BFD_RUN_ABORTED' } });
    expect(bench.processes.status()).toMatchObject([{ state: 'idle' }]);
  });

  it('may finish what it does', async () => {
    const { end } = await bench.fault('end well after abort', { stopWhenWorking: true });
    expect(end).toMatchObject({ kind: 'returned', outcome: { counts: { rows: 1 } } });
  });

  it.each(['hang', 'ignore abort', 'loop'])(
    'is killed after its grace when it does not: %s',
    async (does) => {
      const { end } = await bench.fault(does, {
        stopWhenWorking: true,
        request: { graceMs: 200 },
      });
      expect(end).toMatchObject({
        kind: 'died',
        reason: 'abort-ignored',
        error: { code: 'BFD_ABORT_IGNORED' },
      });
    },
  );

  it('does not start when it was stopped before', async () => {
    const { end } = await bench.fault('work', { signal: AbortSignal.abort() });
    expect(end).toMatchObject({ kind: 'threw', error: { code: 'BFD_RUN_ABORTED' } });
  });
});
