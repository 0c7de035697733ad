import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { HostEvent } from './events.ts';
import { JsonLines, line } from './json-lines.ts';

const FINISHED: HostEvent = {
  event: 'run.finished',
  job: 'a-job',
  runId: 'r',
  attempt: 1,
  trigger: 'startup',
  result: 'failed',
  durationMs: 12,
  counts: { rows: 3 },
  errorCode: 'BFD_RIF_DATE',
};

describe('a line', () => {
  it('begins with the time and is flat', () => {
    const text = line(FINISHED);
    expect(text).toMatch(/^\{"time":"\d{4}-\d\d-\d\dT[^"]+Z",/);
    expect(text.endsWith('}\n')).toBe(true);
    expect(JSON.parse(text)).toMatchObject({ event: 'run.finished', 'counts.rows': 3, schema: 1 });
  });

  it('loses its places rather than its end when it would be too long', () => {
    const places = Array.from({ length: 20 }, () => `carrier.csv, ${'x'.repeat(1000)}`);
    const text = line({ ...FINISHED, places });
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(8192);
    expect(JSON.parse(text)).toMatchObject({ errorCode: 'BFD_RIF_DATE', isCut: true });
  });
});

describe('JSON lines', () => {
  it('leave out what is only of interest while looking closely', async () => {
    const out = new PassThrough();
    new JsonLines(out).emit({ event: 'run.idle', job: 'a-job', runId: 'r', durationMs: 5 });
    await new Promise(setImmediate);
    expect(out.read()).toBeNull();
  });

  it('tell progress now and then, flat', async () => {
    const progress = {
      event: 'run.progress',
      job: 'a-job',
      runId: 'r',
      attempt: 1,
      trigger: 'startup',
      done: 5,
      total: 10,
      unit: 'bytes',
      secondsLeft: 2,
      part: { done: 1, total: 2, perSecond: 3 },
    } as const;
    const out = new PassThrough();
    const lines = new JsonLines(out);
    lines.emit({ ...progress, isMilestone: false });
    await new Promise(setImmediate);
    expect(out.read()).toBeNull();

    lines.emit({ ...progress, isMilestone: true });
    await new Promise(setImmediate);
    const told = JSON.parse(String(out.read()));
    expect(told).toMatchObject({ done: 5, total: 10, secondsLeft: 2, 'part.perSecond': 3 });
    expect(told).not.toHaveProperty('isMilestone');
  });

  it('are dropped and counted while nobody reads', () => {
    const out = new PassThrough({ highWaterMark: 1 });
    const lines = new JsonLines(out);
    const error = 'x'.repeat(4000);
    for (let n = 0; n < 2000; n++) lines.emit({ ...FINISHED, error });
    expect(out.writableLength + out.readableLength).toBeLessThan(6 * 1024 * 1024);

    out.setEncoding('utf8').resume();
    return new Promise<void>((resolve) => {
      setImmediate(() => {
        out.once('data', (text: string) => {
          expect(JSON.parse(text).droppedBefore).toBeGreaterThan(500);
          resolve();
        });
        lines.emit(FINISHED);
      });
    });
  });
});
