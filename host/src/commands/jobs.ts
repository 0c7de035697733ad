import { planJobs } from '../catalog/plan-jobs.ts';
import { scanPlugins } from '../catalog/scan-plugins.ts';
import { ago } from '../telemetry/words.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { openStore } from './open-store.ts';
import { print, printJson, table } from './output.ts';

/** `bfd-host jobs`: every job found, and how it stands. */
export async function jobsCommand(options: { config: string; json?: boolean }): Promise<ExitCode> {
  await using open = await openStore(options.config);
  const plan = planJobs(await scanPlugins(open.config.pluginsFolder), open.config);
  const states = await open.store.jobStates();
  const jobs = plan.jobs.map((job) => {
    const state = states.get(job.name);
    return {
      job: job.name,
      version: job.version,
      plugin: job.plugin.name,
      isEnabled: job.isEnabled,
      ...(job.isEnabled ? {} : { disabledBecause: job.disabledBecause }),
      schedule: job.schedule?.cron ?? null,
      isRunning: state?.isRunning ?? false,
      lastResult: state?.lastResult ?? null,
      lastOutcome: state?.lastOutcome ?? null,
      lastVersion: state?.lastVersion ?? null,
      lastFinishedAt: state?.lastFinishedAt ?? null,
      lastCheckedAt: state?.lastCheckedAt ?? null,
      lastWorkAt: state?.lastWorkAt ?? null,
      nothingToDoStreak: state?.nothingToDoStreak ?? 0,
      blockedReason: state?.blockedReason ?? null,
    };
  });
  if (options.json) {
    printJson({ jobs, problems: plan.problems });
    return EXIT.ok;
  }
  print(
    table(
      ['JOB', 'VERSION', 'SCHEDULE', 'STATE', 'LAST RESULT', 'CHECKED', 'WORKED'],
      jobs.map((job) => [
        job.job,
        job.version,
        job.schedule ?? '-',
        stateOf(job),
        job.lastResult ?? '-',
        ago(job.lastCheckedAt),
        ago(job.lastWorkAt),
      ]),
    ),
  );
  for (const { at, problem } of plan.problems) print(`\n${at}: ${problem}`);
  return EXIT.ok;
}

function stateOf(job: { isEnabled: boolean; disabledBecause?: string; isRunning: boolean; blockedReason: string | null }) {
  if (!job.isEnabled) return `off: ${job.disabledBecause}`;
  if (job.isRunning) return 'running';
  if (job.blockedReason) return `waits: ${job.blockedReason}`;
  return 'ready';
}
