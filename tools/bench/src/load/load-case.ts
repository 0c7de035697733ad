// One type of file, loaded by the host and copied by PostgreSQL in turns.

import type { RifType } from '@bfd-host/rif';
import { median, rounded } from './figures.ts';
import { type CopyCosts, LoadBench, type LoadCosts } from './load-bench.ts';
import type { RifFile } from './rif-file.ts';
import { splitRifFile } from './split-file.ts';
import { undisturbed } from './undisturbed.ts';

export interface LoadCase {
  readonly name: string;
  readonly type: RifType;
  readonly megabytes: number;
  /** Configuration of the load. */
  readonly config: Readonly<Record<string, unknown>>;
  /** The load's time may be at most so many times that of one COPY, and of as many as it has connections. */
  readonly most: { readonly one: number; readonly asMany?: number };
}

export interface LoadResult {
  readonly name: string;
  /** What `ratio` is a multiple of. */
  readonly yardstick: string;
  readonly ratio: number;
  /** Lowest and highest of the pairs. */
  readonly ratios: readonly [number, number];
  readonly most: number;
  readonly rowsPerSecond: number;
  readonly mbPerSecond: number;
  readonly peakRssMb: number;
  /** CPU of the server, against that of one COPY. */
  readonly serverCpuRatio: number;
  /** CPU of host and job's process, the host's start included. */
  readonly clientCpuSeconds: number;
  readonly seconds: number;
  readonly yardstickSeconds: number;
  readonly pairs: number;
  /** Pairs in which other programs used the machine, however often they were repeated. */
  readonly disturbed: number;
}

const CONNECTIONS = 2;

interface Round {
  readonly one: CopyCosts;
  readonly asMany: CopyCosts;
  readonly load: LoadCosts;
  readonly isDisturbed: boolean;
}

export async function measureCase(
  { name, config, most }: LoadCase,
  file: RifFile,
  pairs: number,
): Promise<LoadResult[]> {
  await using bench = await LoadBench.make(config);
  await bench.send(file);
  const [one, asMany] = [await splitRifFile(file, 1), await splitRifFile(file, CONNECTIONS)];
  const rounds: Round[] = [];
  while (rounds.length < pairs) rounds.push(await measureRound(bench, one, asMany));
  const seconds = median(rounds.map(({ load }) => load.seconds));
  const common = {
    rowsPerSecond: Math.round(file.rows / seconds),
    mbPerSecond: rounded(file.bytes / 1_000_000 / seconds),
    peakRssMb: Math.round(Math.max(...rounds.map(({ load }) => load.peakRssMb))),
    serverCpuRatio: rounded(
      median(rounds.map(({ load, one: copy }) => load.serverCpuSeconds / copy.serverCpuSeconds)),
    ),
    clientCpuSeconds: rounded(median(rounds.map(({ load }) => load.clientCpuSeconds))),
    seconds: rounded(seconds),
    pairs,
    disturbed: rounds.filter(({ isDisturbed }) => isDisturbed).length,
  };
  const against = (
    yardstick: string,
    mostTimes: number,
    copyOf: (round: Round) => CopyCosts,
  ): LoadResult => {
    const ratios = rounds.map((round) => round.load.seconds / copyOf(round).seconds);
    return {
      name,
      yardstick,
      ratio: rounded(median(ratios)),
      ratios: [rounded(Math.min(...ratios)), rounded(Math.max(...ratios))],
      most: mostTimes,
      yardstickSeconds: rounded(median(rounds.map((round) => copyOf(round).seconds))),
      ...common,
    };
  };
  return [
    against('1 COPY', most.one, (round) => round.one),
    ...(most.asMany === undefined
      ? []
      : [against(`${CONNECTIONS} COPY at once`, most.asMany, (round) => round.asMany)]),
  ];
}

type Jobs = Awaited<ReturnType<typeof splitRifFile>>;

async function measureRound(bench: LoadBench, one: Jobs, asMany: Jobs): Promise<Round> {
  const empty = () => bench.empty();
  const copyOne = await undisturbed(empty, () => bench.copy(one));
  const copied = await bench.counts();
  const copyMany = await undisturbed(empty, () => bench.copy(asMany));
  const load = await undisturbed(empty, () => bench.load());
  const loaded = await bench.counts();
  if (JSON.stringify(loaded) !== JSON.stringify(copied)) {
    throw new Error(`COPY left ${JSON.stringify(copied)}, the load ${JSON.stringify(loaded)}`);
  }
  const isDisturbed = copyOne.isDisturbed || copyMany.isDisturbed || load.isDisturbed;
  return { one: copyOne, asMany: copyMany, load, isDisturbed };
}
