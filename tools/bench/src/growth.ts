// How the load's time grows with the rows of the file: an exponent of 1 is a straight line.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { machine, median, rounded, table } from './load/figures.ts';
import { LoadBench, type LoadCosts } from './load/load-bench.ts';
import { makeRifFile, type RifFile } from './load/rif-file.ts';
import { undisturbed } from './load/undisturbed.ts';
import type { BenchOptions, BenchOutcome } from './main.ts';

const ROUNDS = 3;
const MILLIONS = [1, 3, 10];
const MOST_EXPONENT = 1.05;

type Load = LoadCosts & { readonly isDisturbed: boolean };

export async function benchGrowth(
  _only: readonly string[],
  { pairs = ROUNDS }: BenchOptions,
): Promise<BenchOutcome> {
  const folder = await mkdtemp(path.join(tmpdir(), 'bfd-bench-'));
  try {
    await using bench = await LoadBench.make({ hashing: 'deferred' });
    const sizes: { file: RifFile; loads: Load[] }[] = [];
    for (const millions of MILLIONS) {
      const file = await makeRifFile('CARRIER', { rows: millions * 1_000_000 }, folder);
      const loads: Load[] = [];
      await bench.unsend();
      await bench.send(file);
      await rm(file.path);
      while (loads.length < pairs) {
        loads.push(
          await undisturbed(
            () => bench.empty(),
            () => bench.load(),
          ),
        );
      }
      sizes.push({ file, loads });
    }
    const results = sizes.map(({ file, loads }) => {
      const seconds = median(loads.map((load) => load.seconds));
      return {
        name: `carrier ${rounded(file.rows / 1_000_000)} million rows`,
        rows: file.rows,
        seconds: rounded(seconds),
        rowsPerSecond: Math.round(file.rows / seconds),
        peakRssMb: Math.round(Math.max(...loads.map(({ peakRssMb }) => peakRssMb))),
        disturbed: loads.filter(({ isDisturbed }) => isDisturbed).length,
      };
    });
    const exponent = slope(results.map(({ rows, seconds }) => [Math.log(rows), Math.log(seconds)]));
    return {
      data: { machine: machine(), results, exponent: rounded(exponent), most: MOST_EXPONENT },
      lines: [
        ...table([
          ['load', 'seconds', 'rows/s', 'RSS MB', 'disturbed'],
          ...results.map((result) => [
            result.name,
            result.seconds.toFixed(2),
            String(result.rowsPerSecond),
            String(result.peakRssMb),
            String(result.disturbed),
          ]),
        ]),
        `time grows with rows to the power of ${exponent.toFixed(2)} (at most ${MOST_EXPONENT})`,
      ],
      isPassed: exponent <= MOST_EXPONENT,
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Of the line that fits the points best. */
function slope(points: readonly (readonly [number, number])[]): number {
  const mean = (place: 0 | 1) =>
    points.reduce((sum, point) => sum + point[place], 0) / points.length;
  const [meanX, meanY] = [mean(0), mean(1)];
  const over = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0);
  const under = points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
  return over / under;
}
