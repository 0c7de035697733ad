// What a collector that is away costs a run: the same job in a real host, with a collector that takes everything and with
// none there, by turns. The job talks, traces and works about as much as a load does in some seconds.

import { readFileSync } from 'node:fs';
import { jobSource, Project } from '../../../test/support/project.ts';
import { Collector } from '../../../test/telemetry/collector.ts';
import type { BenchOutcome } from './main.ts';
import { median } from './statistics.ts';

const PAIRS = 9;
const MOST_TIMES = 1.05;
/** What a host may need more of memory while nothing is taken from it. */
const MOST_MORE_MB = 64;

const TALKS = `ctx.workStarts();
  for (let n = 0; n < 4000; n++) {
    if (n % 4 === 0) await this.db.query('select count(*) from generate_series(1, 2000)');
    this.log.info('still at it', { n });
    ctx.progress({ done: n, total: 4000, unit: 'steps' });
  }
  return workDone({ counts: { steps: 4000 } });`;

interface Turn {
  readonly seconds: number;
  readonly peakRssMb: number;
}

export async function benchTelemetry([
  pairs = String(PAIRS),
]: readonly string[]): Promise<BenchOutcome> {
  await using collector = await Collector.start();
  await using away = await Collector.start();
  await away.goDown();
  await using project = await Project.make();
  await project.write('talks', jobSource({ name: 'talks', body: TALKS }));
  const there: Turn[] = [];
  const gone: Turn[] = [];
  await runWith(project, collector);
  for (let pair = 0; pair < Number(pairs); pair++) {
    there.push(await runWith(project, collector));
    gone.push(await runWith(project, away));
  }
  const ratio = median(
    gone.map(({ seconds }, pair) => seconds / (there[pair]?.seconds ?? Number.NaN)),
  );
  const moreMb =
    median(gone.map(({ peakRssMb }) => peakRssMb)) -
    median(there.map(({ peakRssMb }) => peakRssMb));
  return {
    data: { pairs: gone.length, ratio, moreMb, there, gone },
    lines: [
      `${gone.length} pairs; a run takes ${median(there.map(({ seconds }) => seconds)).toFixed(2)} s with a collector`,
      `without: ${ratio.toFixed(3)} times as long (at most ${MOST_TIMES}), ${moreMb.toFixed(0)} MB more at the peak (at most ${MOST_MORE_MB})`,
    ],
    isPassed: ratio <= MOST_TIMES && moreMb <= MOST_MORE_MB,
  };
}

async function runWith(project: Project, { url }: Collector): Promise<Turn> {
  await project.configure({ telemetry: { otlp: { endpoint: url } } });
  const host = project.start();
  const { durationMs } = await host.waitFor({ event: 'run.finished', job: 'talks' });
  const status = readFileSync(`/proc/${host.pid}/status`, 'utf8');
  const peakRssMb = Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
  await host.stop();
  return { seconds: Number(durationMs) / 1000, peakRssMb };
}
