import type { HostJob } from './host-job.ts';

export interface Followed {
  /** Jobs after whose work this one runs. */
  readonly runsAfter: readonly string[];
  /** Jobs after whose new version this one runs. */
  readonly rerunsAfter: readonly string[];
}

/** The jobs that a job comes after by itself, among those present. */
export function followed({ runAfter, dependsOn }: HostJob): Followed {
  const present = dependsOn.filter(({ isPresent }) => isPresent);
  return {
    runsAfter: runAfter ? present.map(({ job }) => job) : [],
    rerunsAfter: present
      .filter(({ rerunOnVersionChange }) => rerunOnVersionChange)
      .map(({ job }) => job),
  };
}

/** The same as one list, each job once. */
export function followedJobs(job: HostJob): string[] {
  const { runsAfter, rerunsAfter } = followed(job);
  return [...new Set([...runsAfter, ...rerunsAfter])];
}
