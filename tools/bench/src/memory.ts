// Whether the load's memory depends on the size of the file: peak RSS of the job's process for a small one and one twenty
// times as large.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { machine, median, rounded, table } from './load/figures.ts';
import { LoadBench } from './load/load-bench.ts';
import { makeRifFile } from './load/rif-file.ts';
import type { BenchOptions, BenchOutcome } from './main.ts';

const ROUNDS = 3;
const SMALL_MB = 100;
const TIMES = 20;
const MOST_RSS_MB = 220;
const MOST_GROWTH = 1.15;

export async function benchMemory(
  _only: readonly string[],
  { megabytes = SMALL_MB, pairs = ROUNDS }: BenchOptions,
): Promise<BenchOutcome> {
  const folder = await mkdtemp(path.join(tmpdir(), 'bfd-bench-'));
  try {
    await using bench = await LoadBench.make({ hashing: 'deferred' });
    const sizes = [megabytes, megabytes * TIMES];
    const peaks: [number[], number[]] = [[], []];
    for (const [index, size] of sizes.entries()) {
      const file = await makeRifFile('CARRIER', { megabytes: size }, folder);
      await bench.unsend();
      await bench.send(file);
      for (let round = 0; round < pairs; round++) {
        await bench.empty();
        peaks[index]?.push((await bench.load()).peakRssMb);
      }
    }
    const [small, large] = peaks.map(median);
    const growth = (large ?? Number.NaN) / (small ?? Number.NaN);
    const peakRssMb = Math.round(Math.max(...peaks.flat()));
    return {
      data: {
        machine: machine(),
        results: sizes.map((size, index) => ({
          name: `carrier ${size} MB`,
          peakRssMb: Math.round(median(peaks[index] ?? [])),
          peaks: peaks[index]?.map(Math.round),
        })),
        growth: rounded(growth),
        mostGrowth: MOST_GROWTH,
        mostRssMb: MOST_RSS_MB,
      },
      lines: [
        ...table([
          ['carrier', 'peak RSS MB, median', 'all'],
          ...sizes.map((size, index) => [
            `${size} MB`,
            median(peaks[index] ?? []).toFixed(0),
            (peaks[index] ?? []).map((peak) => peak.toFixed(0)).join(' '),
          ]),
        ]),
        `${growth.toFixed(2)} times (at most ${MOST_GROWTH}); never more than ${MOST_RSS_MB} MB`,
      ],
      isPassed: growth <= MOST_GROWTH && peakRssMb <= MOST_RSS_MB,
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
