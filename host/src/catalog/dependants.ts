import type { HostJob } from './host-job.ts';

/**
 * Jobs that run after `upstream` did work: those that depend on it and are on no schedule, or say `runAfter`.
 */
export function dependantsOf(upstream: HostJob, jobs: readonly HostJob[]): HostJob[] {
  return jobs.filter(
    (job) =>
      job.state.kind === 'ready' &&
      job.runAfter &&
      job.dependsOn.some((dependency) => dependency.job === upstream.name),
  );
}
