import { describeRefusal } from '../catalog/catalog.ts';
import type { HostJob } from '../catalog/host-job.ts';
import { ownGate } from '../gate/gates.ts';
import type { JobState } from '../runs/run-store.ts';
import { ago } from '../telemetry/words.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { openStore } from './open-store.ts';
import { print, printJson, table } from './output.ts';

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
      state: describeState(job, state),
      problems: job.state.kind === 'refused' ? job.state.problems : [],
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
      pausedAt: state?.pausedAt ?? null,
    };
  });
  if (options.json) {
    printJson({ jobs, refused: open.setup.catalog.refused });
    return EXIT.ok;
  }
  print(
    table(
      ['JOB', 'VERSION', 'SCHEDULE', 'STATE', 'LAST RESULT', 'CHECKED', 'WORKED'],
      jobs.map((job) => [
        job.job,
        job.version,
        job.schedule ?? '-',
        job.state,
        job.lastResult ?? '-',
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

function describeState(job: HostJob, state: JobState | undefined): string {
  switch (job.state.kind) {
    case 'disabled':
      return job.state.because === 'file' ? 'disabled' : 'disabled by default';
    case 'refused':
      return 'refused';
    case 'ready':
      return state?.isRunning ? 'running' : describeWaiting(state);
  }
}

function describeWaiting(state: JobState | undefined): string {
  const gate = ownGate(state);
  if (gate?.kind === 'paused' || gate?.kind === 'quarantined') return gate.kind;
  return state?.blockedReason ? `waits: ${state.blockedReason}` : 'ready';
}
