// How fast the fix-ups make missing hashes: the job as built, in a job process of a real host, against bare PBKDF2 on
// all cores. Yardstick and job take turns, so that whatever else the machine does slows both.
//
//   npm run bench -- fixups [ROWS]      1,000,000 rows if absent

import { pbkdf2Sync, randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { Project } from '../../../test/support/project.ts';
import { bareHashesPerSecond } from './bare-hashes.ts';
import type { BenchOutcome } from './main.ts';
import { runJob } from './run-job.ts';

const ROWS = 1_000_000;
const ITERATIONS = 1000;
/** The job may take so many times as long as its hashes alone. */
const MOST_TIMES_BARE = 1 / 0.75;
/** Half of what a run takes by default. Shorter ones would measure the start of processes. */
const TURN_SECONDS = 60;
const CHECKED_ROWS = 1_000;
const JOB = 'beneficiary-mbi-fixup';

export async function benchFixups([rows = String(ROWS)]: readonly string[]): Promise<BenchOutcome> {
  const wanted = Number(rows);
  const pepper = randomBytes(16);
  await using project = await projectWith(pepper);
  await addPeople(project, wanted);

  const turns: Turn[] = [];
  let before = await bareHashesPerSecond(ITERATIONS);
  for (;;) {
    const turn = await runOnce(project);
    if (turn.hashes === 0) break;
    const after = await bareHashesPerSecond(ITERATIONS);
    turns.push({ ...turn, bareSeconds: turn.hashes / ((before + after) / 2) });
    before = after;
  }
  const wrong = await countWrong(project, pepper);
  const [hashes, seconds, bareSeconds] = [
    sum(turns.map((turn) => turn.hashes)),
    sum(turns.map((turn) => turn.seconds)),
    sum(turns.map((turn) => turn.bareSeconds)),
  ];
  const timesBare = seconds / bareSeconds;
  const isWhole = hashes === 2 * wanted && wrong === 0;
  return {
    data: { rows: wanted, hashes, turns, seconds, bareSeconds, timesBare, wrong },
    lines: [
      `${wanted} rows, ${hashes} hashes of ${ITERATIONS} iterations on ${availableParallelism()} cores, ${turns.length} runs`,
      `job ${seconds.toFixed(1)} s, bare PBKDF2 ${bareSeconds.toFixed(1)} s: ${timesBare.toFixed(2)} times (at most ${MOST_TIMES_BARE.toFixed(2)})`,
      isWhole ? 'all hashes are right' : `WRONG: ${wrong} of ${CHECKED_ROWS} rows looked at`,
    ],
    isPassed: isWhole && timesBare <= MOST_TIMES_BARE,
  };
}

interface Turn {
  readonly hashes: number;
  readonly seconds: number;
  /** What as many hashes take without a job around them. */
  readonly bareSeconds: number;
}

async function projectWith(pepper: Buffer): Promise<Project> {
  const project = await Project.make({ shipped: ['database-schema', 'ccw'] });
  const config = { pepper: pepper.toString('hex'), iterations: ITERATIONS };
  await project.configure({
    // The yardstick has no niceness either.
    plugins: { ccw: { nice: 0 } },
    jobs: {
      'ccw-rif-load': { config: { bucket: project.bucket.name, hashing: 'deferred' } },
      [JOB]: { config: { ...config, runSeconds: TURN_SECONDS } },
      'beneficiary-history-mbi-fixup': { enabled: false },
    },
  });
  for (const job of ['database-schema', 'ccw-rif-load']) await runJob(project, job);
  return project;
}

/** Rows as wide as those of a load: every column holds something, and there are no hashes. */
async function addPeople({ database }: Project, rows: number): Promise<void> {
  const { rows: columns } = await database.pool.query<{ column: string; value: string }>(
    `select column_name as column,
            case data_type when 'date' then $$date '2020-02-29'$$ when 'numeric' then '1'
                           else format('left(%L, %s)', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', character_maximum_length) end as value
       from information_schema.columns
      where table_schema = 'ccw' and table_name = 'beneficiaries'
        and data_type in ('date', 'numeric', 'character', 'character varying')
        and column_name not in ('hicn_unhashed', 'mbi_num', 'bene_crnt_hic_num', 'mbi_hash', 'hicn_hash_old', 'mbi_hash_old')`,
  );
  await database.pool.query(
    `insert into ccw.beneficiaries (bene_id, hicn_unhashed, mbi_num, bene_crnt_hic_num, ${columns.map(({ column }) => column)})
     select id, 'T' || (1000000 + id) || 'A', '1S' || (1000000 + id), '', ${columns.map(({ value }) => value)}
       from generate_series($1::bigint, $2::bigint) as id`,
    [-Math.floor(rows / 2), Math.ceil(rows / 2) - 1],
  );
  await database.pool.query('vacuum analyze ccw.beneficiaries');
}

async function runOnce(project: Project): Promise<Omit<Turn, 'bareSeconds'>> {
  const { finished } = await runJob(project, JOB);
  return {
    hashes: Number(finished['counts.hashes'] ?? 0),
    seconds: Number(finished['durationMs'] ?? 0) / 1000,
  };
}

async function countWrong({ database }: Project, pepper: Buffer): Promise<number> {
  const { rows } = await database.pool.query<{
    hicn: string;
    mbi: string;
    hicn_hash: string;
    mbi_hash: string | null;
  }>(
    `select hicn_unhashed as hicn, mbi_num as mbi, bene_crnt_hic_num as hicn_hash, mbi_hash
       from ccw.beneficiaries order by md5(bene_id::text) limit $1`,
    [CHECKED_ROWS],
  );
  const hash = (identifier: string) =>
    pbkdf2Sync(identifier, pepper, ITERATIONS, 32, 'sha256').toString('hex');
  return rows.filter((row) => row.hicn_hash !== hash(row.hicn) || row.mbi_hash !== hash(row.mbi))
    .length;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
