// One Job template per job: a CronJob for a schedule, a Job for what runs once at start, and for a job that follows
// others a CronJob on their schedule that waits for their work. No Argo or other controller is needed: who may run
// when is decided in the database.

import type { HostJob } from '../catalog/host-job.ts';
import { KUBERNETES } from './cron-dialects.ts';
import type { ExportPlan, Following } from './export-plan.ts';
import { podSpec } from './kubernetes-pod.ts';
import { type Noted, noted, type Part, plain, toYaml } from './noted.ts';
import { longestTrySeconds } from './run-command.ts';
import { shortHash } from './short-hash.ts';

export function exportKubernetes(plan: ExportPlan) {
  const parts = plan.jobs.flatMap((job) => [...ownParts(plan, job), ...followingParts(plan, job)]);
  return [{ name: 'bfd-host.yaml', text: toYaml(parts, heading(plan)) }];
}

function heading(plan: ExportPlan): string {
  const secrets = plan.environment().map(({ name, isOptional }) => name + (isOptional ? '?' : ''));
  return `Jobs of bfd-host for Kubernetes 1.31 or later. Made by \`bfd-host export kubernetes\`; make it anew instead of editing it.

Before the first apply:
  kubectl create configmap bfd-host --from-file=host.config.json
  kubectl create secret generic bfd-host --from-literal=BFD_DATABASE_URL=…
Keys of the secret (? may be left out): ${secrets.join(', ') || 'none'}
Then run \`bfd-host migrate\` once with a role that may create schemas.

Exit codes of a run decide what its Job does (host/docs/orchestrators.md): 1, 4 and 5 are tried again, 2, 3, 6 and 7
are not. Runs of one job never overlap, pools bound them and dependencies are checked, whoever starts them.`;
}

function ownParts(plan: ExportPlan, job: HostJob): Part[] {
  const parts: Part[] = [];
  for (const start of plan.startsOf(job)) {
    switch (start) {
      case 'schedule': {
        const cron = plan.cronOf(job, KUBERNETES);
        plan.scheduleNotes(job, 'Kubernetes');
        noteJitter(plan, job);
        if (cron)
          parts.push(cronJob(plan, job, nameOf(job), scheduleOf(plan, job, cron), undefined));
        break;
      }
      case 'startup':
        parts.push(onceAtStart(plan, job, nameOf(job, '-at-start'), undefined));
        break;
      case 'by-hand':
        parts.push(cronJob(plan, job, nameOf(job), BY_HAND, undefined));
        break;
    }
  }
  return parts;
}

/** It starts with others, too, and looks whether there is work to follow. */
function followingParts(plan: ExportPlan, job: HostJob): Part[] {
  return plan.followingsOf(job).flatMap((following): Part[] => {
    const { root, start } = following;
    const name = nameOf(job, `-after-${root.name}`);
    if (start === 'startup') return [onceAtStart(plan, job, name, following)];
    if (start === 'by-hand') return [cronJob(plan, job, name, BY_HAND, following)];
    const cron = plan.cronOf(root, KUBERNETES);
    return cron ? [cronJob(plan, job, name, scheduleOf(plan, root, cron), following)] : [];
  });
}

type ScheduleParts = Readonly<Record<string, Part>>;

function scheduleOf(plan: ExportPlan, job: HostJob, cron: Noted): ScheduleParts {
  const { timezone, missed } = job.schedule ?? { timezone: 'UTC', missed: 'latest' };
  return {
    schedule: cron,
    timeZone: noted(timezone, plan.sourceOf(job, ['schedule', 'timezone'])),
    ...(missed === 'skip'
      ? {
          startingDeadlineSeconds: noted(
            60,
            `"skip": ${plan.sourceOf(job, ['schedule', 'missed'])}`,
          ),
        }
      : {}),
  };
}

/** `kubectl create job --from=cronjob/NAME` starts it. */
const BY_HAND: ScheduleParts = {
  schedule: noted('0 0 1 1 *', 'it has no schedule and follows nobody: never used, see suspend'),
  suspend: noted(true, 'start it by hand: kubectl create job --from=cronjob/NAME NAME-1'),
};

