import { describe, expect, it } from 'vitest';
import type { RunHooks } from '../isolation/job-process.ts';
import type { HostEvent } from '../telemetry/events.ts';
import { RunNews } from './run-news.ts';
import type { RunIdentity, RunProgress, RunStore } from './run-store.ts';

const RUN = {
  runId: 'r',
  attempt: 1,
  job: 'a-job',
  trigger: { kind: 'startup' },
  startedAt: new Date('2026-11-22T10:00:00Z'),
} as RunIdentity; // all that news look at

const RECORDED = { isRecorded: true, retryInMs: undefined };

/** A database whose writes end when the test says so. */
function slowStore() {
  const written: string[] = [];
  const pending: (() => void)[] = [];
  const write = (what: string) => {
    written.push(what);
    return new Promise<void>((resolve) => pending.push(resolve));
  };
  return {
    written,
    /** Ends the writes under way, and those that follow from them. */
    answer: async () => {
      for (const done of pending.splice(0)) done();
      await new Promise(setImmediate);
    },
    begin: () => write('begin'),
    progress: (_: RunIdentity, { done }: RunProgress) => write(`progress ${done}`),
  };
}

function open() {
  const store = slowStore();
  const events: HostEvent[] = [];
  const span = { add: () => {}, jobBegins: () => {}, show: () => {} };
  const news = new RunNews(RUN, span, {
    store: store as unknown as RunStore, // what news ask of it
    events: { emit: (event) => events.push(event) },
  });
  const hooks: RunHooks = news.hooks();
  return { store, events, news, hooks };
}

describe('news of a run', () => {
  it('show it once, with its true start', async () => {
    const { events, hooks, store } = open();
    hooks.workStarts();
    hooks.workStarts();
    await store.answer();

    expect(events).toMatchObject([
      { event: 'run.started', startedAt: '2026-11-22T10:00:00.000Z', trigger: 'startup' },
    ]);
    expect(store.written).toEqual(['begin']);
  });

  it('bring a slow database the newest progress, and all of it to whoever watches', async () => {
    const { events, hooks, store } = open();
    for (const done of [1, 2, 3]) hooks.progress({ done, unit: 'rows' });
    await new Promise(setImmediate);
    expect(store.written).toEqual(['begin']);

    await store.answer();
    await store.answer();

    expect(store.written).toEqual(['begin', 'progress 3']);
    expect(events.filter(({ event }) => event === 'run.progress')).toHaveLength(3);
  });

  it('that cannot be written fail nothing', async () => {
    const { news, hooks, store } = open();
    store.begin = () => Promise.reject(new Error('away'));
    hooks.workStarts();

    await news.settled();

    expect(news.isVisible).toBe(true);
  });

  it('of a run that found nothing and was never seen are for the curious', () => {
    const { news, events } = open();
    news.finished({ result: 'succeeded', outcome: 'nothing-to-do', counts: {} }, 3, RECORDED);

    expect(events).toEqual([{ event: 'run.idle', job: 'a-job', runId: 'r', durationMs: 3 }]);
  });

  it('name the places of an error', () => {
    const { news, events } = open();
    const places = [{ code: 'BFD_RIF_DATE', file: 'a.csv', line: 17, column: 'CLM_FROM_DT' }];
    const error = { code: 'BFD_X', message: 'No.', places, isPermanent: false };
    news.finished({ result: 'failed', counts: {}, error }, 3, { ...RECORDED, retryInMs: 100 });

    expect(events.at(-1)).toMatchObject({
      errorCode: 'BFD_X',
      places: ['a.csv, line 17, column CLM_FROM_DT: BFD_RIF_DATE'],
      retryInMs: 100,
    });
  });
});
