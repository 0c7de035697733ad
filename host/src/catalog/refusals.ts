import { type Catalog, type CodedProblem, describeRefusal } from './catalog.ts';
import type { HostJob } from './host-job.ts';

/** What keeps plugins or jobs from running here, each reason once. The others run all the same. */
export function refusals(catalog: Catalog, jobs: readonly HostJob[]): CodedProblem[] {
  const all = [
    ...catalog.refused.map(describeRefusal),
    ...jobs.flatMap(({ state }) => (state.kind === 'refused' ? state.problems : [])),
  ];
  // Jobs of one plugin may share a reason, such as a privilege that is not granted.
  return all.filter(
    ({ at, problem }, index) =>
      all.findIndex((other) => other.at === at && other.problem === problem) === index,
  );
}