function noteJitter(plan: ExportPlan, job: HostJob): void {
  if (!job.schedule?.jitterMs) return;
  plan.noteMissing(job, ['schedule', 'jitterMs'], 'is left out: a CronJob has no such setting');
}

function cronJob(
  plan: ExportPlan,
  job: HostJob,
  name: string,
  schedule: ScheduleParts,
  following: Following | undefined,
): Part {
  return {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: metadata(job, name, following),
    spec: {
      ...schedule,
      concurrencyPolicy: noted('Forbid', 'a job never overlaps itself'),
      successfulJobsHistoryLimit: 1,
      failedJobsHistoryLimit: 3,
      jobTemplate: {
        metadata: { labels: labels(job) },
        spec: jobSpec(plan, job, following),
      },
    },
  };
}

function onceAtStart(
  plan: ExportPlan,
  job: HostJob,
  name: string,
  following: Following | undefined,
): Part {
  const spec = jobSpec(plan, job, following);
  // A Job cannot be changed: another image or another template must be another Job.
  const hash = shortHash(JSON.stringify(plain(spec)));
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: metadata(job, fitted(`${name}-${hash}`, 63), following),
    spec: { ...spec, ttlSecondsAfterFinished: 86_400 },
  };
}

function metadata(job: HostJob, name: string, following: Following | undefined): Part {
  const why = following
    ? noted(name, `${job.name} follows ${following.root.name} (dependsOn, runAfter)`)
    : name;
  return { name: why, labels: labels(job) };
}

function labels({ name, plugin }: HostJob): Readonly<Record<string, Part>> {
  return {
    'app.kubernetes.io/name': 'bfd-host',
    'app.kubernetes.io/component': fitted(name, 63),
    'app.kubernetes.io/part-of': fitted(plugin.name, 63),
    'app.kubernetes.io/managed-by': 'bfd-host-export',
  };
}

function jobSpec(
  plan: ExportPlan,
  job: HostJob,
  following: Following | undefined,
): { readonly [member: string]: Part | undefined } {
  const { waitForMs } = plan.options;
  const afterWorkMs = following?.waitMs;
  const trySeconds = longestTrySeconds(job, waitForMs, afterWorkMs ?? 0);
  const { limit } = job.retries;
  return {
    backoffLimit: noted(
      limit,
      `${plan.sourceOf(job, ['retries', 'limit'])}; Kubernetes waits 10 s, doubled up to 6 min, whatever retries.delayMs says`,
    ),
    ...(trySeconds === undefined
      ? {}
      : {
          activeDeadlineSeconds: noted(
            trySeconds * (limit + 1) + backoffSeconds(limit),
            'all tries with their waits; a backstop, since a run keeps its own timeout (exit code 5)',
          ),
        }),
    podFailurePolicy: {
      rules: [
        noted(
          {
            action: 'Ignore',
            onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }],
          },
          'drained, preempted or evicted: no fault of the job, so not one of its tries',
        ),
        noted(
          {
            action: 'FailJob',
            onExitCodes: { containerName: 'bfd-host', operator: 'In', values: [2, 3, 6, 7] },
          },
          '2 bad configuration, 3 blocked, 6 cancelled, 7 failed for good: another try is useless',
        ),
      ],
    },
    template: {
      metadata: { labels: labels(job) },
      spec: podSpec(plan, job, afterWorkMs),
    },
  };
}

/** Waits of the Job controller between so many retries: 10 s, doubled up to 6 min. */
function backoffSeconds(retries: number): number {
  let seconds = 0;
  for (let retry = 0; retry < retries; retry++)
    seconds += Math.min(360, 10 * 2 ** Math.min(retry, 10));
  return seconds;
}

/** A CronJob's name may have 52 characters: eleven are for those of its Jobs. */
function nameOf({ name }: HostJob, suffix = ''): string {
  return fitted(`bfd-${name}${suffix}`, 52);
}

function fitted(name: string, length: number): string {
  if (name.length <= length) return name;
  const hash = shortHash(name);
  return `${name.slice(0, length - hash.length - 1).replace(/-+$/, '')}-${hash}`;
}
