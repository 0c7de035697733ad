// Collectors that are away, busy, slow, picky or deaf: runs go on as ever, and what is lost is told.

import { describe, expect, it, vi } from 'vitest';
import { jobSource, Project } from '../support/project.ts';
import { Collector, type Mood } from './collector.ts';

// Each test starts several processes, perhaps beside others that do.
vi.setConfig({ testTimeout: 120_000 });

const TALKS = `ctx.workStarts();
  for (let n = 0; n < 20; n++) this.log.info('still at it', { n });
  return workDone();`;

async function hostWith(collector: Collector) {
  await using making = new AsyncDisposableStack();
  const project = making.use(
    await Project.make({
      config: {
        telemetry: {
          otlp: { endpoint: collector.url },
          newRelicEvents: { accountId: '42', licenseKey: 'x', endpoint: collector.url },
        },
      },
    }),
  );
  await project.write('talks', jobSource({ name: 'talks', body: TALKS }));
  const host = project.start();
  const made = making.move();
  return { host, [Symbol.asyncDispose]: () => made.disposeAsync() };
}

describe('a run', () => {
  it.each<[string, Mood | 'down']>([
    ['is not there', 'down'],
    ['never answers', 'silent'],
    ['has had too much', 429],
    ['is broken', 500],
    ['refuses everything', 403],
  ])('goes on when the collector %s, and the losses are told', async (_, mood) => {
    await using collector = await Collector.start();
    if (mood === 'down') await collector.goDown();
    else collector.mood = mood;
    await using project = await hostWith(collector);
    const { host } = project;

    const finished = await host.waitFor({ event: 'run.finished', job: 'talks' });
    const { exitCode } = await host.stop();

    expect(finished).toMatchObject({ result: 'succeeded' });
    expect(exitCode).toBe(0);
    const lost = host.events.filter(({ code }) => code === 'BFD_TELEMETRY_LOST');
    for (const sink of ['traces', 'logs', 'New Relic events']) {
      expect(lost.some(({ message }) => String(message).includes(`of ${sink} could not`))).toBe(
        true,
      );
    }
  });

  it('is told whole to a collector that takes small requests only', async () => {
    await using collector = await Collector.start();
    collector.mood = { mostBytes: 4000 };
    await using project = await hostWith(collector);
    const { host } = project;
    await host.waitFor({ event: 'run.finished', job: 'talks' });
    await host.stop();

    const lines = host.events
      .filter(({ event }) => event === 'job.log')
      .map(({ 'fields.n': n }) => n);
    const logs = collector.logs
      .filter(({ event }) => event === 'job.log')
      .map(({ attributes }) => attributes['fields.n']);

    expect(lines).toHaveLength(20);
    expect(logs).toEqual(lines);
    expect(collector.requests.every(({ wireBytes }) => wireBytes <= 4000)).toBe(true);
  });

  it('is told whole to a collector that comes back', async () => {
    await using collector = await Collector.start();
    collector.mood = 503;
    await using project = await hostWith(collector);
    const { host } = project;
    await host.waitFor({ event: 'run.finished', job: 'talks' });
    collector.mood = 'ok';
    await collector.until(() => collector.logs.some(({ event }) => event === 'run.finished'));
    await host.stop();

    expect(collector.logs.filter(({ event }) => event === 'job.log')).toHaveLength(20);
    expect(host.events.filter(({ code }) => code === 'BFD_TELEMETRY_LOST')).toEqual([]);
  });
});
