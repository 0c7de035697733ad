// `bfd-host plan --days N`: what the schedules will do, from the configuration alone.

import { type PlanAhead, planAhead } from '../schedule/plan-ahead.ts';
import { readSetup } from '../setup.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { print, printJson, table } from './output.ts';

export interface PlanOptions {
  readonly config: string;
  readonly json?: boolean;
  readonly days: number;
  /** An ISO instant; now if absent. */
  readonly from?: Date;
}

const DAY_MS = 86_400_000;

export async function planCommand(options: PlanOptions): Promise<ExitCode> {
  const { jobs, config } = await readSetup(options.config, process.env);
  const from = options.from ?? new Date();
  const until = new Date(from.getTime() + options.days * DAY_MS);
  const plan = planAhead(jobs, from, until);
  if (options.json) printJson(plan);
  else print(tell(plan, config.concurrency));
  return EXIT.ok;
}

function tell({ jobs, collisions, until }: PlanAhead, concurrency: number): string {
  if (jobs.length === 0) return 'No enabled job is on a schedule.';
  const parts = [
    table(
      ['JOB', 'SCHEDULE', 'ZONE', 'FIRES', 'NEXT'],
      jobs.map((job) => [
        job.job,
        job.cron,
        job.timezone,
        job.neverFires ? 'never' : String(job.fires),
        job.next.map(minute).join(', ') || '-',
      ]),
    ),
    `Until ${minute(until)}; times are UTC.`,
  ];
  const changes = jobs.flatMap(({ job, clockChanges }) =>
    clockChanges.map(({ first, kind, fires }) => {
      const times = fires === 1 ? '' : ` (${fires} fires)`;
      return `  ${minute(first)}  ${job} ${CHANGE_WORDS[kind]}${times}`;
    }),
  );
  if (changes.length > 0) parts.push(['Clock changes:', ...changes].join('\n'));
  if (collisions.length > 0) {
    const how = concurrency === 1 ? 'run one after the other' : `run ${concurrency} at a time`;
    const lines = collisions.map(
      ({ jobs: names, times, first }) =>
        `  ${names.join(', ')}: ${times === 1 ? 'once' : `${times} times`}, first at ${minute(first)}`,
    );
    parts.push([`Jobs that fire at the same moment (they ${how}):`, ...lines].join('\n'));
  }
  const never = jobs.filter(({ neverFires }) => neverFires).map(({ job }) => job);
  if (never.length > 0) {
    parts.push(
      `Never fires: ${never.join(', ')}. Day of month and day of week must both match (host/docs/schedules.md).`,
    );
  }
  return parts.join('\n\n');
}

const CHANGE_WORDS = {
  'gap-end': 'comes when the clock has been put forward over its time',
  'second-pass': 'comes again, as the clock shows this time twice',
} as const;

function minute(at: Date): string {
  return at.toISOString().slice(0, 16).replace('T', ' ');
}
