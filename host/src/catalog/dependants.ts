import type { HostJob } from './host-job.ts';

/**
 * Enabled jobs that run after `upstream` did work: those that depend on it and have no schedule of their
 * own, or say `runAfter`.
 */
export function dependantsOf(upstream: HostJob, jobs: readonly HostJob[]): HostJob[] {
  return jobs.filter(
    (job) =>
      job.state.kind === 'ready' &&
      (job.runAfter || !job.schedule) &&
      job.dependsOn.some((dependency) => dependency.job === upstream.name),
  );
}
