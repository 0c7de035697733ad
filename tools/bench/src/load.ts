// How fast files of new records are loaded: `bfd-host run ccw-rif-load` from S3 with spans and fence, against COPY of
// the same rows, split beforehand into a file for each table.

import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { bareHashesPerSecond } from './bare-hashes.ts';
import { machine, median, rounded, table } from './load/figures.ts';
import { LoadBench } from './load/load-bench.ts';
import { type LoadCase, type LoadResult, measureCase } from './load/load-case.ts';
import { makeRifFile, type RifFile } from './load/rif-file.ts';
import { undisturbed } from './load/undisturbed.ts';
import type { BenchOptions, BenchOutcome } from './main.ts';

const PAIRS = 7;
const DEFERRED = { hashing: 'deferred' };
const ITERATIONS = 1000;
const INLINE = {
  hashing: 'inline',
  iterations: ITERATIONS,
  pepper: randomBytes(16).toString('hex'),
};

const CASES: readonly LoadCase[] = [
  {
    name: 'carrier',
    type: 'CARRIER',
    megabytes: 300,
    config: DEFERRED,
    most: { one: 1.2, asMany: 1.6 },
  },
  { name: 'inpatient', type: 'INPATIENT', megabytes: 200, config: DEFERRED, most: { one: 1.5 } },
  {
    name: 'beneficiary',
    type: 'BENEFICIARY',
    megabytes: 200,
    config: DEFERRED,
    most: { one: 1.3 },
  },
  {
    name: 'beneficiary-inline',
    type: 'BENEFICIARY',
    megabytes: 20,
    config: INLINE,
    most: { one: 1 / 0.75 },
  },
];
const MOST_SERVER_CPU = 1.15;
const MOST_RSS_MB = 220;
/** Of the original at its best, on 76 vCPUs. */
const ORIGINAL_RECORDS_PER_SECOND = 21_865;

export async function benchLoad(
  only: readonly string[],
  { megabytes, pairs = PAIRS }: BenchOptions,
): Promise<BenchOutcome> {
  const folder = await mkdtemp(path.join(tmpdir(), 'bfd-bench-'));
  const results: LoadResult[] = [];
  try {
    for (const each of CASES) {
      if (only.length > 0 && !only.includes(each.name)) continue;
      const file = await makeRifFile(each.type, { megabytes: megabytes ?? each.megabytes }, folder);
      results.push(
        ...(each.config === INLINE
          ? [await measureHashing(each, file, pairs)]
          : await measureCase(each, file, pairs)),
      );
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return {
    data: { machine: machine(), originalRecordsPerSecond: ORIGINAL_RECORDS_PER_SECOND, results },
    lines: linesOf(results),
    isPassed: results.every(isReached),
  };
}

/** Against what the hashes alone take on all cores: two a person. */
async function measureHashing(
  { name, config, most }: LoadCase,
  file: RifFile,
  pairs: number,
): Promise<LoadResult> {
  await using bench = await LoadBench.make(config);
  await bench.send(file);
  const loads: (Awaited<ReturnType<LoadBench['load']>> & { isDisturbed: boolean; bare: number })[] =
    [];
  while (loads.length < pairs) {
    const before = await bareHashesPerSecond(ITERATIONS);
    const load = await undisturbed(
      () => bench.empty(),
      () => bench.load(),
    );
    const after = await bareHashesPerSecond(ITERATIONS);
    loads.push({ ...load, bare: (2 * file.records) / ((before + after) / 2) });
  }
  const ratios = loads.map(({ seconds, bare }) => seconds / bare);
  const seconds = median(loads.map((load) => load.seconds));
  return {
    name,
    yardstick: 'PBKDF2 on all cores',
    ratio: rounded(median(ratios)),
    ratios: [rounded(Math.min(...ratios)), rounded(Math.max(...ratios))],
    most: rounded(most.one),
    rowsPerSecond: Math.round(file.rows / seconds),
    mbPerSecond: rounded(file.bytes / 1_000_000 / seconds),
    peakRssMb: Math.round(Math.max(...loads.map(({ peakRssMb }) => peakRssMb))),
    serverCpuRatio: 0, // there is no COPY that hashes
    clientCpuSeconds: rounded(median(loads.map(({ clientCpuSeconds }) => clientCpuSeconds))),
    seconds: rounded(seconds),
    yardstickSeconds: rounded(median(loads.map(({ bare }) => bare))),
    pairs,
    disturbed: loads.filter(({ isDisturbed }) => isDisturbed).length,
  };
}

function isReached({ ratio, most, serverCpuRatio, peakRssMb }: LoadResult): boolean {
  return ratio <= most && serverCpuRatio <= MOST_SERVER_CPU && peakRssMb <= MOST_RSS_MB;
}

function linesOf(results: readonly LoadResult[]): string[] {
  return [
    ...table([
      [
        'load',
        'against',
        'times',
        'lowest-highest',
        'at most',
        'seconds',
        'rows/s',
        'MB/s',
        'RSS MB',
        'server CPU',
        'client CPU s',
        'pairs',
        'disturbed',
      ],
      ...results.map((result) => [
        result.name,
        result.yardstick,
        result.ratio.toFixed(2),
        result.ratios.map((ratio) => ratio.toFixed(2)).join('-'),
        result.most.toFixed(2),
        `${result.seconds.toFixed(2)} : ${result.yardstickSeconds.toFixed(2)}`,
        String(result.rowsPerSecond),
        result.mbPerSecond.toFixed(0),
        String(result.peakRssMb),
        result.serverCpuRatio.toFixed(2),
        result.clientCpuSeconds.toFixed(1),
        String(result.pairs),
        String(result.disturbed),
      ]),
    ]),
    `The original at its best, on 76 vCPUs: ${ORIGINAL_RECORDS_PER_SECOND} records/s.`,
  ];
}
