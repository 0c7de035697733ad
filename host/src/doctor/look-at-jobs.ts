// Jobs and hosts as the records tell: who is put off, late or failing, whether anybody runs them, and by which version.

import type { HostJob } from '../catalog/host-job.ts';
import type { RegisteredHost } from '../engine/host-registry.ts';
import { isLate, standingOf } from '../gate/standing.ts';
import type { JobState } from '../runs/job-state.ts';
import { ago } from '../telemetry/words.ts';
import { HOST_VERSION } from '../version.ts';
import { type Finding, ok, warning, wrong } from './finding.ts';

export function lookAtJobs(
  jobs: readonly HostJob[],
  states: ReadonlyMap<string, JobState>,
): Finding[] {
  const findings = jobs.flatMap((job) => lookAtJob(job, states.get(job.name)));
  return findings.length > 0
    ? findings
    : [ok('jobs', 'jobs', 'no job is put off, late or failing')];
}

function lookAtJob(job: HostJob, state: JobState | undefined): Finding[] {
  const { name } = job;
  const { standing } = standingOf(job, state);
  if (standing === 'quarantined') {
    return [
      wrong(
        'jobs',
        'job-quarantined',
        `${name} is quarantined: its process kept dying`,
        `Look at its last runs (\`bfd-host runs --job ${name}\`), then \`bfd-host release ${name}\`.`,
      ),
    ];
  }
  if (standing === 'disabled' || standing === 'refused' || !state) return [];
  const findings: Finding[] = [];
  if (state.pausedAt) {
    findings.push(
      warning(
        'jobs',
        'job-paused',
        `${name} is paused since ${ago(state.pausedAt)} by ${state.pausedBy}`,
        `\`bfd-host resume ${name}\`, if that was not meant to last.`,
      ),
    );
  }
  if (state.failureStreak > 0) {
    const times = state.failureStreak === 1 ? '' : ` ${state.failureStreak} times in a row`;
    findings.push(
      wrong(
        'jobs',
        'job-failing',
        `${name} ${state.lastResult}${times} (${state.lastErrorCode ?? 'no code'})`,
        `\`bfd-host why ${name}\` says more.`,
      ),
    );
  } else if (isLate(job, state)) {
    findings.push(
      wrong(
        'jobs',
        'job-late',
        `the latest success of ${name} was ${ago(state.lastSuccessAt)}, longer ago than it may be`,
        `\`bfd-host why ${name}\` says why it did not run.`,
      ),
    );
  }
  return findings;
}

export function lookAtHosts(hosts: readonly RegisteredHost[]): Finding[] {
  if (hosts.length === 0) return [ok('hosts', 'no-host', 'no host is running now')];
  const versions = [...new Set([HOST_VERSION, ...hosts.map(({ version }) => version)])];
  const running = `${hosts.length} ${hosts.length === 1 ? 'host is' : 'hosts are'} running`;
  if (versions.length > 1) {
    return [
      warning(
        'versions',
        'host-versions',
        `${running}, of other versions than this (${versions.join(', ')})`,
        'Restart the hosts on the same version when an update is at its end.',
      ),
    ];
  }
  const dying = hosts.flatMap(({ status, machine }) =>
    (status?.processes ?? [])
      .filter(({ restarts }) => restarts > 0)
      .map(({ job, restarts }) =>
        warning(
          'hosts',
          'process-deaths',
          `the process of ${job} on ${machine} died ${restarts} times since its host started`,
          `\`bfd-host runs --job ${job}\` tells what of.`,
        ),
      ),
  );
  return dying.length > 0 ? dying : [ok('hosts', 'hosts', running)];
}
