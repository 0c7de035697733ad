import type { HostJob } from '../catalog/host-job.ts';
import type { HostRegistry } from './host-registry.ts';
import type { RunRequests } from './requests.ts';

/** Asks for what a host that starts is to run: `startup` jobs, and those whose dependencies did work meanwhile. */
export async function askAtStart(
  jobs: readonly HostJob[],
  hosts: Pick<HostRegistry, 'owedFollowers'>,
  requests: Pick<RunRequests, 'ask'>,
): Promise<void> {
  for (const { name, startup, priority } of jobs) {
    if (startup) await requests.ask(name, { kind: 'startup' }, { priority });
  }
  for (const { job, upstream, priority } of await hosts.owedFollowers()) {
    await requests.ask(job, { kind: 'dependency', upstream }, { priority });
  }
}
