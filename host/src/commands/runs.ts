import { NOT_SUCCEEDED, type RunRow } from '../runs/run-records.ts';
import type { Setup } from '../setup.ts';
import { ago, count, countsText, duration } from '../telemetry/words.ts';
import { instant } from '../why/when.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { openStore } from './open-store.ts';
import { print, printJson, table } from './output.ts';
import { stateCell } from './tones.ts';
import { unknownJob } from './unknown-job.ts';

export interface RunsOptions {
  readonly config: string;
  readonly json?: boolean;
  readonly job?: string;
  /** Only runs that did not succeed. */
  readonly failed?: boolean;
  readonly since?: Date;
  readonly limit: number;
}

/** `bfd-host runs`: runs with work and those that did not succeed, newest first. */
export async function runsCommand(options: RunsOptions): Promise<ExitCode> {
  const { job, failed, since, limit } = options;
  await using open = await openStore(options.config);
  const runs = await open.store.runs({
    limit,
    ...(job === undefined ? {} : { job }),
    ...(failed ? { results: NOT_SUCCEEDED } : {}),
    ...(since === undefined ? {} : { since }),
  });
  // "None" would be a wrong answer to a name that was mistyped.
  if (runs.length === 0 && job !== undefined && !isKnown(job, open.setup)) {
    throw unknownJob(job, open.setup.jobs);
  }
  if (options.json) {
    printJson({ runs });
    return EXIT.ok;
  }
  if (runs.length === 0) {
    print(`${noneOf(options)} \`bfd-host jobs\` shows when each job last looked.`);
    return EXIT.ok;
  }
  print(
    table(
      ['STARTED', 'JOB', 'RESULT', { heading: 'TOOK', isNumber: true }, 'WHAT'],
      runs.map((run) => [
        ago(run.startedAt),
        run.job,
        stateCell(
          run.result,
          run.attempt > 1 ? `${run.result} (attempt ${run.attempt})` : run.result,
        ),
        duration(run.durationMs),
        whatOf(run),
      ]),
    ),
  );
  return EXIT.ok;
}

function isKnown(job: string, { jobs, catalog }: Setup): boolean {
  return jobs.some(({ name }) => name === job) || catalog.refused.some((each) => each.job === job);
}

/** @example 'No run of fix-up failed since 2026-03-08T07:00:00Z.' */
function noneOf({ job, failed, since }: RunsOptions): string {
  const what = job === undefined ? 'No run' : `No run of ${job}`;
  const when = since === undefined ? ' yet' : ` since ${instant(since)}`;
  return `${what} ${failed ? 'failed' : 'had work'}${when}.`;
}

function whatOf(run: RunRow): string {
  if (run.errorCode) return `${run.errorCode}: ${run.error}`;
  if (run.result === 'running' && run.progress) {
    const { done, total, unit, rowsPerSecond, secondsLeft } = run.progress;
    return [
      `${count(done)}${total === undefined ? '' : ` of ${count(total)}`} ${unit}`,
      ...(rowsPerSecond === undefined ? [] : [`${count(Math.round(rowsPerSecond))} rows/s`]),
      ...(secondsLeft === undefined ? [] : [`${duration(secondsLeft * 1000)} left`]),
    ].join(', ');
  }
  return countsText(run.counts);
}
