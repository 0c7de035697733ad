import { describeRefusal } from '../catalog/catalog.ts';
import { isLate, type JobStanding, standingOf } from '../gate/standing.ts';
import { ago } from '../telemetry/words.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { openStore } from './open-store.ts';
import { print, printJson, table } from './output.ts';
import { stateCell } from './tones.ts';

/** `bfd-host jobs`: every job found, and how it stands. */
export async function jobsCommand(options: { config: string; json?: boolean }): Promise<ExitCode> {
  await using open = await openStore(options.config);
  const states = await open.store.jobStates();
  const jobs = open.setup.jobs.map((job) => {
    const state = states.get(job.name);
    return {
      job: job.name,
      version: job.version,
      plugin: job.plugin.name,
      ...standingOf(job, state),
      problems: job.state.kind === 'refused' ? job.state.problems : [],
      schedule: job.schedule?.cron ?? null,
      isRunning: state?.isRunning ?? false,
      lastResult: state?.lastResult ?? null,
      lastOutcome: state?.lastOutcome ?? null,
      lastVersion: state?.lastVersion ?? null,
      lastFinishedAt: state?.lastFinishedAt ?? null,
      lastCheckedAt: state?.lastCheckedAt ?? null,
      lastWorkAt: state?.lastWorkAt ?? null,
      lastSuccessAt: state?.lastSuccessAt ?? null,
      nothingToDoStreak: state?.nothingToDoStreak ?? 0,
      failureStreak: state?.failureStreak ?? 0,
      isLate: isLate(job, state),
      blockedReason: state?.blockedReason ?? null,
      pausedAt: state?.pausedAt ?? null,
    };
  });
  if (options.json) {
    printJson({
      jobs: jobs.map((job) => ({ ...job, state: stateText(job) })),
      refused: open.setup.catalog.refused,
    });
    return EXIT.ok;
  }
  print(
    table(
      ['JOB', 'VERSION', 'SCHEDULE', 'STATE', 'LAST RESULT', 'CHECKED', 'WORKED'],
      jobs.map((job) => [
        job.job,
        job.version,
        job.schedule ?? '-',
        stateCell(job.standing, stateText(job)),
        job.isLate
          ? { text: `${job.lastResult ?? '-'}, late`, tone: 'bad' as const }
          : stateCell(job.lastResult ?? '-'),
        ago(job.lastCheckedAt),
        ago(job.lastWorkAt),
      ]),
    ),
  );
  for (const { problems } of jobs)
    for (const { at, problem } of problems) print(`\n${at}: ${problem}`);
  for (const refusal of open.setup.catalog.refused) {
    const { at, problem } = describeRefusal(refusal);
    print(`\n${at}: ${problem}`);
  }
  return EXIT.ok;
}

/** @example 'waits: database-schema has not run yet' */
function stateText({ standing, reason }: JobStanding): string {
  if (standing === 'waiting') return reason === null ? 'waits' : `waits: ${reason}`;
  if (standing === 'disabled' && reason !== null) return 'disabled by default';
  return standing;
}
