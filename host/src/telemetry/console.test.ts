import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { Console } from './console.ts';
import type { HostEvent } from './events.ts';

const RUN = { job: 'a-job', runId: 'r', attempt: 1, trigger: 'schedule' } as const;

/** What a person sees of these events, without the time of day. */
async function shown(...events: readonly HostEvent[]): Promise<string> {
  const stream = new PassThrough();
  // Not a terminal: bars draw nothing there, lines are the same.
  const sink = new Console(stream as unknown as NodeJS.WriteStream);
  for (const event of events) sink.emit(event);
  await sink.close();
  return String(stream.read() ?? '').replaceAll(/^\d\d:\d\d:\d\d {2}/gm, '');
}

describe('the console', () => {
  const finished = { event: 'run.finished', ...RUN, durationMs: 4120, counts: {} } as const;

  it.each<[HostEvent, string]>([
    [{ event: 'host.starting', version: '1', services: 'PostgreSQL' }, 'starting with PostgreSQL'],
    [
      { event: 'host.started', version: '1', jobs: 2, problems: 1 },
      'host started with 2 jobs, 1 problems',
    ],
    [{ event: 'host.stopped' }, 'host stopped'],
    [{ event: 'host.degraded', code: 'BFD_X', message: 'no' }, 'host degraded: no (BFD_X)'],
    [{ event: 'host.notice', message: 'mind this' }, 'mind this'],
    [{ event: 'run.started', ...RUN, attempt: 2, startedAt: '' }, 'started (schedule, attempt 2)'],
    [
      { ...finished, result: 'succeeded', counts: { rows: 1200 } },
      'succeeded after 4.1 s, 1,200 rows',
    ],
    [
      {
        event: 'gate.blocked',
        job: 'a-job',
        gate: 'dependency-queued',
        reason: 'schema is queued',
      },
      'waits: schema is queued',
    ],
    [
      {
        event: 'job.log',
        job: 'a-job',
        runId: 'r',
        level: 'warn',
        message: 'slow',
        fields: { n: 1 },
      },
      'warn: slow, n 1',
    ],
    [{ event: 'job.blocked-loop', job: 'a-job', message: 'is blocked' }, 'is blocked'],
    [{ event: 'job.quarantined', job: 'a-job', message: 'is quarantined' }, 'is quarantined'],
    [{ event: 'job.released', job: 'a-job', message: 'is back' }, 'is back'],
  ])('tells %o', async (event, text) => {
    expect(await shown(event)).toContain(text);
  });

  it('tells of a failure what, where, what next, and when it is tried again', async () => {
    const text = await shown({
      ...finished,
      result: 'failed',
      errorCode: 'BFD_X',
      error: 'It went wrong.',
      remedy: 'Do this.',
      places: ['a.txt, line 3: BFD_Y'],
      retryInMs: 30_000,
    });

    expect(text.split('\n').map((part) => part.trim())).toEqual([
      'a-job                    failed after 4.1 s',
      'BFD_X: It went wrong.',
      'Do this.',
      'a.txt, line 3: BFD_Y',
      'tries again in 30.0 s',
      '',
    ]);
  });

  it.each<HostEvent>([
    { event: 'run.idle', job: 'a-job', runId: 'r', durationMs: 5 },
    { event: 'run.progress', ...RUN, done: 1, unit: 'rows', isMilestone: true },
    { event: 'job.log', job: 'a-job', runId: 'r', level: 'debug', message: 'x', fields: {} },
  ])('has no line for %o', async (event) => {
    expect(await shown(event)).toBe('');
  });
});
