// What it brings to load several types of files at a time. The yardstick is the same data set, one type after the other.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { RifType } from '@bfd-host/rif';
import { machine, median, rounded, table } from './load/figures.ts';
import { LoadBench, type LoadCosts } from './load/load-bench.ts';
import { makeRifFile, type RifFile } from './load/rif-file.ts';
import { undisturbed } from './load/undisturbed.ts';
import type { BenchOptions, BenchOutcome } from './main.ts';

const PAIRS = 7;
const MEGABYTES = 40;
const TYPES: readonly RifType[] = ['CARRIER', 'DME', 'INPATIENT', 'OUTPATIENT', 'PDE', 'SNF'];
const DATA_SETS = [
  { name: 'large files', share: 1 },
  { name: 'small files', share: 0.02 },
] as const;
const AT_ONCE = [2, 3];

export async function benchLoadTypes(
  _only: readonly string[],
  { megabytes = MEGABYTES, pairs = PAIRS }: BenchOptions,
): Promise<BenchOutcome> {
  const results: TypesResult[] = [];
  for (const { name, share } of DATA_SETS) {
    const folder = await mkdtemp(path.join(tmpdir(), 'bfd-bench-'));
    try {
      const files: RifFile[] = [];
      for (const type of TYPES) {
        files.push(await makeRifFile(type, { megabytes: megabytes * share }, folder));
      }
      results.push(...(await measureDataSet(name, files, pairs)));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
  return {
    data: { machine: machine(), results },
    lines: table([
      ['load', 'times one', 'lowest-highest', 'seconds', 'rows/s', 'RSS MB', 'pairs', 'disturbed'],
      ...results.map((result) => [
        result.name,
        result.ratio.toFixed(2),
        result.ratios.map((ratio) => ratio.toFixed(2)).join('-'),
        `${result.seconds.toFixed(2)} : ${result.yardstickSeconds.toFixed(2)}`,
        String(result.rowsPerSecond),
        String(result.peakRssMb),
        String(result.pairs),
        String(result.disturbed),
      ]),
    ]),
    isPassed: true,
  };
}

interface TypesResult {
  readonly name: string;
  readonly yardstick: string;
  readonly ratio: number;
  readonly ratios: readonly [number, number];
  readonly rowsPerSecond: number;
  readonly peakRssMb: number;
  readonly seconds: number;
  readonly yardstickSeconds: number;
  readonly pairs: number;
  readonly disturbed: number;
}

type Load = LoadCosts & { readonly isDisturbed: boolean };

interface Round {
  readonly one: Load;
  readonly several: readonly Load[];
}

async function measureDataSet(
  name: string,
  files: readonly RifFile[],
  pairs: number,
): Promise<TypesResult[]> {
  await using bench = await LoadBench.make({});
  await bench.send(...files);
  const load = async (typesAtOnce: number) => {
    await bench.configure({ hashing: 'deferred', typesAtOnce });
    return undisturbed(
      () => bench.empty(),
      () => bench.load(),
    );
  };
  const rounds: Round[] = [];
  while (rounds.length < pairs) {
    const one = await load(1);
    const several: Load[] = [];
    for (const typesAtOnce of AT_ONCE) several.push(await load(typesAtOnce));
    rounds.push({ one, several });
  }
  const rows = files.reduce((sum, file) => sum + file.rows, 0);
  return AT_ONCE.map((typesAtOnce, index) => {
    const loads = rounds.flatMap(({ several }) => several[index] ?? []);
    const ratios = rounds.map(
      ({ one, several }) => (several[index]?.seconds ?? Number.NaN) / one.seconds,
    );
    const seconds = median(loads.map((each) => each.seconds));
    return {
      name: `${name}, ${typesAtOnce} types at a time`,
      yardstick: 'one type at a time',
      ratio: rounded(median(ratios)),
      ratios: [rounded(Math.min(...ratios)), rounded(Math.max(...ratios))],
      rowsPerSecond: Math.round(rows / seconds),
      peakRssMb: Math.round(Math.max(...loads.map(({ peakRssMb }) => peakRssMb))),
      seconds: rounded(seconds),
      yardstickSeconds: rounded(median(rounds.map(({ one }) => one.seconds))),
      pairs: rounds.length,
      disturbed: rounds.filter(({ one, several }) => one.isDisturbed || several[index]?.isDisturbed)
        .length,
    };
  });
}
