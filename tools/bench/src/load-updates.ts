// What it costs to load records that are there already. The yardstick is the load's own time for the same records when
// they are new.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { machine, median, rounded, table } from './load/figures.ts';
import { LoadBench, type LoadCosts } from './load/load-bench.ts';
import { makeRifFile, type RifFile, rewriteRifFile } from './load/rif-file.ts';
import { undisturbed } from './load/undisturbed.ts';
import type { BenchOptions, BenchOutcome } from './main.ts';

const PAIRS = 7;
const MEGABYTES = 150;
/** A value of the claim and one of its line: with them no row stays as it was. */
const CHANGES = { CLM_PMT_AMT: '1.25', LINE_NCH_PMT_AMT: '2.5' };

interface UpdateCase {
  readonly name: string;
  readonly most: number;
  readonly fileOf: (files: Files) => RifFile;
  /** Makes every row what it was, also when the measurement is taken again. */
  readonly before?: (files: Files) => RifFile;
}

/** The same records: as they are first, as INSERT once more, as UPDATE, and with other values. */
interface Files {
  readonly first: RifFile;
  readonly again: RifFile;
  readonly same: RifFile;
  readonly changed: RifFile;
}

const CASES: readonly UpdateCase[] = [
  { name: 'the same INSERTs again', most: 1.2, fileOf: ({ again }) => again },
  { name: 'UPDATEs that change nothing', most: 1.2, fileOf: ({ same }) => same },
  {
    name: 'UPDATEs of every row',
    most: 1.5,
    fileOf: ({ changed }) => changed,
    before: ({ same }) => same,
  },
];

export async function benchLoadUpdates(
  _only: readonly string[],
  { megabytes = MEGABYTES, pairs = PAIRS }: BenchOptions,
): Promise<BenchOutcome> {
  const folder = await mkdtemp(path.join(tmpdir(), 'bfd-bench-'));
  try {
    const first = await makeRifFile('CARRIER', { megabytes }, folder);
    const files: Files = {
      first,
      again: await rewriteRifFile(first, 'again.csv', 'INSERT'),
      same: await rewriteRifFile(first, 'same.csv', 'UPDATE'),
      changed: await rewriteRifFile(first, 'changed.csv', 'UPDATE', CHANGES),
    };
    const rounds: Round[] = [];
    await using bench = await LoadBench.make({ hashing: 'deferred' });
    while (rounds.length < pairs) rounds.push(await measureRound(bench, files));
    return outcomeOf(rounds, first);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

type Load = LoadCosts & { readonly isDisturbed: boolean };

interface Round {
  readonly fresh: Load;
  readonly again: readonly Load[];
}

async function measureRound(bench: LoadBench, files: Files): Promise<Round> {
  const offer = async (file: RifFile): Promise<void> => {
    await bench.unsend();
    await bench.send(file);
  };
  const fresh = await undisturbed(
    async () => {
      await offer(files.first);
      await bench.empty();
    },
    () => bench.load(),
  );
  const again: Load[] = [];
  for (const { fileOf, before } of CASES) {
    const prepare = async () => {
      if (before) {
        await offer(before(files));
        await bench.load();
      }
      await offer(fileOf(files));
      await bench.settle();
    };
    again.push(await undisturbed(prepare, () => bench.load()));
  }
  return { fresh, again };
}

function outcomeOf(rounds: readonly Round[], file: RifFile): BenchOutcome {
  const results = CASES.map(({ name, most }, index) => {
    const ratios = rounds.flatMap(({ fresh, again }) => {
      const load = again[index];
      return load ? [load.seconds / fresh.seconds] : [];
    });
    return {
      name,
      yardstick: 'the same records, new',
      ratio: rounded(median(ratios)),
      ratios: [rounded(Math.min(...ratios)), rounded(Math.max(...ratios))],
      most,
      seconds: rounded(median(rounds.map(({ again }) => again[index]?.seconds ?? 0))),
      yardstickSeconds: rounded(median(rounds.map(({ fresh }) => fresh.seconds))),
      rowsPerSecond: Math.round(
        file.rows / median(rounds.map(({ again }) => again[index]?.seconds ?? 0)),
      ),
      pairs: rounds.length,
      disturbed: rounds.filter(({ fresh, again }) => fresh.isDisturbed || again[index]?.isDisturbed)
        .length,
    };
  });
  return {
    data: { machine: machine(), results },
    lines: table([
      ['load', 'times new', 'lowest-highest', 'at most', 'seconds', 'rows/s', 'pairs', 'disturbed'],
      ...results.map((result) => [
        result.name,
        result.ratio.toFixed(2),
        result.ratios.map((ratio) => ratio.toFixed(2)).join('-'),
        result.most.toFixed(2),
        `${result.seconds.toFixed(2)} : ${result.yardstickSeconds.toFixed(2)}`,
        String(result.rowsPerSecond),
        String(result.pairs),
        String(result.disturbed),
      ]),
    ]),
    isPassed: results.every(({ ratio, most }) => ratio <= most),
  };
}
