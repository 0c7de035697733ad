// What the form of plugin.json cannot say of a job: whether its schedule, times and version ranges mean anything.

import type { JobManifest } from '@bfd-host/sdk/runtime';
import { cronProblem, timezoneProblem } from '../config/cron-expression.ts';
import { MAX_MS } from '../config/host-config-schema.ts';
import { quoted } from '../config/member-path.ts';
import { isVersionRange } from '../gate/versions.ts';

/** Everything that is wrong with a job's declaration, each as one clause. */
export function checkJobManifest(job: JobManifest): string[] {
  return [...scheduleProblems(job), ...timeProblems(job), ...dependencyProblems(job)];
}

function scheduleProblems({ schedule }: JobManifest): string[] {
  if (!schedule) return [];
  const { cron, timezone } = schedule;
  const problems: string[] = [];
  const ofCron = cronProblem(cron);
  if (ofCron) problems.push(`schedule.cron: ${ofCron}, found ${quoted(cron)}`);
  const ofZone = timezone === undefined ? undefined : timezoneProblem(timezone);
  if (ofZone) problems.push(`schedule.timezone: ${ofZone}, found ${quoted(timezone ?? '')}`);
  return problems;
}

function timeProblems({ schedule, timeout, retries }: JobManifest): string[] {
  const times: readonly (readonly [string, number | undefined])[] = [
    ['schedule.jitterMs', schedule?.jitterMs],
    ['timeout.softMs', timeout?.softMs],
    ['timeout.hardMs', timeout?.hardMs],
    ['retries.delayMs', retries?.delayMs],
    ['retries.maxDelayMs', retries?.maxDelayMs],
  ];
  const problems = times
    .filter(([, ms]) => ms !== undefined && ms > MAX_MS)
    .map(([name]) => `${name}: expected at most ${MAX_MS} ms, 24 days`);
  if (timeout?.hardMs !== undefined && timeout.hardMs < timeout.softMs) {
    problems.push('timeout.hardMs: expected no less than softMs');
  }
  return problems;
}

function dependencyProblems({ name, dependsOn = [] }: JobManifest): string[] {
  return dependsOn.flatMap(({ job, version }, index) => {
    const problems: string[] = [];
    if (version !== undefined && !isVersionRange(version)) {
      problems.push(
        `dependsOn ${job}: expected a version range such as ">=42", found ${quoted(version)}`,
      );
    }
    if (job === name) problems.push('dependsOn: the job depends on itself');
    if (dependsOn.findIndex((other) => other.job === job) !== index) {
      problems.push(`dependsOn: ${job} is named twice`);
    }
    return problems;
  });
}
