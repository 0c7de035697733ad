// How much made-up data a core writes: the job as built, in a job process of a real host, to the embedded S3. The
// yardstick is what the generator alone makes, without disk, MD5 and S3.
//
//   npm run bench -- synthetic [BENEFICIARIES]      20,000 if absent, some 350 MB

import {
  DEFAULT_CLAIMS_PER_BENEFICIARY,
  generateFile,
  planDataSet,
} from '../../../plugins/synthetic-data/src/generator.ts';
import { Project } from '../../../test/support/project.ts';
import type { BenchOutcome } from './main.ts';
import { runJob } from './run-job.ts';

const BENEFICIARIES = 20_000;
const TURNS = 5;
/** MB that the job writes in a second of processor time. */
const LEAST_RATE = 40;

export async function benchSynthetic([
  wanted = String(BENEFICIARIES),
]: readonly string[]): Promise<BenchOutcome> {
  const beneficiaries = Number(wanted);
  await using project = await Project.make({ shipped: ['synthetic-data'] });
  const turns: Turn[] = [];
  for (let seed = 1; seed <= TURNS; seed++) {
    const generator = generatorRate(seed, beneficiaries);
    turns.push({ generator, ...(await jobRates(project, seed, beneficiaries)) });
  }
  const [job, wall, generator, megabytes] = [
    median(turns.map((turn) => turn.job)),
    median(turns.map((turn) => turn.wall)),
    median(turns.map((turn) => turn.generator)),
    median(turns.map((turn) => turn.megabytes)),
  ];
  return {
    data: { beneficiaries, turns, job, wall, generator },
    lines: [
      `${beneficiaries} beneficiaries, ${megabytes.toFixed(0)} MB, median of ${TURNS}`,
      `job ${job.toFixed(0)} MB a second of CPU (at least ${LEAST_RATE}), ${wall.toFixed(0)} MB/s by the clock; generator alone ${generator.toFixed(0)} MB a second of CPU`,
    ],
    isPassed: job >= LEAST_RATE,
  };
}

interface Turn {
  readonly megabytes: number;
  /** MB a second of processor time of the job's process; by the clock where that is not known. */
  readonly job: number;
  /** MB a second, from the run's start to its end. */
  readonly wall: number;
  /** MB a second of processor time. */
  readonly generator: number;
}

async function jobRates(
  project: Project,
  seed: number,
  beneficiaries: number,
): Promise<Omit<Turn, 'generator'>> {
  const config = { bucket: project.bucket.name, beneficiaries, seed };
  await project.configure({
    jobs: { 'synthetic-data': { enabled: true, startup: false, config } },
  });
  const { finished, cpuSeconds } = await runJob(project, 'synthetic-data');
  const megabytes = Number(finished['counts.bytes']) / 1e6;
  const seconds = Number(finished['durationMs']) / 1000;
  return { megabytes, job: megabytes / (cpuSeconds ?? seconds), wall: megabytes / seconds };
}

function generatorRate(seed: number, beneficiaries: number): number {
  const claimsPerBeneficiary = DEFAULT_CLAIMS_PER_BENEFICIARY;
  const before = process.cpuUsage();
  const dataSet = planDataSet({ seed, beneficiaries, year: 2025, years: 3, claimsPerBeneficiary });
  let bytes = 0;
  for (const file of dataSet.files) {
    for (const chunk of generateFile(file, dataSet)) bytes += chunk.length;
  }
  const { user, system } = process.cpuUsage(before);
  return bytes / (user + system);
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}
